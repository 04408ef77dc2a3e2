//! Content files: held, wanted, on their way.

use model::{ContentFile, Sha1, Sha256};
use serde::{Deserialize, Serialize};

use crate::config::ContentMode;

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
    /// Why it is quarantined or withheld.
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
    /// It is as it was promised, and given to nobody before somebody has looked who signed it.
    Unjudged,
    /// It is as it was promised, and given to nobody because of who signed it.
    Withheld,
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
    /// Files that are here as they were promised, and given to nobody because of who signed them.
    pub withheld: u64,
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
