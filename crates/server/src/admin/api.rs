//! The administration API's requests and answers. The command line speaks them over the socket in
//! the data folder, or to the same handlers in its own process when no server runs.

mod archive;
mod hierarchy;

use std::collections::BTreeMap;

use model::{
    ApprovalAction, ComputerId, ContentFile, GroupName, RevisionId, Sha1, Sha256, TargetGroupId, Timestamp, UpdateId,
    UpdateIdentity, UpdateState, UpdateType,
};
use serde::{Deserialize, Serialize};

use super::ApiError;

pub use self::archive::{
    ArchiveEvent, ArchiveHistory, ArchiveImportAnswer, ArchiveImportRequest, ArchiveImported, ArchiveKey,
    ArchiveProgress, ArchiveStep, ArchiveSummary, ExportAnswer, ExportRequest, ImportedArchive, TrustRequest,
    TrustedKey,
};

use crate::config::ContentMode;
pub use hierarchy::{
    AcceptLicences, ChangeServer, Licence, PlanAnswer, ServerCounted, ServerKnown, ServerSummary, StageAnswer,
    SubscriptionAnswer, SyncAnswer, SyncRequest, SyncRun, SyncState, UpstreamAnswer,
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

/// `GET /api/v1/updates`: which updates to list.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UpdatesQuery {
    /// Part of the title, a KB number or a CVE.
    pub search: Option<String>,
    /// Only this kind.
    pub update_type: Option<UpdateType>,
    /// Only those that can be approved.
    pub deployable: bool,
    /// At most so many; absent: 100.
    pub limit: Option<u32>,
}

/// One update in a list.
#[derive(Debug, Serialize, Deserialize)]
pub struct UpdateSummary {
    /// The update and its latest revision.
    pub identity: UpdateIdentity,
    /// The number clients know the revision by.
    pub revision: RevisionId,
    /// What kind it is.
    pub update_type: UpdateType,
    /// Its English title.
    pub title: String,
    /// KB numbers.
    pub kb: Vec<String>,
    /// CVEs.
    pub cves: Vec<String>,
    /// Severity, if it has one.
    pub severity: Option<String>,
    /// It was declined.
    pub declined: bool,
    /// Decisions about it.
    pub approvals: Vec<ApprovalSummary>,
}

/// A decision about an update.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApprovalSummary {
    /// The group it is for.
    pub group: GroupName,
    /// What is to be done.
    pub action: ApprovalAction,
    /// By when.
    pub deadline: Option<Timestamp>,
}

/// `POST /api/v1/approvals`: decide about updates for a group. Exactly one way of naming updates.
#[derive(Debug, Serialize, Deserialize)]
pub struct ApproveRequest {
    /// The updates.
    #[serde(flatten)]
    pub updates: Which,
    /// The group's name.
    pub group: String,
    /// The decision.
    pub action: ApprovalAction,
    /// By when it must be done.
    pub deadline: Option<Timestamp>,
}

/// `POST /api/v1/declines`: decline updates, or take that back.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeclineRequest {
    /// The updates.
    #[serde(flatten)]
    pub updates: Which,
    /// Take the decline back instead.
    pub undo: bool,
}

/// A way of naming updates.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "which", content = "of", rename_all = "kebab-case")]
pub enum Which {
    /// These.
    Updates(Vec<UpdateId>),
    /// All that carry this KB number and can be approved.
    Kb(String),
    /// All that can be approved.
    All,
}

/// How many updates a decision was about.
#[derive(Debug, Serialize, Deserialize)]
pub struct Decided {
    /// The updates, with their titles.
    pub updates: Vec<DecidedUpdate>,
}

/// One update a decision was about.
#[derive(Debug, Serialize, Deserialize)]
pub struct DecidedUpdate {
    /// The update.
    pub update_id: UpdateId,
    /// Its English title.
    pub title: String,
}

/// A group in a list, in the order of the tree.
#[derive(Debug, Serialize, Deserialize)]
pub struct GroupSummary {
    /// Its id.
    pub id: TargetGroupId,
    /// Its name.
    pub name: GroupName,
    /// The group above.
    pub parent: Option<TargetGroupId>,
    /// Groups above it.
    pub depth: usize,
    /// Computers in it, servers below's included; those of groups below it not counted.
    pub computers: u64,
}

/// `POST /api/v1/groups`.
#[derive(Debug, Serialize, Deserialize)]
pub struct CreateGroup {
    /// The name.
    pub name: String,
    /// The group above, by name; absent: All Computers.
    pub parent: Option<String>,
}

/// `PATCH /api/v1/groups/{name}`: what is absent stays.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ChangeGroup {
    /// The new name.
    pub name: Option<String>,
    /// The new group above, by name.
    pub parent: Option<String>,
}

/// `GET` and `PUT /api/v1/targeting`: who says which groups a computer is in.
#[derive(Debug, Serialize, Deserialize)]
pub struct TargetingSetting {
    /// The computers, by the group names in their own policy; otherwise the administrator.
    pub client_side: bool,
}

/// `GET /api/v1/computers`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ComputersQuery {
    /// Part of the name or id.
    pub search: Option<String>,
    /// Only computers of this group.
    pub group: Option<String>,
    /// Only computers of this server below, by name or id.
    pub server: Option<String>,
    /// At most so many; absent: 100.
    pub limit: Option<u32>,
}

/// A computer in a list.
#[derive(Debug, Serialize, Deserialize)]
pub struct ComputerSummary {
    /// Its id.
    pub id: ComputerId,
    /// Its name, as it gave it.
    pub dns_name: Option<String>,
    /// Where it last called from.
    pub address: Option<String>,
    /// Its operating system, by build number.
    pub os: Option<String>,
    /// Maker and model, as it gave them.
    pub model: Option<String>,
    /// Its groups.
    pub groups: Vec<GroupName>,
    /// When it was last heard of.
    pub last_contact: Option<Timestamp>,
    /// When it last scanned.
    pub last_scan: Option<Timestamp>,
    /// When it last reported compliance.
    pub last_report: Option<Timestamp>,
    /// The server below whose computer it is, and how old what that told is; absent for this one's own.
    pub server: Option<ServerKnown>,
}

/// `PUT /api/v1/computers/{id}/groups`: the groups an administrator puts it into; none: Unassigned Computers.
#[derive(Debug, Serialize, Deserialize)]
pub struct AssignRequest {
    /// Group names.
    pub groups: Vec<String>,
}

/// `GET /api/v1/status`: whose state of what.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StatusQuery {
    /// Only computers of this group and of those below it.
    pub group: Option<String>,
    /// Only this computer, by id or name.
    pub computer: Option<String>,
    /// Only this update.
    pub update: Option<UpdateId>,
    /// Only updates with this KB number.
    pub kb: Option<String>,
    /// Only updates that close this CVE.
    pub cve: Option<String>,
}

/// Figures about states, and how old they are.
#[derive(Debug, Serialize, Deserialize)]
pub struct StatusAnswer {
    /// Computers looked at.
    pub computers: u64,
    /// Of these, how many have never reported compliance.
    pub computers_unknown: u64,
    /// Updates looked at: those that can be approved and are not declined.
    pub updates: u64,
    /// Pairs of computer and update in each state.
    pub counts: BTreeMap<UpdateState, u64>,
    /// When the computer that reported longest ago did so.
    pub oldest_report: Option<Timestamp>,
    /// When the last report came.
    pub newest_report: Option<Timestamp>,
    /// The servers below whose computers may be among those looked at, with how old what they told is.
    pub servers: Vec<ServerCounted>,
    /// The pairs worth a look: needed, downloaded, pending reboot, failed; at most 1,000 of each.
    pub rows: Vec<StatusRow>,
}

/// One computer's state of one update.
#[derive(Debug, Serialize, Deserialize)]
pub struct StatusRow {
    /// The computer.
    pub computer: ComputerId,
    /// Its name.
    pub dns_name: Option<String>,
    /// The update.
    pub update_id: UpdateId,
    /// Its title.
    pub title: String,
    /// The state.
    pub state: UpdateState,
    /// Since when.
    pub since: Option<Timestamp>,
    /// When the computer last reported compliance: how old this is.
    pub reported_at: Option<Timestamp>,
    /// The server below whose computer it is; absent for this one's own.
    pub server: Option<ServerKnown>,
}

/// `GET /api/v1/explain`.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExplainQuery {
    /// The computer, by id or name.
    pub computer: String,
    /// The update.
    pub update: UpdateId,
}

/// The answer, for programs and for people.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExplainAnswer {
    /// The computer.
    pub computer: ComputerId,
    /// Its name.
    pub dns_name: Option<String>,
    /// When it last told what is installed.
    pub last_scan: Option<Timestamp>,
    /// Step by step.
    pub explanation: serde_json::Value,
    /// The same as sentences.
    pub text: String,
}

/// A content file in a list.
#[derive(Debug, Serialize, Deserialize)]
pub struct ContentSummary {
    /// The name clients ask by.
    pub sha1: Sha1,
    /// The name it is kept under, once it is known.
    pub sha256: Option<Sha256>,
    /// Bytes.
    pub size: u64,
    /// A name updates give it.
    pub name: Option<String>,
    /// Whether it is here.
    pub state: ContentState,
    /// Why it is quarantined.
    pub reason: Option<String>,
}

/// Whether a content file is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContentState {
    /// It is here, and matched its digests when it came.
    Held,
    /// An update names it, and it is not here.
    Missing,
    /// It stopped matching its digests; it is kept aside and never served.
    Quarantined,
}

/// `POST /api/v1/content/wanted`: which of these files this server would take.
#[derive(Debug, Serialize, Deserialize)]
pub struct WantedQuery {
    /// The files on offer.
    pub files: Vec<ContentFile>,
}

/// `PUT /api/v1/content?sha1=…`, with the file as the body.
#[derive(Debug, Serialize, Deserialize)]
pub struct AddQuery {
    /// Which file of an update it is.
    pub sha1: Sha1,
}

/// `PUT /api/v1/content`: the answer once the file is held.
#[derive(Debug, Serialize, Deserialize)]
pub struct ContentStored {
    /// Digest by which clients ask.
    pub sha1: Sha1,
    /// Digest under which it is kept.
    pub sha256: Sha256,
    /// Bytes.
    pub size: u64,
}

/// `POST /api/v1/content/verify`: what a look at every file found.
#[derive(Debug, Serialize, Deserialize)]
pub struct VerifyAnswer {
    /// Files read.
    pub verified: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Files that no longer match, now in quarantine.
    pub quarantined: Vec<ContentSummary>,
}

/// `GET /api/v1/content/status`: what is wanted, here, missing and on its way.
#[derive(Debug, Serialize, Deserialize)]
pub struct ContentStatus {
    /// Which files are fetched.
    pub mode: ContentMode,
    /// Files that are to be here.
    pub wanted: u64,
    /// Their bytes.
    pub wanted_bytes: u64,
    /// Files that are here, wanted or not.
    pub held: u64,
    /// Their bytes.
    pub held_bytes: u64,
    /// Wanted files that are not here.
    pub missing: u64,
    /// Their bytes.
    pub missing_bytes: u64,
    /// Files on their way, by name.
    pub downloading: Vec<DownloadStatus>,
    /// Files that could not be fetched and are tried again later, by name.
    pub failed: Vec<FailedDownload>,
    /// Why some or all of what is missing is not fetched for now.
    pub paused: Option<String>,
    /// Files that came since the server started and were not what was promised.
    pub refused: u64,
}

/// A file on its way.
#[derive(Debug, Serialize, Deserialize)]
pub struct DownloadStatus {
    /// Digest by which clients ask.
    pub sha1: Sha1,
    /// Its name in the update.
    pub name: String,
    /// Bytes it will have.
    pub size: u64,
    /// Bytes that came.
    pub here: u64,
    /// Who was asked last; without what is behind the path of his address.
    pub source: Option<String>,
    /// Bytes a second since it was begun or taken up again.
    pub bytes_per_sec: u64,
}

/// A file that could not be fetched.
#[derive(Debug, Serialize, Deserialize)]
pub struct FailedDownload {
    /// Digest by which clients ask.
    pub sha1: Sha1,
    /// Its name in the update.
    pub name: String,
    /// How the last source failed.
    pub reason: String,
    /// When it is tried again, in seconds.
    pub again_in_secs: u64,
}

/// `POST /api/v1/content/fetch`: the answer once everything that is wanted was tried.
#[derive(Debug, Serialize, Deserialize)]
pub struct FetchAnswer {
    /// Files that came and are held now.
    pub fetched: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that could not be fetched.
    pub failed: u64,
    /// What is missing now, and why.
    pub status: ContentStatus,
}

/// `POST /api/v1/content/collect`: remove what nothing wants any more.
#[derive(Debug, Serialize, Deserialize)]
pub struct CollectRequest {
    /// Only say what would be removed.
    #[serde(default)]
    pub dry_run: bool,
}

/// What was removed, or would be.
#[derive(Debug, Serialize, Deserialize)]
pub struct CollectAnswer {
    /// Nothing was removed.
    pub dry_run: bool,
    /// The files.
    pub files: Vec<CollectedFile>,
}

/// A file that nothing wants.
#[derive(Debug, Serialize, Deserialize)]
pub struct CollectedFile {
    /// Digest by which clients ask.
    pub sha1: Sha1,
    /// Bytes it takes.
    pub size: u64,
    /// Its name in an update.
    pub name: Option<String>,
    /// It was never whole: a download that was begun.
    pub is_partial: bool,
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
    /// Port clients reach it on; absent when no server runs.
    pub http_port: Option<u16>,
}
