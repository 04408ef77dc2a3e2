use std::path::PathBuf;

use model::Sha256;
use trust::Fingerprint;

use crate::PartError;
use crate::lineage::LineageError;
use crate::manifest::ManifestError;
use crate::record::RecordError;
use crate::signature::SignatureError;

/// Why an archive was not opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is none.
    #[error("there is no archive in {archive}: {file} is missing")]
    NoArchive {
        /// The folders.
        archive: String,
        /// The file.
        file: &'static str,
    },
    /// Its export was cut short.
    #[error(
        "the archive in {archive} is not finished: {file} is missing; export it again, which goes on where it ended"
    )]
    Unfinished {
        /// The folders.
        archive: String,
        /// The file.
        file: &'static str,
    },
    /// The folders are those of different archives.
    #[error("{} and {} are of different archives; name the folders of one", one.display(), other.display())]
    Mixed {
        /// A file.
        one: PathBuf,
        /// The same of another archive.
        other: PathBuf,
    },
    /// The signature does not hold.
    #[error("the archive in {archive} was changed after it was signed; copy it again from where it was exported")]
    Signature {
        /// The folders.
        archive: String,
        /// What is wrong.
        source: SignatureError,
    },
    /// Nobody here trusts whoever signed it.
    #[error(
        "the archive in {archive} is signed by a key that is not trusted here, with fingerprint {signer}; compare that with \
         what `vanne archive key` says on the exporting server and, if it is the same, run `vanne archive trust {signer}`"
    )]
    UnknownSigner {
        /// The folders.
        archive: String,
        /// The key.
        signer: Fingerprint,
    },
    /// What was signed cannot be read.
    #[error("the manifest of the archive in {archive} cannot be used")]
    Manifest {
        /// The folders.
        archive: String,
        /// Why.
        source: ManifestError,
    },
    /// It does not come next.
    #[error("the archive in {archive} cannot be imported")]
    Lineage {
        /// The folders.
        archive: String,
        /// Why.
        source: LineageError,
    },
    /// It cannot be gone on from.
    #[error(
        "no archive can follow the one in {archive}: {reason}; export without --since, or since an earlier archive"
    )]
    NoBase {
        /// The folders.
        archive: String,
        /// Why.
        reason: String,
    },
    /// A part is not what it should be.
    #[error(transparent)]
    Part(#[from] PartError),
    /// Several parts are missing.
    #[error("{first}; {more} more parts are missing too")]
    MissingParts {
        /// What is to be said of the first.
        first: Box<PartError>,
        /// How many more.
        more: u64,
    },
    /// The list of content files is not one.
    #[error("the list of content files of the archive in {archive} cannot be used")]
    Contents {
        /// The folders.
        archive: String,
        /// Why.
        source: ContentsError,
    },
}

/// Why the list of content files is not one.
#[derive(Debug, thiserror::Error)]
pub enum ContentsError {
    /// It does not unpack to what was declared.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Files are not in order of SHA-256, or come twice.
    #[error("file {file} is not behind the one before it")]
    Order {
        /// The file.
        file: Sha256,
    },
    /// It does not have the digests of its pieces.
    #[error("file {file} has {found} pieces, its size makes {expected}")]
    Pieces {
        /// The file.
        file: Sha256,
        /// How many its size makes.
        expected: u64,
        /// How many are named.
        found: u64,
    },
    /// All files together have too many pieces.
    #[error("its files have more than {limit} pieces")]
    TooManyPieces {
        /// How many there may be.
        limit: u64,
    },
    /// It has another number of bytes than the manifest says.
    #[error("its files have {found} bytes, the manifest says {expected}")]
    Bytes {
        /// What the manifest says.
        expected: u64,
        /// What they have.
        found: u64,
    },
    /// It makes another archive than the manifest says.
    #[error("with it, the whole archive has SHA-256 {found}, the manifest says {expected}")]
    Whole {
        /// What the manifest says.
        expected: Sha256,
        /// What it is.
        found: Sha256,
    },
}
