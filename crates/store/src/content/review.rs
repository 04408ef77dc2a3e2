//! What an administrator does about files that are given to nobody.

use model::{Sha256, Timestamp};

use super::judging::turn;
use super::verdicts::{digest_set, verdict_row};
use super::{ContentRow, ContentState, Found, JudgedAs, VerdictRow, content_row, state};
use crate::codec::micros;
use crate::database::Transaction;
use crate::value::Value;
use crate::{Store, StoreError, statement};

impl Store {
    /// Files that are withheld, or that nobody has looked at, the latest first; at most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn content_kept_back(&self, limit: u32) -> Result<Vec<ContentRow>, StoreError> {
        let rows: Vec<Found> = self.database.rows(statement::CONTENT_KEPT_BACK, [i64::from(limit).into()]).await?;
        rows.into_iter().map(content_row).collect()
    }

    /// Files that are here and were released, whatever became of them since, the latest first; at most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn content_released(&self, limit: u32) -> Result<Vec<ContentRow>, StoreError> {
        let rows: Vec<Found> = self.database.rows(statement::CONTENT_RELEASED, [i64::from(limit).into()]).await?;
        rows.into_iter().map(content_row).collect()
    }

    /// Lets a withheld file through that was to be reviewed, because an administrator looked.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a file that is not withheld, [`StoreError::Conflict`] for one that is refused.
    pub async fn release_content(&self, digest: Sha256, why: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut change = self.changing("releasing a file").await?;
        let withheld = row(&mut change, digest).await?.filter(|row| row.state.is_withheld());
        let Some(withheld) = withheld else {
            return Err(StoreError::not_found(format!("no file with SHA-256 {digest} is withheld")));
        };
        let verdict = verdict(&mut change, digest).await?.filter(|verdict| verdict.outcome == JudgedAs::ForReview);
        let Some(verdict) = verdict else {
            return Err(StoreError::conflict(format!("the file is refused: {}", withheld.reason())));
        };
        let values = [key(digest), verdict.kinds.into(), why.into(), micros(now).into()];
        change.run(statement::CONTENT_RELEASE, values).await?;
        set_state(&mut change, digest, state::HELD, None, now).await?;
        turn(&mut change, withheld.sha1, false).await?;
        change.commit().await
    }

    /// Takes a release back: the file is withheld again, unless it passes without.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a file that was not released.
    pub async fn withhold_content(&self, digest: Sha256, now: Timestamp) -> Result<(), StoreError> {
        let mut change = self.changing("withholding a file").await?;
        if change.run(statement::CONTENT_RELEASE_REMOVE, [key(digest)]).await? == 0 {
            return Err(StoreError::not_found(format!("no file with SHA-256 {digest} was released")));
        }
        let held = row(&mut change, digest).await?.filter(|row| row.state == ContentState::Held);
        let passes = verdict(&mut change, digest).await?.is_some_and(|verdict| verdict.outcome == JudgedAs::Allowed);
        if let Some(held) = held.filter(|_| !passes) {
            let why = "its release was taken back";
            set_state(&mut change, digest, state::WITHHELD, Some(why), now).await?;
            turn(&mut change, held.sha1, true).await?;
        }
        change.commit().await
    }

    /// Forgets a file that is not held: it is missing then. What was found of it is remembered for a while.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a file that is not here, or that is held.
    pub async fn discard_content(&self, digest: Sha256) -> Result<(), StoreError> {
        let mut change = self.changing("discarding a file").await?;
        let discarded = row(&mut change, digest).await?;
        let removed = change.run(statement::CONTENT_DISCARD, [key(digest)]).await?;
        let Some(discarded) = discarded.filter(|_| removed > 0) else {
            return Err(StoreError::not_found(format!("no file with SHA-256 {digest} is withheld or quarantined")));
        };
        change.run(statement::CONTENT_RELEASE_REMOVE, [key(digest)]).await?;
        turn(&mut change, discarded.sha1, false).await?;
        change.commit().await
    }
}

impl ContentRow {
    fn reason(&self) -> &str {
        match &self.state {
            ContentState::Withheld { reason } | ContentState::Quarantined { reason } => reason,
            ContentState::Held | ContentState::Unjudged => "",
        }
    }
}

fn key(digest: Sha256) -> Value {
    digest.as_bytes().as_slice().into()
}

async fn row(change: &mut Transaction, digest: Sha256) -> Result<Option<ContentRow>, StoreError> {
    let rows: Vec<Found> = change.rows(statement::CONTENT_BY_SHA256, [key(digest)]).await?;
    rows.into_iter().next().map(content_row).transpose()
}

async fn verdict(change: &mut Transaction, digest: Sha256) -> Result<Option<VerdictRow>, StoreError> {
    let rows = change.rows(statement::CONTENT_VERDICTS, [digest_set(&[digest])?]).await?;
    rows.into_iter().next().map(verdict_row).transpose()
}

async fn set_state(
    change: &mut Transaction,
    digest: Sha256,
    state: i16,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let values = [key(digest), i64::from(state).into(), reason.map(str::to_owned).into(), micros(now).into()];
    change.run(statement::CONTENT_SET_STATE, values).await.map(drop)
}
