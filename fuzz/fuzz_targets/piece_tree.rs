//! Any bytes taken for the digests of a file's pieces: refused, or written again as they were. The same is held over the corpus by
//! the tests of `content::pieces`.

#![no_main]

use content::pieces::PieceTree;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(tree) = PieceTree::decode(bytes) else { return };
    assert_eq!(tree.encode(), bytes);
    let ends = (0..tree.pieces().len()).filter_map(|piece| tree.place(piece)).map(|(start, length)| start + length);
    assert_eq!(ends.max().unwrap_or_default(), tree.file().size);
});
