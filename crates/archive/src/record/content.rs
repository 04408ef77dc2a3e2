use model::{Sha1, Sha256};
use serde::{Deserialize, Serialize};

use super::{InvalidRecord, Record, read_json, write_json};
use crate::StreamKind;
use crate::limits::{FILE_BYTES_MAX, PIECES_MAX, RECORD_BYTES_MAX};

/// A content file that an archive carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarriedFile {
    /// The name it lies under.
    pub sha256: Sha256,
    /// The name clients ask by.
    pub sha1: Sha1,
    /// Its length in bytes.
    pub size: u64,
}

/// A content file and the digests of its pieces; none when it lies in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub(crate) sha256: Sha256,
    pub(crate) sha1: Sha1,
    pub(crate) size: u64,
    #[serde(default, skip_serializing_if = "<[Sha256]>::is_empty")]
    pub(crate) pieces: Box<[Sha256]>,
}

impl Record for Content {
    const KIND: StreamKind = StreamKind::Contents;
    const BYTES_MAX: usize = RECORD_BYTES_MAX;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), InvalidRecord> {
        self.check()?;
        write_json(self, out)
    }

    fn read(bytes: &[u8]) -> Result<Self, InvalidRecord> {
        let content: Self = read_json(bytes)?;
        content.check()?;
        Ok(content)
    }
}

impl Content {
    /// The file.
    pub fn file(&self) -> CarriedFile {
        CarriedFile { sha256: self.sha256, sha1: self.sha1, size: self.size }
    }

    fn check(&self) -> Result<(), InvalidRecord> {
        let pieces = self.pieces.len() as u64;
        if self.size <= FILE_BYTES_MAX && pieces != 1 && pieces <= PIECES_MAX {
            return Ok(());
        }
        let (sha256, size) = (self.sha256, self.size);
        Err(InvalidRecord::Bound(format!("file {sha256} of {size} bytes in {pieces} pieces is out of bounds")))
    }
}
