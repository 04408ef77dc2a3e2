//! Any bytes taken for a signed cabinet. The same rules are held over the corpus by the tests of `authenticode`.

#![no_main]

#[path = "../../crates/authenticode/tests/suite/checks.rs"]
#[allow(dead_code, reason = "each target uses one of the checks")]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    checks::file(bytes);
});
