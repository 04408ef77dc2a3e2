//! The files that are here, as the content folder was last seen.

mod judging;
mod review;
mod state;
mod subjects;
#[cfg(test)]
mod tests;
mod verdicts;

use model::{ContentFile, Sha1, Sha256, Timestamp};

use crate::codec::{micros, sha1, sha256, timestamp, unsigned};
use crate::counter::Counter;
use crate::import::{FileRow, content_file};
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

/// A file that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewContent {
    /// The name it is asked for by.
    pub sha1: Sha1,
    /// The name it is kept by.
    pub sha256: Sha256,
    /// Its length in bytes.
    pub size: u64,
}

/// A file that is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentRow {
    /// The name it is asked for by.
    pub sha1: Sha1,
    /// The name it is kept by.
    pub sha256: Sha256,
    /// Its length in bytes.
    pub size: u64,
    /// Whether it may be served.
    pub state: ContentState,
    /// When it came into that state.
    pub changed_at: Timestamp,
}

/// Whether a file may be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentState {
    /// It matched its digests when it was last read.
    Held,
    /// It did not, and is never served.
    Quarantined {
        /// What was found.
        reason: String,
    },
    /// It did, and nobody has looked yet who signed it.
    Unjudged,
    /// It did, and is not given away all the same: because of who signed it, or did not.
    Withheld {
        /// Why.
        reason: String,
    },
}

pub(crate) use judging::withheld_revisions;
pub use judging::{Standing, WithheldRevision};
pub use subjects::Subject;
pub use verdicts::{JudgedAs, JudgedContent, ToJudge, VerdictRow};

type Found = (Vec<u8>, Vec<u8>, i64, i16, Option<String>, i64);

impl Store {
    /// The file clients ask for by this name.
    ///
    /// Should several have it, SHA-1 being what it is, it is the one with the SHA-256 that metadata promises.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn content_by_sha1(&self, digest: Sha1) -> Result<Option<ContentRow>, StoreError> {
        let row: Option<Found> =
            self.database.row(statement::CONTENT_BY_SHA1, [digest.as_bytes().as_slice().into()]).await?;
        row.map(content_row).transpose()
    }

    /// Every file, by SHA-256.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn content_rows(&self) -> Result<Vec<ContentRow>, StoreError> {
        let rows: Vec<Found> = self.database.rows(statement::CONTENT_ALL, []).await?;
        rows.into_iter().map(content_row).collect()
    }

    /// The files that revisions promise and that are not here, by name; at most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn missing_content(&self, limit: u32) -> Result<Vec<ContentFile>, StoreError> {
        let rows: Vec<FileRow> = self.database.rows(statement::CONTENT_MISSING, [i64::from(limit).into()]).await?;
        rows.into_iter().map(content_file).collect()
    }

    /// Notes that a file no longer matches its digests, and why it must not be served.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a file that is not here.
    pub async fn quarantine_content(&self, digest: Sha256, reason: &str, at: Timestamp) -> Result<(), StoreError> {
        let values = [digest.as_bytes().as_slice().into(), reason.into(), micros(at).into()];
        let mut change = self.database.write("quarantining content").await?;
        // In order with verdicts: none that was on its way makes the file whole again.
        Counter::Mark.advance(&mut change, 0).await?;
        if change.run(statement::CONTENT_QUARANTINE, values).await? == 0 {
            return Err(StoreError::not_found(format!("there is no content file with SHA-256 {digest}")));
        }
        change.commit().await
    }

    /// Makes files that are held count as if they had come now. How many were.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn content_renewed(&self, digests: &[Sha256], now: Timestamp) -> Result<u64, StoreError> {
        let set = Value::set(digests.iter().map(|digest| (Hex(*digest.as_bytes()),)))?;
        self.database.change("noting content", statement::CONTENT_RENEW, [set, micros(now).into()]).await
    }

    /// Notes that files are here no longer. How many were.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn content_gone(&self, digests: &[Sha256]) -> Result<u64, StoreError> {
        let set = Value::set(digests.iter().map(|digest| (Hex(*digest.as_bytes()),)))?;
        self.database.change("noting that content is gone", statement::CONTENT_GONE, [set]).await
    }
}

fn content_row((digest256, digest1, size, state, reason, changed): Found) -> Result<ContentRow, StoreError> {
    let state = match state {
        state::HELD => ContentState::Held,
        state::UNJUDGED => ContentState::Unjudged,
        state::WITHHELD => ContentState::Withheld { reason: reason.unwrap_or_default() },
        _ => ContentState::Quarantined { reason: reason.unwrap_or_default() },
    };
    Ok(ContentRow {
        sha1: sha1(&digest1)?,
        sha256: sha256(&digest256)?,
        size: unsigned(size),
        state,
        changed_at: timestamp(changed)?,
    })
}

impl ContentState {
    /// True if it is kept from everybody by a verdict.
    pub fn is_withheld(&self) -> bool {
        matches!(self, Self::Withheld { .. })
    }

    /// True if the file is here and matched its digests when it was last read, whether it may be given away or not.
    pub fn is_intact(&self) -> bool {
        !matches!(self, Self::Quarantined { .. })
    }
}
