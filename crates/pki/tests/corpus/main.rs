//! Replays what the fuzz targets start from and what they found.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod checks;

use std::fs;
use std::path::Path;

/// Inputs whose names say that they are refused must be, and all others taken.
fn replay(target: &str, check: fn(&[u8]) -> bool, at_least: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let inputs: Vec<fs::DirEntry> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    assert!(inputs.len() >= at_least);
    for input in inputs {
        let name = input.file_name().into_string().unwrap();
        assert_eq!(check(&fs::read(input.path()).unwrap()), !name.starts_with("refused-"), "{name}");
    }
}

#[test]
fn every_text_with_certificates_is_held_to_the_rules() {
    replay("pki_pem", checks::pem, 7);
}

#[test]
fn every_pfx_file_is_held_to_the_rules() {
    replay("pki_pfx", checks::pfx, 5);
}
