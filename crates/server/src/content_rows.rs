//! What is known of content files, in memory, so that serving one asks the database nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::SignedDuration;
use model::{Sha1, Timestamp};
use moka::sync::Cache;
use store::{ContentRow, Store, StoreError};

/// How long a row is believed before the database is asked again: servers that share a store see each other so.
const BELIEVED: SignedDuration = SignedDuration::from_secs(5);
/// Most rows kept, absent ones included: 100,000 of about 200 bytes each.
const ROWS_MAX: u64 = 100_000;

/// Rows by the name clients ask by, the most used first. That there is no row is remembered too.
pub(crate) struct ContentRows {
    rows: Cache<(u64, Sha1), Seen>,
    /// Grows with every change that this server makes: what was read before it is under another key.
    changes: AtomicU64,
}

/// What the database said, and when.
#[derive(Clone)]
struct Seen {
    row: Option<ContentRow>,
    at: Timestamp,
}

impl Seen {
    fn is_believed(&self, now: Timestamp) -> bool {
        now.duration_since(self.at).abs() < BELIEVED
    }
}

impl Default for ContentRows {
    fn default() -> Self {
        Self { rows: Cache::new(ROWS_MAX), changes: AtomicU64::new(0) }
    }
}

impl ContentRows {
    /// The row of the file that clients ask for by `digest`.
    ///
    /// While the database is away, what it said last is believed on: a file that is set aside is gone from its place.
    pub(crate) async fn by_sha1(
        &self,
        store: &Store,
        digest: Sha1,
        now: Timestamp,
    ) -> Result<Option<ContentRow>, StoreError> {
        let key = (self.changes.load(Ordering::Acquire), digest);
        let seen = self.rows.get(&key);
        if let Some(seen) = &seen
            && seen.is_believed(now)
        {
            return Ok(seen.row.clone());
        }
        match (store.content_by_sha1(digest).await, seen) {
            (Ok(row), _) => {
                self.rows.insert(key, Seen { row: row.clone(), at: now });
                Ok(row)
            }
            (Err(error), Some(Seen { row: Some(row), .. })) => {
                tracing::debug!(error = &error as &dyn std::error::Error, file.sha1 = %digest, "served by what was known");
                self.rows.insert(key, Seen { row: Some(row.clone()), at: now });
                Ok(Some(row))
            }
            (Err(error), _) => Err(error),
        }
    }

    /// What [`Self::by_sha1`] would say, if it is in memory and still believed.
    pub(crate) fn known(&self, digest: Sha1, now: Timestamp) -> Option<Option<ContentRow>> {
        let key = (self.changes.load(Ordering::Acquire), digest);
        self.rows.get(&key).filter(|seen| seen.is_believed(now)).map(|seen| seen.row)
    }

    /// Forgets everything: called after each change, so that the next request sees it.
    pub(crate) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use model::Sha256;
    use store::{ContentState, JudgedAs, JudgedContent, Location, NewContent};

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[tokio::test]
    async fn a_row_is_read_once_until_it_changes_or_ages() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Location::Sqlite(folder.path().join("vanne.db")), at(0)).await.unwrap();
        let rows = ContentRows::default();
        let file = NewContent { sha1: Sha1::new([1; 20]), sha256: Sha256::new([2; 32]), size: 3 };
        let is_held = async |now| {
            let row = rows.by_sha1(&store, file.sha1, now).await.unwrap();
            row.is_some_and(|row| row.state == ContentState::Held)
        };

        assert!(!is_held(at(1)).await);
        let judged = JudgedContent {
            file,
            subjects: Vec::new(),
            kinds: String::new(),
            basis: Sha256::new([0; 32]),
            outcome: JudgedAs::Allowed,
            reason: String::new(),
            body: String::new(),
            again_at: None,
            examination: None,
        };
        store.content_judged(&[judged], false, at(1)).await.unwrap();
        assert!(!is_held(at(2)).await, "what another server put is seen a little later");
        assert!(is_held(at(12)).await, "but then it is");
        store.quarantine_content(file.sha256, "changed", at(12)).await.unwrap();
        assert!(is_held(at(13)).await);
        rows.changed();
        assert!(!is_held(at(13)).await, "this server's own changes are seen at once");
    }
}
