use proptest::prelude::*;
use trust::DigestBoth;

use super::*;
use crate::FILE_BYTES_MAX;

fn stored(bytes: &[u8]) -> Stored {
    let mut digests = DigestBoth::new();
    digests.update(bytes);
    let (sha1, sha256, size) = digests.finish();
    Stored { sha1, sha256, size }
}

fn tree(bytes: &[u8]) -> PieceTree {
    let mut builder = PieceTreeBuilder::new();
    builder.update(bytes);
    builder.finish(stored(bytes)).unwrap()
}

fn sample(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place * 7 + place / 251) as u8).collect()
}

/// The root as the text of BEP 52 says it, level by level over all leaves.
fn plain_root(bytes: &[u8]) -> Sha256 {
    let mut row: Vec<Sha256> = bytes.chunks(16 * 1024).map(DigestSha256::of).collect();
    row.resize(row.len().next_power_of_two(), NOTHING);
    while row.len() > 1 {
        row = row.chunks(2).map(|two| pair(&two[0], &two[1])).collect();
    }
    row[0]
}

#[test]
fn the_root_is_that_of_the_whole_tree_whatever_the_length() {
    const MIB: usize = 1 << 20;
    for length in [1, 16_383, 16_384, 16_385, 40_000, MIB - 1, MIB, MIB + 1, 3 * MIB, 3 * MIB + 70_000, 5 * MIB] {
        let bytes = sample(length);
        let tree = tree(&bytes);
        assert_eq!(tree.root(), plain_root(&bytes), "{length}");
        assert_eq!(tree.pieces().len(), length.div_ceil(MIB), "{length}");
        assert_eq!((tree.piece_bytes(), tree.file().size), (1 << 20, length as u64));
    }
    let nothing = tree(b"");
    assert_eq!((nothing.root(), nothing.pieces().len()), (NOTHING, 0));
    assert_eq!(PieceTree::decode(&nothing.encode()).unwrap(), nothing);
}

#[test]
fn the_root_of_a_short_file_is_its_digest_and_of_two_leaves_that_of_both() {
    assert_eq!(tree(b"abc").root(), DigestSha256::of(b"abc"));
    let bytes = sample(20_000);
    let (first, second) = bytes.split_at(16_384);
    let joined = [*DigestSha256::of(first).as_bytes(), *DigestSha256::of(second).as_bytes()].concat();
    assert_eq!(tree(&bytes).root(), DigestSha256::of(&joined));
}

#[test]
fn a_piece_is_proven_by_itself_and_no_other_passes_for_it() {
    let bytes = sample((3 << 20) + 70_000);
    let tree = tree(&bytes);
    for piece in 0..4 {
        let (start, length) = tree.place(piece).unwrap();
        let mut part = bytes[start as usize..(start + length) as usize].to_vec();
        assert!(tree.is_piece(piece, &part));
        assert!(!tree.is_piece((piece + 1) % 4, &part));
        part[0] ^= 1;
        assert!(!tree.is_piece(piece, &part));
        part[0] ^= 1;
        assert!(!tree.is_piece(piece, &part[1..]));
        part.push(0);
        assert!(!tree.is_piece(piece, &part));
    }
    assert_eq!(tree.place(4), None);
    assert!(!tree.is_piece(4, b""));
    let small = self::tree(&bytes[..40_000]);
    assert!(small.is_piece(0, &bytes[..40_000]) && !small.is_piece(0, &bytes[..39_999]));
}

#[test]
fn a_large_file_has_larger_pieces_and_the_same_root() {
    // 9 GiB that are not there: the digest of one MiB stands for each.
    let one = subtree(&sample(1 << 20), 6);
    let pieces = vec![one; 9 * 1024];
    let root = root_over(&pieces, 6);
    let mut builder = PieceTreeBuilder::new();
    (builder.pieces, builder.size) = (pieces, 9 << 30);
    let tree = builder.finish(Stored { size: 9 << 30, ..stored(b"") }).unwrap();
    assert_eq!((tree.piece_bytes(), tree.pieces().len(), tree.root()), (2 << 20, 4_608, root));
    assert_eq!(PieceTree::decode(&tree.encode()).unwrap(), tree);
}

#[test]
fn a_tree_of_another_length_is_none() {
    let mut builder = PieceTreeBuilder::new();
    builder.update(b"abc");
    assert!(builder.finish(stored(b"abcd")).is_none());
}

#[test]
fn what_is_no_record_is_named() {
    let record = tree(&sample(3 << 20)).encode();
    assert_eq!(record.len(), 104 + 3 * 32 + 32);
    let changed = |at: usize, to: u8| {
        let mut record = record[..record.len() - 32].to_vec();
        record[at] = to;
        let digest = DigestSha256::of(&record);
        PieceTree::decode(&[&record, digest.as_bytes().as_slice()].concat()).unwrap_err()
    };
    for at in [0, 7, 8, 9, 11] {
        assert_eq!(changed(at, 77), PieceTreeError::Form, "{at}");
    }
    assert_eq!(changed(10, 21), PieceTreeError::PieceSize(21));
    assert!(matches!(changed(12, 1), PieceTreeError::Length(size) if size > FILE_BYTES_MAX));
    assert_eq!(changed(17, 0x40), PieceTreeError::Count { expected: 4, found: 96 });
    assert_eq!(changed(72, record[72] ^ 1), PieceTreeError::Root);
    assert_eq!(changed(104, record[104] ^ 1), PieceTreeError::Root);
    for at in [20, 60, 110, record.len() - 1] {
        let mut record = record.clone();
        record[at] ^= 1;
        assert_eq!(PieceTree::decode(&record), Err(PieceTreeError::Damaged), "{at}");
    }
    assert!(matches!(PieceTree::decode(&record[..record.len() - 1]), Err(PieceTreeError::Count { .. })));
    assert_eq!(PieceTree::decode(&record[..103]), Err(PieceTreeError::Form));
}

/// The same is checked by the fuzz target `piece_tree`.
#[test]
fn the_corpus_of_the_fuzz_target_holds() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/piece_tree");
    let mut replayed = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let is_refused = path.file_name().unwrap().to_str().unwrap().starts_with("refused-");
        match PieceTree::decode(&bytes) {
            Ok(tree) => assert!(!is_refused && tree.encode() == bytes, "{}", path.display()),
            Err(error) => assert!(is_refused, "{}: {error}", path.display()),
        }
        replayed += 1;
    }
    assert!(replayed >= 5);
}

proptest! {
    #[test]
    fn how_the_bytes_are_cut_does_not_matter(length in 0_usize..200_000, cut in 1_usize..40_000) {
        let bytes = sample(length);
        let mut builder = PieceTreeBuilder::new();
        bytes.chunks(cut).for_each(|part| builder.update(part));
        let tree = builder.finish(stored(&bytes)).unwrap();
        prop_assert_eq!(&tree, &self::tree(&bytes));
        prop_assert_eq!(PieceTree::decode(&tree.encode()).unwrap(), tree);
    }

    #[test]
    fn any_bytes_are_a_tree_or_refused(bytes: Vec<u8>, size in 0_u64..3_000_000) {
        let mut record = b"VANNEPT1\x01\x0e\x14\x00".to_vec();
        record.extend_from_slice(&size.to_be_bytes());
        record.extend_from_slice(&bytes);
        if let Ok(tree) = PieceTree::decode(&record) {
            prop_assert_eq!(tree.encode(), record);
        }
        prop_assert!(PieceTree::decode(&bytes).is_err());
    }
}
