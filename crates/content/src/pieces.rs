//! The tree of digests over a file's pieces: what lets a part of a file be proven without the rest of it.
//!
//! It is the tree of BEP 52: SHA-256 over blocks of 16 KiB (the last one as short as it is), pairs of digests digested in turn,
//! and zeros for the leaves that are missing to a power of two. Its root does not depend on how large pieces are, so that
//! others who make one over the same file make the same.

mod build;
mod record;

pub use build::PieceTreeBuilder;
pub use record::PieceTreeError;

use model::Sha256;
use trust::DigestSha256;

use crate::Stored;

/// Bytes of a leaf: the smallest part that can be proven by itself.
pub const LEAF_BYTES: u64 = 16 * 1024;
/// Bytes of a piece, for as long as there are few enough: the smallest part whose digest is kept.
pub const PIECE_BYTES_MIN: u64 = 1 << PIECE_LOG2_MIN;
/// Most pieces of a file; one that had more has larger ones. 8,192 digests are 256 KiB.
pub const PIECES_MAX: usize = 8_192;

const LEAF_LOG2: u8 = 14;
const PIECE_LOG2_MIN: u8 = 20;
/// The largest piece: 8 MiB, of a file of [`crate::FILE_BYTES_MAX`].
const PIECE_LOG2_MAX: u8 = 23;

/// The digests of a file's pieces, and the root over them.
///
/// INVARIANT: the root follows from the pieces, and there are as many as the file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceTree {
    file: Stored,
    piece_log2: u8,
    root: Sha256,
    pieces: Vec<Sha256>,
}

impl PieceTree {
    /// The file it is of.
    pub fn file(&self) -> &Stored {
        &self.file
    }

    /// The digest that stands for the whole file; zeros for one without bytes.
    pub fn root(&self) -> Sha256 {
        self.root
    }

    /// Bytes of each piece but the last; a power of two.
    pub fn piece_bytes(&self) -> u64 {
        1 << self.piece_log2
    }

    /// The digest of each piece, in order. Of a file with one piece it is the root.
    pub fn pieces(&self) -> &[Sha256] {
        &self.pieces
    }

    /// Where a piece begins, and how many bytes it has; `None` behind the last one.
    pub fn place(&self, piece: usize) -> Option<(u64, u64)> {
        self.pieces.get(piece)?;
        let start = piece as u64 * self.piece_bytes();
        Some((start, (self.file.size - start).min(self.piece_bytes())))
    }

    /// True if these are the bytes of that piece.
    pub fn is_piece(&self, piece: usize, bytes: &[u8]) -> bool {
        let (Some(expected), Some((_, length))) = (self.pieces.get(piece), self.place(piece)) else { return false };
        let level = if self.pieces.len() == 1 { leaf_level(length) } else { self.piece_log2 - LEAF_LOG2 };
        bytes.len() as u64 == length && subtree(bytes, level) == *expected
    }
}

/// The root over the leaves of `bytes`, filled up to 2^`level` of them.
fn subtree(bytes: &[u8], level: u8) -> Sha256 {
    let leaves = bytes.chunks(1 << LEAF_LOG2).map(DigestSha256::of).collect();
    (0..level).fold(leaves, |below: Vec<Sha256>, level| above(&below, zeros(level))).first().copied().unwrap_or(NOTHING)
}

/// The level of the root over so many bytes: their leaves filled up to a power of two.
fn leaf_level(bytes: u64) -> u8 {
    let level = bytes.div_ceil(LEAF_BYTES).next_power_of_two().trailing_zeros();
    u8::try_from(level).unwrap_or(u8::MAX)
}

/// What stands for a leaf that is not there.
const NOTHING: Sha256 = Sha256::new([0; 32]);

/// What stands for 2^`level` leaves that are not there.
fn zeros(level: u8) -> Sha256 {
    (0..level).fold(NOTHING, |below, _| pair(&below, &below))
}

/// The digests of pairs; the last one without a partner gets `missing`.
fn above(below: &[Sha256], missing: Sha256) -> Vec<Sha256> {
    below.chunks(2).map(|two| pair(two.first().unwrap_or(&missing), two.get(1).unwrap_or(&missing))).collect()
}

fn pair(left: &Sha256, right: &Sha256) -> Sha256 {
    let mut digest = DigestSha256::new();
    digest.update(left.as_bytes());
    digest.update(right.as_bytes());
    digest.finish().0
}

/// The root over digests of pieces at `level`.
fn root_over(pieces: &[Sha256], level: u8) -> Sha256 {
    let (mut row, mut level) = (pieces.to_vec(), level);
    while row.len() > 1 {
        row = above(&row, zeros(level));
        level += 1;
    }
    row.first().copied().unwrap_or(NOTHING)
}

#[cfg(test)]
mod tests;
