//! Records: what the streams of an archive carry, and how it is framed.
//!
//! A stream unpacks to records one after the other: the length of each in 4 bytes (little-endian), then that many bytes.
//! A document is its update's GUID (16 bytes), its revision number (4 bytes, little-endian) and its bytes as they came; a list of
//! revoked certificates is the length of its head (2 bytes, little-endian), the head in JSON, and its bytes as they came; any other
//! record is one JSON value.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StreamKind;
use crate::limits::RECORD_BYTES_MAX;

mod content;
mod decision;
mod document;
mod hex_bytes;
mod list;
mod location;
mod read;
#[cfg(test)]
mod tests;

pub use content::{CarriedFile, Content};
pub use decision::{CarriedApproval, Decision};
pub use document::Document;
pub use list::CarriedList;
pub use location::Location;
pub use read::{Declared, RecordError, Records};

/// The bytes in front of a record.
pub(crate) const LENGTH_BYTES: u64 = 4;

/// Something that a stream carries.
pub trait Record: Sized + sealed::Sealed {
    /// The stream.
    const KIND: StreamKind;
    /// How long one may be.
    const BYTES_MAX: usize;

    /// Appends its bytes to `out`.
    ///
    /// # Errors
    /// [`InvalidRecord`] for what could not be read back: out of bounds.
    fn write(&self, out: &mut Vec<u8>) -> Result<(), InvalidRecord>;

    /// Reads what [`Record::write`] wrote.
    ///
    /// # Errors
    /// [`InvalidRecord`] for anything else.
    fn read(bytes: &[u8]) -> Result<Self, InvalidRecord>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Document {}
    impl Sealed for super::Decision {}
    impl Sealed for super::Location {}
    impl Sealed for super::CarriedList {}
    impl Sealed for super::Content {}
}

/// Why something is no record.
#[derive(Debug, thiserror::Error)]
pub enum InvalidRecord {
    /// Longer than its kind may be.
    #[error("it has {found} bytes, {limit} are allowed")]
    TooLong {
        /// How long it is.
        found: u64,
        /// How long it may be.
        limit: u64,
    },
    /// A document without the bytes that say whose it is.
    #[error("it has {found} bytes, too few to name a revision")]
    TooShort {
        /// How long it is.
        found: usize,
    },
    /// A number that numbers no revision.
    #[error("it does not name a revision")]
    Identity(#[source] model::InvalidRevisionNumber),
    /// Not JSON, or not of its shape.
    #[error("it is not the JSON of its kind")]
    Json(#[source] serde_json::Error),
    /// A value that is out of bounds.
    #[error("{0}")]
    Bound(String),
}

fn write_json(value: &impl Serialize, out: &mut Vec<u8>) -> Result<(), InvalidRecord> {
    let begin = out.len();
    serde_json::to_writer(&mut *out, value).map_err(InvalidRecord::Json)?;
    refuse_length(out.len() - begin, RECORD_BYTES_MAX)
}

fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, InvalidRecord> {
    serde_json::from_slice(bytes).map_err(InvalidRecord::Json)
}

fn refuse_length(found: usize, limit: usize) -> Result<(), InvalidRecord> {
    if found <= limit { Ok(()) } else { Err(InvalidRecord::TooLong { found: found as u64, limit: limit as u64 }) }
}
