//! Files by digest on disk: put, verify, ranges, quarantine.
//!
//! A file is kept under its SHA-256 and asked for by its SHA-1. [`Files`] holds the bytes; [`range`] says which
//! of them a request wants; [`address`] and [`parse_address`] are the two directions of its URL.
//!
//! INVARIANT: a path is only ever made from a digest, never from a name that came from outside.

mod address;
mod conditional;
mod error;
mod files;
mod mime;
pub mod range;

pub use address::{address, parse_address};
pub use conditional::{etag, http_date, if_none_match_hits, if_range_holds};
pub use error::{FileError, OpenError, PutError};
pub use files::{CHUNK_BYTES, Expected, FILE_BYTES_MAX, Files, Held, Listed, Quarantined, Stored, Verdict};
pub use mime::mime;
