//! The administration API's requests and answers. The command line speaks them over the socket in
//! the data folder, or to the same handlers in its own process when no server runs.

mod archive;
mod computers;
mod content;
mod decisions;
mod hierarchy;
mod lists;
mod pki;
mod quarantine;
mod trust;

use model::{RevisionId, UpdateIdentity, UpdateType};
use serde::{Deserialize, Serialize};

use super::ApiError;

pub use self::archive::{
    ArchiveEvent, ArchiveHistory, ArchiveImportAnswer, ArchiveImportRequest, ArchiveImported, ArchiveKey,
    ArchiveProgress, ArchiveStep, ArchiveSummary, ExportAnswer, ExportRequest, ImportedArchive, LearnedKey,
    TrustRequest, TrustedKey,
};
pub use self::computers::{
    AssignRequest, ComputerSummary, ComputersQuery, ExplainAnswer, ExplainQuery, StatusAnswer, StatusQuery, StatusRow,
};
pub use self::content::{
    AddQuery, CollectAnswer, CollectRequest, CollectedFile, ContentState, ContentStatus, ContentStored, ContentSummary,
    DownloadStatus, FailedDownload, FetchAnswer, VerifyAnswer, WantedQuery,
};
pub use self::decisions::{
    ApprovalSummary, ApproveRequest, ChangeGroup, CreateGroup, Decided, DecidedUpdate, DeclineRequest, GroupSummary,
    TargetingSetting, UpdateSummary, UpdatesQuery, Which,
};
pub use self::hierarchy::{
    AcceptLicences, ChangeServer, EstimateAnswer, InstallsCounted, LanguageAmount, Licence, PlanAnswer, ServerCounted,
    ServerDetails, ServerKnown, ServerSummary, StageAnswer, SubscriptionAnswer, SyncAnswer, SyncRequest, SyncRun,
    SyncState, SystemCounted, UpstreamAnswer,
};
pub use self::lists::{RevocationListPlace, RevocationListsAnswer};
pub use self::pki::{
    CertificateSummary, CertificateUse, ExportedFile, PkiAnswer, PkiAuthority, PkiImport, PkiInstall, PkiRequest,
};
pub use self::quarantine::{
    EvidenceFile, NamingUpdate, Quarantine, QuarantinedFile, ReleaseRequest, ReleasedFile, WithheldFile,
};
pub use self::trust::{
    ExpiringPin, Facts, PinnedAuthority, PinsAnswer, ProbeAnswer, ProbeRequest, SignerRequest, UpstreamFacts,
    UpstreamTrust, UpstreamTrustRequest,
};

/// Most documents in one [`ImportRequest`].
pub const DOCUMENTS_MAX: usize = 1_000;
/// Most bytes of one request to the API, content files aside: a document of 64 MB and its JSON form.
pub const BODY_BYTES_MAX: usize = 256 * 1024 * 1024;

/// `POST /api/v1/documents`: update documents to take into the catalog, as one set.
#[derive(Debug, Serialize, Deserialize)]
pub struct ImportRequest {
    /// At most [`DOCUMENTS_MAX`].
    pub documents: Vec<DocumentText>,
}

/// One update document.
#[derive(Debug, Serialize, Deserialize)]
pub struct DocumentText {
    /// What to call it in messages; usually its path.
    pub name: String,
    /// The whole document.
    pub text: String,
}

/// What became of each document, in order.
#[derive(Debug, Serialize, Deserialize)]
pub struct ImportAnswer {
    /// As many as documents were sent.
    pub documents: Vec<DocumentOutcome>,
}

/// `POST /api/v1/documents/stream`: the body is documents one after the other, as
/// [`import::stream::append`](crate::import::stream::append) makes them; the answer is lines of JSON, one for each set
/// that was written. An answer that ends before every document is in it was cut off.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportEvent {
    /// What became of the next documents, in order.
    Documents(Vec<DocumentOutcome>),
    /// It ends here: nothing of the documents that were not told of is kept.
    Failed {
        /// HTTP status, as for any other request.
        status: u16,
        /// Why.
        error: ApiError,
    },
}

/// What became of one document.
#[derive(Debug, Serialize, Deserialize)]
pub struct DocumentOutcome {
    /// The name that was sent.
    pub name: String,
    /// The revision, when the document said as much.
    pub identity: Option<UpdateIdentity>,
    /// What kind of update it is.
    pub update_type: Option<UpdateType>,
    /// What happened.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What happened to one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// It is new.
    Added {
        /// Its number on this server.
        revision: RevisionId,
    },
    /// It was here already, with the same content.
    Unchanged {
        /// Its number on this server.
        revision: RevisionId,
    },
    /// It was not taken; nothing of it is here.
    Refused {
        /// Why, and what to do.
        reason: String,
    },
}

/// `GET /api/v1/overview`: the server at a glance.
#[derive(Debug, Serialize, Deserialize)]
pub struct Overview {
    /// The program's version.
    pub version: String,
    /// The generation that is served.
    pub generation: u64,
    /// Revisions in the catalog that is served.
    pub revisions: u64,
    /// Computers known, servers below's included.
    pub computers: u64,
    /// Input refused since the start.
    pub refused: u64,
    /// Port clients reach it on over plain HTTP; absent when no server runs.
    pub http_port: Option<u16>,
    /// Port clients reach it on over HTTPS; absent when no server runs.
    pub https_port: Option<u16>,
    /// Metadata is handed out over plain HTTP as well.
    pub allow_http_metadata: bool,
}
