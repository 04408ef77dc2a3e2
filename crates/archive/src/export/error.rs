use std::io;
use std::path::PathBuf;

use model::Sha256;

use crate::StreamKind;
use crate::manifest::ManifestError;
use crate::record::InvalidRecord;

/// Why an export did not go on. Unless a variant says otherwise, what was finished is kept: the same export, begun again,
/// goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// No room is left.
    #[error(
        "no room is left for {} of the archive in {}; free some space there and export again, which goes on from here",
        path.display(), archive.display()
    )]
    Full {
        /// The folder of the archive.
        archive: PathBuf,
        /// What could not be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file system takes no file of this size.
    #[error(
        "the file system of {} takes no file as long as {}; export with a smaller --split, such as 4G for FAT32",
        archive.display(), path.display()
    )]
    PartTooLong {
        /// The folder of the archive.
        archive: PathBuf,
        /// What could not be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk failed.
    #[error("could not {action} {} of the archive in {}; export again, which goes on from here", path.display(), archive.display())]
    Disk {
        /// What was tried.
        action: &'static str,
        /// The folder of the archive.
        archive: PathBuf,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another export writes there.
    #[error("another export is writing to {}; wait for its end, or choose another folder", archive.display())]
    Busy {
        /// The folder.
        archive: PathBuf,
    },
    /// There is a finished archive.
    #[error("there is a finished archive in {} already; choose an empty folder", archive.display())]
    Finished {
        /// The folder.
        archive: PathBuf,
    },
    /// What is exported is not what it was when the export was begun. The stream is written anew next time.
    #[error(
        "the {kind} of the archive in {} are no longer those that the export was begun with; export again", archive.display()
    )]
    Changed {
        /// The folder of the archive.
        archive: PathBuf,
        /// Which stream.
        kind: StreamKind,
    },
    /// An earlier error ended this export.
    #[error("the export to {} has failed before; begin it again, which goes on from there", archive.display())]
    Broken {
        /// The folder of the archive.
        archive: PathBuf,
    },
    /// It was begun without decisions.
    #[error("the export to {} was begun without decisions", archive.display())]
    WithoutDecisions {
        /// The folder of the archive.
        archive: PathBuf,
    },
    /// A record that no archive can carry. The export can go on without it.
    #[error("{item} cannot be exported")]
    Record {
        /// Which record.
        item: String,
        /// Why.
        source: InvalidRecord,
    },
    /// A content file could not be read. The export can go on without it.
    #[error("could not read content file {file} to export it")]
    Source {
        /// Its SHA-256.
        file: Sha256,
        /// Why.
        source: io::Error,
    },
    /// A content file is not what its digests say. The export can go on without it.
    #[error("content file {file} is not what it should be: {reason}; run `vanne content verify`")]
    OtherContent {
        /// Its SHA-256.
        file: Sha256,
        /// What is different.
        reason: String,
    },
    /// Parts are so short that there would be too many.
    #[error("{item} would have more than {limit} parts of {part_bytes_max} bytes; export with a larger --split")]
    SplitTooSmall {
        /// What would.
        item: String,
        /// How many there may be.
        limit: u64,
        /// How long a part may be.
        part_bytes_max: u64,
    },
    /// More than an archive may carry.
    #[error("the archive in {} would carry more than {limit} {what}; export less at a time", archive.display())]
    TooMany {
        /// The folder of the archive.
        archive: PathBuf,
        /// Of what.
        what: &'static str,
        /// How many there may be.
        limit: u64,
    },
    /// The manifest would not be read.
    #[error("the archive in {} could not be finished", archive.display())]
    Manifest {
        /// The folder of the archive.
        archive: PathBuf,
        /// What is wrong with it.
        source: ManifestError,
    },
}

impl ExportError {
    /// True when no room was left: the disk or a quota is full.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }

    /// True when the export can go on without the item that the error names.
    pub fn is_of_one_item(&self) -> bool {
        match self {
            Self::Record { .. } | Self::Source { .. } | Self::OtherContent { .. } | Self::WithoutDecisions { .. } => {
                true
            }
            Self::SplitTooSmall { .. }
            | Self::TooMany { .. }
            | Self::Full { .. }
            | Self::PartTooLong { .. }
            | Self::Disk { .. }
            | Self::Busy { .. }
            | Self::Finished { .. }
            | Self::Changed { .. }
            | Self::Broken { .. }
            | Self::Manifest { .. } => false,
        }
    }
}
