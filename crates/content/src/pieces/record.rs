//! The tree as it is kept beside its file, and as others may be handed it.
//!
//! ```text
//!   0   8  "VANNEPT1"
//!   8   1  digest: 1, SHA-256
//!   9   1  leaf, as a power of two: 14
//!  10   1  piece, as a power of two: 20 to 23
//!  11   1  0
//!  12   8  length of the file, big-endian
//!  20  32  SHA-256 of the file
//!  52  20  SHA-1 of the file
//!  72  32  root
//! 104  32  for each piece: its digest
//!      32  SHA-256 of all that stands before
//! ```

use model::{Sha1, Sha256};
use trust::DigestSha256;

use super::{LEAF_LOG2, PIECE_BYTES_MIN, PIECE_LOG2_MAX, PIECE_LOG2_MIN, PIECES_MAX, PieceTree, leaf_level, root_over};
use crate::{FILE_BYTES_MAX, Stored};

const MAGIC: &[u8; 8] = b"VANNEPT1";
const SHA256: u8 = 1;
const HEADER_BYTES: usize = 104;

/// Why bytes are no tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PieceTreeError {
    /// They begin with something else, or are of a later form.
    #[error("these are no digests of pieces in a form that is known")]
    Form,
    /// The length of the file is impossible.
    #[error("a file of {0} bytes is larger than any")]
    Length(u64),
    /// The pieces are not of the size that a file of this length has.
    #[error("pieces of 2^{0} bytes do not belong to a file of this length")]
    PieceSize(u8),
    /// There are more or fewer pieces than the file has.
    #[error("the file has {expected} pieces, there are {found} bytes of digests")]
    Count {
        /// How many the length makes.
        expected: u64,
        /// How many bytes there are for them.
        found: usize,
    },
    /// Something of it is not as it was written.
    #[error("the digests of the pieces are damaged")]
    Damaged,
    /// The digests do not make the root.
    #[error("the digests of the pieces do not make the root")]
    Root,
}

impl PieceTree {
    /// Most bytes of a record.
    pub const RECORD_BYTES_MAX: usize = HEADER_BYTES + 32 * PIECES_MAX + 32;

    /// The tree as bytes: the same tree makes the same.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + 32 * self.pieces.len() + 32);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[SHA256, LEAF_LOG2, self.piece_log2, 0]);
        bytes.extend_from_slice(&self.file.size.to_be_bytes());
        bytes.extend_from_slice(self.file.sha256.as_bytes());
        bytes.extend_from_slice(self.file.sha1.as_bytes());
        bytes.extend_from_slice(self.root.as_bytes());
        self.pieces.iter().for_each(|piece| bytes.extend_from_slice(piece.as_bytes()));
        let digest = DigestSha256::of(&bytes);
        bytes.extend_from_slice(digest.as_bytes());
        bytes
    }

    /// Reads a tree, which is then consistent in itself. Whether it is of the file whose digests it names shows only
    /// in the file.
    ///
    /// # Errors
    /// [`PieceTreeError`] for everything that [`encode`](Self::encode) does not make.
    pub fn decode(bytes: &[u8]) -> Result<Self, PieceTreeError> {
        let (record, digest) = bytes.split_last_chunk::<32>().ok_or(PieceTreeError::Form)?;
        let (header, layer) = record.split_first_chunk::<HEADER_BYTES>().ok_or(PieceTreeError::Form)?;
        let mut fields = Fields(header);
        let [algorithm, leaf, piece_log2, reserved] = {
            if fields.take::<8>()? != *MAGIC {
                return Err(PieceTreeError::Form);
            }
            fields.take::<4>()?
        };
        if (algorithm, leaf, reserved) != (SHA256, LEAF_LOG2, 0) {
            return Err(PieceTreeError::Form);
        }
        let size = u64::from_be_bytes(fields.take()?);
        if size > FILE_BYTES_MAX {
            return Err(PieceTreeError::Length(size));
        }
        if piece_log2 != piece_log2_of(size) {
            return Err(PieceTreeError::PieceSize(piece_log2));
        }
        let file = Stored { size, sha256: Sha256::new(fields.take()?), sha1: Sha1::new(fields.take()?) };
        let root = Sha256::new(fields.take()?);
        let (pieces, rest) = layer.as_chunks::<32>();
        let expected = size.div_ceil(1 << piece_log2);
        if pieces.len() as u64 != expected || !rest.is_empty() {
            return Err(PieceTreeError::Count { expected, found: layer.len() });
        }
        if DigestSha256::of(record).as_bytes() != digest {
            return Err(PieceTreeError::Damaged);
        }
        let pieces: Vec<Sha256> = pieces.iter().copied().map(Sha256::new).collect();
        let level = if size <= PIECE_BYTES_MIN { leaf_level(size) } else { piece_log2 - LEAF_LOG2 };
        if root_over(&pieces, level) != root {
            return Err(PieceTreeError::Root);
        }
        Ok(Self { file, piece_log2, root, pieces })
    }
}

/// The size of the pieces of a file: doubled until there are few enough.
fn piece_log2_of(size: u64) -> u8 {
    let fits = |log2: &u8| size.div_ceil(1 << log2) <= PIECES_MAX as u64;
    (PIECE_LOG2_MIN..PIECE_LOG2_MAX).find(fits).unwrap_or(PIECE_LOG2_MAX)
}

/// What of the header is still to be read.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const BYTES: usize>(&mut self) -> Result<[u8; BYTES], PieceTreeError> {
        let (field, rest) = self.0.split_first_chunk().ok_or(PieceTreeError::Form)?;
        self.0 = rest;
        Ok(*field)
    }
}
