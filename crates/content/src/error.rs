use std::io;
use std::path::{Path, PathBuf};

use model::{Sha1, Sha256};

/// A file or folder of the content store that could not be worked with.
#[derive(Debug, thiserror::Error)]
#[error("could not {action} {}", path.display())]
pub struct FileError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl FileError {
    /// Turns an error of the system into one that says what was tried, and where.
    pub(crate) fn when(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { action, path: path.to_owned(), source }
    }

    /// What kind of error the system reported.
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }

    /// True when there is no room left: the disk or a quota is full.
    pub fn is_full(&self) -> bool {
        matches!(self.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }
}

impl From<FileError> for io::Error {
    fn from(error: FileError) -> Self {
        Self::new(error.kind(), error)
    }
}

/// Why a file was not put. No half of it stays on disk.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// No room is left.
    #[error("no room is left for content files; free some space or move the data folder to a larger disk")]
    Full {
        /// What could not be written.
        source: FileError,
    },
    /// It is longer than promised; the rest was not read.
    #[error("the file is longer than the {expected} bytes promised")]
    TooLong {
        /// The promised size.
        expected: u64,
    },
    /// It ends before its promised size.
    #[error("the file ends after {found} of the {expected} bytes promised")]
    TooShort {
        /// The promised size.
        expected: u64,
        /// How many bytes there were.
        found: u64,
    },
    /// It is longer than any content file may be; the rest was not read.
    #[error("the file is longer than {limit} bytes, the limit for content files")]
    OverLimit {
        /// [`crate::FILE_BYTES_MAX`].
        limit: u64,
    },
    /// It has another SHA-1.
    #[error("the file has SHA-1 {found}, {expected} was promised")]
    OtherSha1 {
        /// The promised digest.
        expected: Sha1,
        /// Its digest.
        found: Sha1,
    },
    /// It has another SHA-256.
    #[error("the file has SHA-256 {found}, {expected} was promised")]
    OtherSha256 {
        /// The promised digest.
        expected: Sha256,
        /// Its digest.
        found: Sha256,
    },
    /// It could not be read from where it comes from.
    #[error("could not read the file to be put")]
    Source {
        /// Why.
        source: io::Error,
    },
    /// The disk failed.
    #[error("could not keep the file")]
    Disk {
        /// What failed.
        source: FileError,
    },
}

impl From<FileError> for PutError {
    fn from(source: FileError) -> Self {
        if source.is_full() { Self::Full { source } } else { Self::Disk { source } }
    }
}

/// Why a held file was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It has another length than is known of it, so it is not what it was: verify it.
    #[error("content file {sha256} has {found} bytes on disk, {expected} are known; run `vanne content verify`")]
    OtherSize {
        /// Which file.
        sha256: Sha256,
        /// The known size.
        expected: u64,
        /// The size on disk.
        found: u64,
    },
    /// The disk failed.
    #[error("could not open content file {sha256}")]
    Disk {
        /// Which file.
        sha256: Sha256,
        /// What failed.
        source: FileError,
    },
}
