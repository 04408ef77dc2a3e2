//! Any bytes taken for certificates and a key in PEM. The same rules are held over the corpus by the tests of `pki`.

#![no_main]

#[path = "../../crates/pki/tests/corpus/checks.rs"]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    checks::pem(bytes);
});
