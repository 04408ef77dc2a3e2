//! Any bytes taken for certificates that a server presents. The same rules are held over the corpus by the tests of `pins`.

#![no_main]

#[path = "../../crates/pins/tests/corpus/checks.rs"]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    checks::presented(bytes);
});
