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

fn replay(target: &str, check: fn(&[u8]) -> bool, at_least: usize) {
    let inputs = corpus(target);
    assert!(inputs.len() >= at_least);
    for (name, refused, bytes) in inputs {
        assert_eq!(check(&bytes), !refused, "{name}");
    }
}

#[test]
fn every_manifest_of_the_corpus_is_held_to_the_rules() {
    replay("archive_manifest", checks::manifest, 5);
}

#[test]
fn every_part_of_the_corpus_is_held_to_the_rules() {
    replay("archive_part", checks::part, 8);
}

#[test]
fn every_word_for_a_new_key_is_held_to_the_rules() {
    replay("archive_keys", checks::keys, 7);
}

#[test]
fn every_list_of_needs_is_held_to_the_rules() {
    replay("archive_needs", checks::needs, 7);
}
