//! Files by digest on disk: put, verify, ranges, quarantine.
//!
//! A file is kept under its SHA-256 and asked for by its SHA-1. [`Files`] holds the bytes; [`request`] and
//! [`range`] say which of them a client wants; [`address`] and [`parse_address`] are the two directions of a file's URL.
//!
//! INVARIANT: a path is only ever made from a digest, never from a name that came from outside.

mod address;
mod conditional;
mod error;
mod files;
mod mime;
pub mod pieces;
pub mod range;
pub mod request;
mod room;

pub use address::{address, parse_address};
pub use conditional::{etag, http_date, if_none_match_hits, if_range_holds};
pub use error::{FileError, OpenError, PutError};
pub use files::{
    Claim, EXAMINATION_BYTES_MAX, Evidence, Expected, FILE_BYTES_MAX, Files, Held, HeldReader, Listed, Look,
    PIECE_BYTES, Partial, PartialListed, Quarantined, Stored, Verdict,
};
pub use mime::mime;
pub use room::free_bytes;
