//! The files that are here, as the content folder was last seen.

use model::{ContentFile, Sha1, Sha256, Timestamp};

use crate::codec::{micros, sha1, sha256, signed, timestamp, unsigned};
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
}

type Found = (Vec<u8>, Vec<u8>, i64, i16, Option<String>, i64);

impl Store {
    /// Notes that files are here and match their digests; one that was quarantined is so no longer.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn content_held(&self, files: &[NewContent], now: Timestamp) -> Result<(), StoreError> {
        let rows =
            files.iter().map(|file| Ok((Hex(*file.sha256.as_bytes()), Hex(*file.sha1.as_bytes()), signed(file.size)?)));
        let set = Value::set(rows.collect::<Result<Vec<_>, StoreError>>()?)?;
        self.database.change("noting content", statement::CONTENT_HELD, [set, micros(now).into()]).await.map(drop)
    }

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
        match self.database.change("quarantining content", statement::CONTENT_QUARANTINE, values).await? {
            0 => Err(StoreError::not_found(format!("there is no content file with SHA-256 {digest}"))),
            _ => Ok(()),
        }
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
        0 => ContentState::Held,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, file, on_both, revision};

    fn content(number: u8) -> NewContent {
        let file = file(number);
        NewContent { sha1: file.sha1, sha256: file.sha256.unwrap(), size: file.size }
    }

    #[tokio::test]
    async fn a_quarantined_file_says_why_until_it_is_put_again() {
        on_both(async |store| {
            store.content_held(&[content(1), content(2)], at(1)).await.unwrap();
            store.quarantine_content(content(1).sha256, "SHA-256 differs", at(2)).await.unwrap();
            let row = store.content_by_sha1(content(1).sha1).await.unwrap().unwrap();
            assert_eq!(row.state, ContentState::Quarantined { reason: "SHA-256 differs".into() });
            assert_eq!((row.size, row.changed_at), (1_001, at(2)));
            store.content_held(&[content(1), content(2)], at(3)).await.unwrap();
            let rows = store.content_rows().await.unwrap();
            let states: Vec<_> = rows.iter().map(|row| (row.state.clone(), row.changed_at)).collect();
            assert_eq!(states, [(ContentState::Held, at(3)), (ContentState::Held, at(1))]);
            store.quarantine_content(content(2).sha256, "SHA-256 differs", at(5)).await.unwrap();
            let both = [content(1).sha256, content(2).sha256];
            assert_eq!(store.content_renewed(&both, at(6)).await.unwrap(), 1, "what is set aside stays so");
            let rows = store.content_rows().await.unwrap();
            assert_eq!(rows.iter().map(|row| row.changed_at).collect::<Vec<_>>(), [at(6), at(5)]);
            assert!(matches!(
                store.quarantine_content(content(9).sha256, "x", at(4)).await,
                Err(StoreError::NotFound { .. })
            ));
            assert_eq!(store.content_gone(&[content(1).sha256, content(9).sha256]).await.unwrap(), 1);
            assert_eq!(store.content_by_sha1(content(1).sha1).await.unwrap(), None);
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_promised_and_not_here_is_missing() {
        on_both(async |store| {
            store.import(vec![revision(5, 1), revision(6, 1), revision(7, 1)], at(0)).await.unwrap();
            let wrong_size = NewContent { size: 1, ..content(7) };
            store.content_held(&[content(6), wrong_size], at(1)).await.unwrap();
            assert_eq!(store.missing_content(10).await.unwrap(), [file(5), file(7)]);
            assert_eq!(store.missing_content(1).await.unwrap(), [file(5)]);
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_files_with_one_sha1_the_promised_one_is_found() {
        on_both(async |store| {
            store.import(vec![revision(5, 1)], at(0)).await.unwrap();
            let impostor = NewContent { sha256: Sha256::new([0; 32]), ..content(5) };
            store.content_held(&[impostor, content(5)], at(1)).await.unwrap();
            let row = store.content_by_sha1(content(5).sha1).await.unwrap().unwrap();
            assert_eq!(row.sha256, content(5).sha256);
        })
        .await;
    }
}
