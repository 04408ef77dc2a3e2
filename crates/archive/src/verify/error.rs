use model::Sha256;

use crate::record::RecordError;
use crate::{PartError, StreamKind};

/// Why something could not be read from an archive that was opened.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A part is not what it should be.
    #[error(transparent)]
    Part(#[from] PartError),
    /// A stream is not what was declared, though its parts are: whoever signed it made it so.
    #[error("the {kind} of the archive in {archive} cannot be used; export a new archive with a current version")]
    Records {
        /// The folders.
        archive: String,
        /// Which stream.
        kind: StreamKind,
        /// Why.
        source: RecordError,
    },
    /// Decisions or locations are others than the manifest counts.
    #[error("the archive in {archive} carries {found} {what}, its manifest says {expected}; export a new archive")]
    Count {
        /// The folders.
        archive: String,
        /// Of what.
        what: &'static str,
        /// What the manifest says.
        expected: u64,
        /// What there is.
        found: u64,
    },
    /// A content file's pieces are what they should be, and make another file.
    #[error(
        "content file {file} of the archive in {archive} is not what its name says: {reason}; export a new archive"
    )]
    OtherContent {
        /// Its SHA-256.
        file: Sha256,
        /// The folders.
        archive: String,
        /// What is different.
        reason: String,
    },
    /// It carries no such file.
    #[error("the archive in {archive} carries no content file {file}")]
    NoFile {
        /// Its SHA-256.
        file: Sha256,
        /// The folders.
        archive: String,
    },
    /// The caller broke off.
    #[error("reading the archive in {archive} was broken off")]
    BrokenOff {
        /// The folders.
        archive: String,
    },
}
