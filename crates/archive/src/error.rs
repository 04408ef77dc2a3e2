use std::io;
use std::path::PathBuf;

use model::Sha256;

use crate::PartName;

/// What is wrong with a file of an archive.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// It is not there.
    #[error(
        "part {part} of the archive in {archive} is missing ({size} bytes); \
         copy it there, or name the folder of the disk that has it as well"
    )]
    Missing {
        /// The part.
        part: Box<PartName>,
        /// The folders that were looked in.
        archive: String,
        /// How long it is.
        size: u64,
    },
    /// Something else has its name.
    #[error("{} is a link, a folder or a device in the place of {part}; an archive holds plain files: copy the file itself", path.display())]
    NotAFile {
        /// The file it should be.
        part: String,
        /// Where.
        path: PathBuf,
    },
    /// It has another length.
    #[error("part {part} has {found} bytes in {}, {expected} were written; copy it again from where it was exported", path.display())]
    OtherSize {
        /// The part.
        part: Box<PartName>,
        /// Where.
        path: PathBuf,
        /// What the archive says.
        expected: u64,
        /// What it has.
        found: u64,
    },
    /// It is longer than anything of its kind.
    #[error("{} has more than {limit} bytes, which no archive has there; it is damaged or none", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// How long it may be.
        limit: u64,
    },
    /// Its bytes are not those that were written.
    #[error(
        "part {part} of the archive in {archive} is damaged: it has SHA-256 {found}, {expected} was written; \
         copy it again from where it was exported"
    )]
    OtherDigest {
        /// The part.
        part: Box<PartName>,
        /// The folders of the archive.
        archive: String,
        /// What the archive says.
        expected: Sha256,
        /// What it has.
        found: Sha256,
    },
    /// It is another part of the same archive.
    #[error(
        "part {part} of the archive in {archive} holds what part {other} should: it was renamed; give both their names"
    )]
    Renamed {
        /// The part.
        part: Box<PartName>,
        /// The folders of the archive.
        archive: String,
        /// Which part it is.
        other: Box<PartName>,
    },
    /// The disk failed.
    #[error("could not {action} {}", path.display())]
    Disk {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl PartError {
    pub(crate) fn disk(action: &'static str, path: PathBuf, source: io::Error) -> Self {
        Self::Disk { action, path, source }
    }
}
