//! Files that are given to nobody, why, and what to do.

use std::path::PathBuf;

use model::{Sha1, Sha256, Timestamp, UpdateId};
use serde::{Deserialize, Serialize};

/// `GET /api/v1/content/quarantine`
#[derive(Debug, Serialize, Deserialize)]
pub struct Quarantine {
    /// Files that are as they were promised, and withheld because of who signed them, or until somebody has looked.
    pub withheld: Vec<WithheldFile>,
    /// Files that were to be reviewed and that an administrator lets through.
    pub released: Vec<ReleasedFile>,
    /// Files that are not what they were promised to be, kept as evidence: the latest first.
    pub evidence: Vec<EvidenceFile>,
}

/// A file that is withheld.
#[derive(Debug, Serialize, Deserialize)]
pub struct WithheldFile {
    /// The name clients ask by.
    pub sha1: Sha1,
    /// The name it is kept under.
    pub sha256: Sha256,
    /// Bytes.
    pub size: u64,
    /// A name updates give it.
    pub name: Option<String>,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// Whether it may be released.
    pub can_be_released: bool,
    /// What to do.
    pub remedy: String,
    /// The updates that name it.
    pub updates: Vec<NamingUpdate>,
    /// All that was found of it: for each thing that updates say it is, the verdict with its reasons and signers.
    pub findings: Option<serde_json::Value>,
}

/// An update that names a file.
#[derive(Debug, Serialize, Deserialize)]
pub struct NamingUpdate {
    /// The update.
    pub update: UpdateId,
    /// Its title.
    pub title: String,
}

/// A file that is let through.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReleasedFile {
    /// The name clients ask by.
    pub sha1: Sha1,
    /// The name it is kept under.
    pub sha256: Sha256,
    /// A name updates give it.
    pub name: Option<String>,
    /// Why, as the administrator said.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
    /// Whether it is given away now: something may have been found since that is nobody's to let through.
    pub is_held: bool,
}

/// A file that is not what it was promised to be.
#[derive(Debug, Serialize, Deserialize)]
pub struct EvidenceFile {
    /// Where it lies.
    pub file: PathBuf,
    /// What it is.
    pub sha256: Sha256,
    /// Bytes.
    pub size: u64,
    /// What is wrong.
    pub reason: String,
    /// When that was found.
    pub at: Timestamp,
    /// Who had sent it.
    pub sources: Vec<String>,
}

/// `POST /api/v1/content/quarantine/release`
#[derive(Debug, Serialize, Deserialize)]
pub struct ReleaseRequest {
    /// The file.
    pub sha256: Sha256,
    /// Why it is let through: who looked, and what was found.
    pub why: String,
}

/// `POST /api/v1/content/quarantine/withhold` and `…/discard`
#[derive(Debug, Serialize, Deserialize)]
pub struct QuarantinedFile {
    /// The file.
    pub sha256: Sha256,
}
