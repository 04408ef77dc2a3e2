//! Archives: keys, what is exported and imported, and how far that is.

use std::path::PathBuf;

use archive::{Carries, ServerName};
use model::{Sha256, Timestamp, UpdateId};
use serde::{Deserialize, Serialize};
use trust::Fingerprint;
use uuid::Uuid;

use super::ApiError;
use crate::sync::{MirroredDetails, RefusedRevision};

/// `GET /api/v1/archive/key`, and `POST` to sign with a new one from now on: who signs the archives of this server. Servers that are to import them trust the fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveKey {
    /// Its name.
    pub name: ServerName,
    /// Its id.
    pub server: Uuid,
    /// The fingerprint of its public key: SHA-256 of the `SubjectPublicKeyInfo`.
    pub fingerprint: Fingerprint,
}

/// `GET /api/v1/archive/trusted`: a key whose archives are imported here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedKey {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// What the administrator calls it.
    pub name: Option<ServerName>,
    /// Since when.
    pub trusted_at: Timestamp,
}

/// A key that is trusted because another one vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnedKey {
    /// Who vouches for it: trusted before, and still.
    pub old: Fingerprint,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// What the administrator calls both.
    pub name: Option<ServerName>,
}

/// `POST /api/v1/archive/trusted`: import archives signed by this key from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustRequest {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// What to call it.
    pub name: Option<ServerName>,
}

/// `GET /api/v1/archive`: the archives of this server, and those that it imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveHistory {
    /// The last number that an archive of this server was given, finished or not; 0 before the first.
    pub exported: u64,
    /// Those that were imported, the latest first.
    pub imported: Vec<ImportedArchive>,
}

/// An archive that was imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedArchive {
    /// What the exporting server called itself.
    pub name: ServerName,
    /// Its id.
    pub server: Uuid,
    /// The archive's number there.
    pub sequence: u64,
    /// The SHA-256 of its manifest.
    pub manifest: Sha256,
    /// When it was imported.
    pub imported_at: Timestamp,
}

/// `POST /api/v1/archive/export`: write an archive. Paths are whole, and the server's own. The answer is lines of JSON, each
/// an [`ArchiveEvent`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportRequest {
    /// The folder it goes to.
    pub to: PathBuf,
    /// The folder of an earlier archive, of which the manifest is enough: only what came since is carried.
    #[serde(default)]
    pub since: Option<PathBuf>,
    /// The file with a list of needs: only what it names is carried.
    #[serde(default)]
    pub needs: Option<PathBuf>,
    /// Only updates in one of these products, families or companies are carried, with what they need.
    #[serde(default)]
    pub products: Vec<UpdateId>,
    /// Only updates in one of these classifications are carried, with what they need.
    #[serde(default)]
    pub classifications: Vec<UpdateId>,
    /// Files of the archive are shorter than this, for example `4G`.
    #[serde(default)]
    pub split: Option<String>,
    /// Groups, approvals, declined updates and accepted licences go along.
    #[serde(default)]
    pub decisions: bool,
}

/// `POST /api/v1/archive/import`: take an archive in. The answer is lines of JSON, each an [`ArchiveEvent`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveImportRequest {
    /// The folders it lies in: one, or one for each disk. Whole paths, and the server's own.
    pub from: Vec<PathBuf>,
    /// Read and check all of it, and change nothing.
    #[serde(default)]
    pub verify_only: bool,
    /// Make groups, approvals, declined updates and accepted licences as the archive says.
    #[serde(default)]
    pub decisions: bool,
}

/// How an export or an import goes. The last line says how it ended; without it, it was cut off.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArchiveEvent {
    /// How far it is; told a few times a second.
    Progress(ArchiveProgress),
    /// The archive is written.
    Exported(Box<ExportAnswer>),
    /// It was taken in, or checked.
    Imported(Box<ArchiveImportAnswer>),
    /// It ends here. Nothing of an import is in effect; the same request goes on from what is finished.
    Failed {
        /// HTTP status, as for any other request.
        status: u16,
        /// Why.
        error: ApiError,
    },
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveProgress {
    /// What is done.
    pub step: ArchiveStep,
    /// So much of it: documents, or bytes.
    pub done: u64,
    /// All of it.
    pub total: u64,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArchiveStep {
    /// Documents are written to the archive.
    Documents,
    /// Bytes of content files are written to it.
    Files,
    /// Bytes of the archive are read and checked.
    Verifying,
    /// Bytes of content files are taken from it.
    Taking,
    /// Documents are taken into the catalog.
    Applying,
}

/// Which archive it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveSummary {
    /// The server that exported it.
    pub server: ServerName,
    /// Its number there.
    pub sequence: u64,
    /// When it was made.
    pub made_at: Timestamp,
    /// The number of the archive it follows.
    pub follows: Option<u64>,
    /// It was limited to a list of needs, or to products or classifications.
    pub is_limited: bool,
    /// It says what is decided there.
    pub has_decisions: bool,
    /// The SHA-256 of its manifest.
    pub manifest: Sha256,
    /// How much it carries.
    pub carries: Carries,
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportAnswer {
    /// The archive.
    pub archive: ArchiveSummary,
    /// The folder it lies in.
    pub to: PathBuf,
    /// Content files that an earlier run had written.
    pub resumed: u64,
    /// What could not be carried, and why; the first thousand.
    pub left_out: Vec<String>,
    /// How many were in all.
    pub left_out_in_all: u64,
    /// Of a list of needs, revisions that this server has not.
    pub unknown_revisions: u64,
    /// Of a list of needs, files that no update here names.
    pub unknown_files: u64,
    /// Of a list of needs, files that are not here yet. Now they are wanted here: once they are, export again.
    pub awaited_files: u64,
}

/// What was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveImportAnswer {
    /// The archive.
    pub archive: ArchiveSummary,
    /// It was imported before: nothing was changed, but for files that were lost here and are back.
    pub is_known: bool,
    /// It is signed by a new key, for which one that was trusted vouches: it is trusted from now on, or would be if the
    /// archive was only checked.
    #[serde(default)]
    pub learned: Option<LearnedKey>,
    /// It was only checked: nothing was changed.
    pub is_only_verified: bool,
    /// What was done.
    pub done: ArchiveImported,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveImported {
    /// Revisions that are new.
    pub taken: u64,
    /// Revisions that were refused, with the reason; the first thousand.
    pub refused: Vec<RefusedRevision>,
    /// How many were in all.
    pub refused_in_all: u64,
    /// Updates declined because their publisher withdrew them.
    pub expired: u64,
    /// Content files that are new.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// Lists of revoked certificates that are new.
    #[serde(default)]
    pub lists: u64,
    /// Of an archive that was imported before: the files that were lost or damaged here and are back; the first thousand.
    #[serde(default)]
    pub healed: Vec<String>,
    /// What had to be changed to be as the exporting server is, if that was asked for.
    pub mirrored: Option<MirroredDetails>,
}
