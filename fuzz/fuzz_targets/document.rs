//! Any bytes taken for an update document. The same rules are held over the corpus by the tests of `metadata`.

#![no_main]

#[path = "../../crates/metadata/tests/corpus/checks.rs"]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| checks::document(bytes));
