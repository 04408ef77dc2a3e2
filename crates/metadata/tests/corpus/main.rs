//! Replays what the fuzz targets start from and what they found.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod checks;

use std::fs;
use std::path::Path;

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
}

#[test]
fn every_document_of_the_corpus_is_held_to_the_rules() {
    let inputs = corpus("document");
    assert!(inputs.len() >= 8);
    for bytes in inputs {
        checks::document(&bytes);
    }
}

#[test]
fn every_fragment_of_the_corpus_is_held_to_the_rules() {
    let inputs = corpus("core_fragment");
    assert!(inputs.len() >= 8);
    for bytes in inputs {
        checks::fragment(&bytes);
    }
}
