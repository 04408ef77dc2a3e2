//! The seeds and findings of the fuzz target, replayed. A file whose name begins with `refused-` must be refused, any
//! other must be read.

use std::fs;

use crate::{Limits, unpack};

#[test]
fn the_corpus_of_cabinets_is_replayed() {
    let mut files = 0;
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/cabinet")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let limits = Limits { content_bytes_max: 1 << 20, ratio_max: 200 };
        assert_eq!(unpack(&fs::read(&path).unwrap(), &limits).is_ok(), !name.starts_with("refused-"), "{name}");
        files += 1;
    }
    assert!(files > 0);
}
