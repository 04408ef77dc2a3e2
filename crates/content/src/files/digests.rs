use trust::DigestBoth;

use super::Stored;
use crate::pieces::{PieceTree, PieceTreeBuilder};

/// Bytes that one digest takes before the next sees them: what stays in the nearest cache.
const BLOCK_BYTES: usize = 16 * 1024;

/// All that is taken of a file while its bytes pass, once: both digests, and those of its pieces.
#[derive(Clone, Default)]
pub(super) struct Digests {
    both: DigestBoth,
    pieces: PieceTreeBuilder,
}

impl Digests {
    /// Adds `bytes` to what was given before.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        for block in bytes.chunks(BLOCK_BYTES) {
            self.both.update(block);
            self.pieces.update(block);
        }
    }

    /// How many bytes were given so far.
    pub(super) fn size(&self) -> u64 {
        self.both.size()
    }

    /// What the file is.
    pub(super) fn stored(&self) -> Stored {
        let (sha1, sha256, size) = self.both.clone().finish();
        Stored { sha1, sha256, size }
    }

    /// The tree of its pieces.
    pub(super) fn tree(&self) -> Option<PieceTree> {
        self.pieces.clone().finish(self.stored())
    }
}

impl std::fmt::Debug for Digests {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Digests({} bytes)", self.size())
    }
}
