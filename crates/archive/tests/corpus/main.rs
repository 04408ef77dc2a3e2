//! Replays what the fuzz targets start from and what they found.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod checks;

use std::fs;
use std::path::Path;

/// The inputs of a target, and whether their names say that they are refused.
fn corpus(target: &str) -> Vec<(String, bool, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        let refused = name.starts_with("refused-");
        (name, refused, fs::read(entry.path()).unwrap())
    };
    fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap())).collect()
}

#[test]
fn every_manifest_of_the_corpus_is_held_to_the_rules() {
    let inputs = corpus("archive_manifest");
    assert!(inputs.len() >= 5);
    for (name, refused, bytes) in inputs {
        assert_eq!(checks::manifest(&bytes), !refused, "{name}");
    }
}

#[test]
fn every_part_of_the_corpus_is_held_to_the_rules() {
    let inputs = corpus("archive_part");
    assert!(inputs.len() >= 8);
    for (name, refused, bytes) in inputs {
        assert_eq!(checks::part(&bytes), !refused, "{name}");
    }
}
