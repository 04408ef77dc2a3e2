//! Why an archive was not exported or imported.

use std::path::PathBuf;

use archive::{ExportError, InvalidSplit, NeedsError, OpenError, ReadError, ServerName};
use content::PutError;
use model::{Sha256, UpdateId};
use policy::GroupTreeError;
use store::StoreError;
use trust::{Fingerprint, SigningError};

use crate::admin::{ApiError, chain};

/// Why an archive was not exported or imported. An import that says so has changed nothing that anybody is offered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AirGapError {
    #[error("an archive is being exported or imported by this server already; wait for its end")]
    Busy,
    #[error("the server is stopping; run the same command again, which goes on from here")]
    Stopping,
    #[error("it was broken off; run the same command again, which goes on from here")]
    Abandoned,
    #[error("it ended by a fault of the server; the log has the reason")]
    Interrupted,
    #[error("{what} {} is not a whole path; name it from the root on", path.display())]
    NotWhole { what: &'static str, path: PathBuf },
    #[error("no folder was named")]
    NoFolder,
    #[error(
        "an archive is limited to what came since another one, to a list of needs, or to products, not to two of these"
    )]
    TwoLimits,
    #[error(
        "no category {0} is known here; `vanne updates --category` and `vanne subscription show` name those that are"
    )]
    NoCategory(UpdateId),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{}", .0.error)]
    Api(ApiError),
    #[error("the archive key in the database is damaged; restore the database from a backup")]
    Key(#[source] SigningError),
    #[error("{limit} keys are trusted, which is the most; remove one with `vanne archive trust --remove`")]
    TooManyKeys { limit: usize },
    #[error("no key with fingerprint {0} is trusted here; `vanne archive trust --list` lists those that are")]
    NotTrusted(Fingerprint),
    #[error("all numbers for archives are used up")]
    NoNumber,
    #[error("the target groups in the database are damaged")]
    Groups(#[from] GroupTreeError),
    #[error(transparent)]
    Split(#[from] InvalidSplit),
    #[error("the list of needs {} cannot be used", path.display())]
    Needs { path: PathBuf, source: NeedsError },
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(
        "the archive in {archive} was not exported by this server: it is signed by another key ({signer}); --since takes an \
         archive of this server's own"
    )]
    ForeignBase { archive: String, signer: Fingerprint },
    #[error(
        "the archive named by --since has number {base}, and the last number that this server gave is {last}: its database \
         was restored to an earlier state; export without --since"
    )]
    Restored { base: u64, last: u64 },
    #[error(
        "{found} groups, approvals, declined updates and accepted licences are more than the {limit} that an archive may carry"
    )]
    TooManyDecisions { found: u64, limit: u64 },
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("it carries no groups and approvals; import it without --decisions, or export it again with --decisions")]
    NoDecisions,
    #[error(
        "its content files need {needed} bytes more, and the disk of the content folder has {free} free, of which \
         content.disk_floor_mib leaves {floor} alone; free some space or lower the floor, and import again"
    )]
    NoRoom { needed: u64, free: u64, floor: u64 },
    #[error("content file {file} could not be put into the content folder")]
    Put { file: Sha256, source: PutError },
    #[error("the content folder could not be read")]
    Content(#[from] content::FileError),
    #[error("{found} of its {expected} documents were read")]
    Documents { expected: u64, found: u64 },
    #[error("another archive was imported into this database meanwhile; import again")]
    Overtaken,
    #[error("archive {sequence} of {server} was not {action} ({step})")]
    Of { server: ServerName, sequence: u64, action: &'static str, step: &'static str, source: Box<AirGapError> },
}

impl AirGapError {
    /// True when the same request may find it otherwise because the exporting server's state moved on meanwhile.
    pub(super) fn is_changed(&self) -> bool {
        matches!(self, Self::Export(ExportError::Changed { .. }))
    }

    fn status(&self) -> u16 {
        match self {
            // The first three are told by what they are made from.
            Self::Store(_) | Self::Api(_) | Self::Of { .. } | Self::Interrupted | Self::Key(_) | Self::Groups(_) => 500,
            Self::NotWhole { .. }
            | Self::NoFolder
            | Self::TwoLimits
            | Self::Split(_)
            | Self::Export(ExportError::SplitTooSmall { .. }) => 400,
            Self::NotTrusted(_) | Self::NoCategory(_) | Self::Open(OpenError::NoArchive { .. }) => 404,
            Self::Stopping | Self::Abandoned | Self::Content(_) | Self::Export(ExportError::Disk { .. }) => 503,
            Self::NoRoom { .. }
            | Self::Export(ExportError::Full { .. })
            | Self::Put { source: PutError::Full { .. }, .. } => 507,
            Self::Put { source: PutError::Disk { .. }, .. } => 503,
            _ => 409,
        }
    }
}

impl From<AirGapError> for ApiError {
    fn from(error: AirGapError) -> Self {
        match error {
            AirGapError::Store(error) => error.into(),
            AirGapError::Api(error) => error,
            AirGapError::Of { server, sequence, action, step, source } => {
                let inner = Self::from(*source);
                Self {
                    error: format!("archive {sequence} of {server} was not {action} ({step}): {}", inner.error),
                    ..inner
                }
            }
            error => {
                let status = error.status();
                if status >= 500 {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "an archive was not exported or imported"
                    );
                }
                Self { status, error: chain(&error), hint: None }
            }
        }
    }
}
