//! Revisions as they are stored: read in sets, decoded by whoever takes them.

use model::{CatalogEntry, ChangeMark, RevisionId, Timestamp};
use serde::Deserialize;

use crate::codec::{timestamp, unsigned};
use crate::database::Transaction;
use crate::value::Value;
use crate::{StoreError, entry, statement};

/// Revisions that are read as one row: a row costs the driver, the engine's thread and the allocator the same however
/// much is in it.
const SET_REVISIONS: i64 = 512;
/// What is larger is read by itself, so that a set stays below 32 MiB. Nearly all have less than 1 KiB.
const SET_BODY_BYTES_MAX: i64 = 64 * 1024;

/// A revision as it is stored.
#[derive(Debug, Clone, Copy)]
pub struct StoredEntry<'a> {
    /// The number clients know it by.
    pub id: RevisionId,
    /// The generation that brought it.
    pub imported: ChangeMark,
    /// When it was imported.
    pub imported_at: Timestamp,
    body: &'a [u8],
}

impl<'a> StoredEntry<'a> {
    /// What it is, as a type that is read like [`model::Revision`] and may borrow its texts.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn revision<T: Deserialize<'a>>(&self) -> Result<T, StoreError> {
        entry::decode(self.body)
    }

    /// All of it.
    ///
    /// # Errors
    /// As [`revision`](Self::revision).
    pub fn entry(&self) -> Result<CatalogEntry, StoreError> {
        let Self { id, imported, imported_at, .. } = *self;
        Ok(CatalogEntry { id, revision: self.revision()?, imported, imported_at })
    }
}

/// Revisions that follow each other, as one row brought them.
#[derive(Debug)]
pub(super) struct Set {
    rows: Vec<Row>,
    /// The bodies one behind the other, without those that are too large.
    bodies: Vec<u8>,
    /// Those, in order.
    large: Vec<Vec<u8>>,
}

/// What stands beside a body.
#[derive(Debug)]
struct Row {
    id: i32,
    mark: i64,
    imported_us: i64,
    body_bytes: i64,
}

impl Set {
    /// The revisions that follow `known`; `None` if there are none.
    pub(super) async fn read(view: &mut Transaction, known: RevisionId) -> Result<Option<Self>, StoreError> {
        type Columns = (Option<String>, Option<String>, Option<String>, Option<String>, Option<Vec<u8>>);
        let values: [Value; 3] = [known.0.into(), SET_BODY_BYTES_MAX.into(), SET_REVISIONS.into()];
        let found: Option<Columns> = view.row(statement::CATALOG_SET, values).await?;
        let Some((Some(ids), Some(marks), Some(times), Some(sizes), bodies)) = found else { return Ok(None) };
        let rows =
            rows([&ids, &marks, &times, &sizes]).ok_or_else(|| damaged("a set has something else than numbers"))?;
        // Neither engine promises in which order it puts values together; both keep the one they read them in.
        if !rows.is_sorted_by(|one, other| one.id < other.id) {
            return Err(damaged("a set is out of order"));
        }
        let mut large = Vec::new();
        for row in rows.iter().filter(|row| row.is_large()) {
            let found: Option<(Vec<u8>,)> = view.row(statement::CATALOG_BODY, [row.id.into()]).await?;
            large.extend(found.map(|(body,)| body));
        }
        Ok(Some(Self { rows, bodies: bodies.unwrap_or_default(), large }))
    }

    /// The highest number.
    pub(super) fn last(&self) -> Option<RevisionId> {
        self.rows.last().map(|row| RevisionId(row.id))
    }

    /// Hands over each revision, by ascending number.
    pub(super) fn each(
        &self,
        mut take: impl FnMut(StoredEntry<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut rest = &*self.bodies;
        let mut large = self.large.iter();
        for row in &self.rows {
            let body = if row.is_large() { large.next().map(Vec::as_slice) } else { cut(&mut rest, row.body_bytes) };
            take(StoredEntry {
                id: RevisionId(row.id),
                imported: ChangeMark(unsigned(row.mark)),
                imported_at: timestamp(row.imported_us)?,
                body: body.ok_or_else(|| damaged("a set is cut short"))?,
            })?;
        }
        Ok(())
    }
}

impl Row {
    fn is_large(&self) -> bool {
        self.body_bytes > SET_BODY_BYTES_MAX
    }
}

/// The rows of `columns`, each a text of numbers with a space between.
fn rows(columns: [&str; 4]) -> Option<Vec<Row>> {
    let [ids, mut marks, mut times, mut sizes] = columns.map(|column| column.split(' '));
    let row = |id: &str| {
        Some(Row {
            id: id.parse().ok()?,
            mark: marks.next()?.parse().ok()?,
            imported_us: times.next()?.parse().ok()?,
            body_bytes: sizes.next()?.parse().ok()?,
        })
    };
    ids.map(row).collect()
}

/// Takes so many bytes from the front of `rest`.
fn cut<'a>(rest: &mut &'a [u8], bytes: i64) -> Option<&'a [u8]> {
    let (front, behind) = rest.split_at_checked(usize::try_from(bytes).ok()?)?;
    *rest = behind;
    Some(front)
}

fn damaged(what: &'static str) -> StoreError {
    StoreError::corrupt("reading the catalog", what)
}

#[cfg(test)]
mod tests {
    use model::Revision;

    use super::*;
    use crate::NewRevision;
    use crate::testing::{at, on_both, revision, update};

    /// A revision whose body has about `bytes`.
    fn of_size(number: u128, bytes: u128) -> NewRevision {
        let mut made = revision(number, 1);
        made.revision.relations.superseded = (0..bytes / 17).map(update).collect();
        made
    }

    #[tokio::test]
    async fn revisions_of_any_size_come_back_in_order() {
        on_both(async |store| {
            let sizes = (1..=1_200).map(|number| of_size(number, if number % 500 < 3 { 100_000 } else { number }));
            let revisions: Vec<NewRevision> = sizes.collect();
            let expected: Vec<Revision> = revisions.iter().map(|new| new.revision.clone()).collect();
            store.import(revisions, at(0)).await.unwrap();
            let read = store.catalog().await.unwrap().entries;
            assert!(read.iter().map(|entry| entry.id.0).eq(1..=1_200));
            assert_eq!(read.into_iter().map(|entry| entry.revision).collect::<Vec<_>>(), expected);
        })
        .await;
    }

    #[test]
    fn what_is_no_set_of_numbers_has_no_rows() {
        assert_eq!(rows(["1 2", "5 5", "7 7", "0 9"]).map(|rows| rows.len()), Some(2));
        assert!(rows(["1 2", "5", "7 7", "0 9"]).is_none());
        assert!(rows(["1 x", "5 5", "7 7", "0 9"]).is_none());
    }
}
