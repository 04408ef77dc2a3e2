//! Real documents, fragments and vendor packages, read from outside the repository.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "helpers of tests")]

use std::fs;
use std::path::PathBuf;

/// The folder of real input, or `None` with a loud line.
fn shared(part: &str) -> Option<PathBuf> {
    let root = std::env::var_os("VANNE_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let folder = root.join(part);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is absent; set VANNE_SHARED to the folder that holds real documents", folder.display());
    None
}

fn files(folder: PathBuf) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn fragments_are_native_s_byte_for_byte() {
    for (documents, fragments) in
        [("captures/documents", "captures/fragments"), ("data/updates/update", "data/updates/fragments")]
    {
        let (Some(documents), Some(fragments)) = (shared(documents), shared(fragments)) else { return };
        let mut compared = 0;
        for (name, bytes) in files(documents) {
            let (_, derived) = metadata::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            let stem = name.strip_suffix(".xml").unwrap();
            let localized = derived.localized(&["en"]).map(|fragment| fragment.text.as_str()).unwrap_or_default();
            for (kind, text) in
                [("core", derived.core.as_str()), ("extended", &derived.extended), ("localized-en", localized)]
            {
                if let Ok(golden) = fs::read_to_string(fragments.join(format!("{stem}.{kind}.xml"))) {
                    assert_eq!(text, golden, "{name}, {kind}");
                    compared += 1;
                }
            }
        }
        assert!(compared >= 12, "only {compared} fragments had a golden one");
    }
}
