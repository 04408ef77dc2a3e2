use model::Sha256;
use trust::DigestSha256;

use super::{
    LEAF_BYTES, LEAF_LOG2, PIECE_BYTES_MIN, PIECE_LOG2_MIN, PIECES_MAX, PieceTree, above, leaf_level, pair, root_over,
    zeros,
};
use crate::Stored;

/// Levels below a piece of the smallest size.
const LEVELS: usize = (PIECE_LOG2_MIN - LEAF_LOG2) as usize;

/// Makes the tree of a file while its bytes pass, in order and cut anyhow.
///
/// It keeps one digest a level and 32 bytes for each MiB that passed.
#[derive(Clone, Default)]
pub struct PieceTreeBuilder {
    leaf: DigestSha256,
    /// Of each level the digest that still waits for its partner.
    waiting: [Option<Sha256>; LEVELS],
    pub(super) pieces: Vec<Sha256>,
    pub(super) size: u64,
}

impl PieceTreeBuilder {
    /// The tree of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `bytes` to what was given before.
    pub fn update(&mut self, mut bytes: &[u8]) {
        self.size += bytes.len() as u64;
        while !bytes.is_empty() {
            let room = usize::try_from(LEAF_BYTES - self.leaf.size()).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.leaf.update(now);
            if self.leaf.size() == LEAF_BYTES {
                self.end_leaf();
            }
            bytes = later;
        }
    }

    fn end_leaf(&mut self) {
        let mut digest = std::mem::take(&mut self.leaf).finish().0;
        for waiting in &mut self.waiting {
            match waiting.take() {
                Some(left) => digest = pair(&left, &digest),
                None => {
                    *waiting = Some(digest);
                    return;
                }
            }
        }
        self.pieces.push(digest);
    }

    /// The tree of the file, which has these digests; `None` if that is not as long as what was given.
    pub fn finish(mut self, file: Stored) -> Option<PieceTree> {
        if self.size != file.size {
            return None;
        }
        if self.leaf.size() > 0 {
            self.end_leaf();
        }
        let is_one = self.size <= PIECE_BYTES_MIN;
        let level = if is_one { leaf_level(self.size) } else { PIECE_LOG2_MIN - LEAF_LOG2 };
        if let Some(rest) = self.fill_up(level) {
            self.pieces.push(rest);
        }
        let mut piece_log2 = PIECE_LOG2_MIN;
        while self.pieces.len() > PIECES_MAX {
            self.pieces = above(&self.pieces, zeros(piece_log2 - LEAF_LOG2));
            piece_log2 += 1;
        }
        let root = root_over(&self.pieces, if is_one { level } else { piece_log2 - LEAF_LOG2 });
        Some(PieceTree { file, piece_log2, root, pieces: self.pieces })
    }

    /// What waits, filled up with leaves that are not there to 2^`level`.
    fn fill_up(&self, level: u8) -> Option<Sha256> {
        let mut filled = None;
        for (below, waiting) in (0..).zip(self.waiting) {
            if below == level {
                // A whole tree waits here, or one was filled up to here.
                return waiting.or(filled);
            }
            filled = match (waiting, filled) {
                (Some(left), Some(right)) => Some(pair(&left, &right)),
                (Some(one), None) | (None, Some(one)) => Some(pair(&one, &zeros(below))),
                (None, None) => None,
            };
        }
        filled
    }
}
