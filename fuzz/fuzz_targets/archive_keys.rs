//! Any bytes taken for the word of old archive keys for new ones. The same rules are held over the corpus by the tests of `archive`.

#![no_main]

#[path = "../../crates/archive/tests/corpus/checks.rs"]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    checks::keys(bytes);
});
