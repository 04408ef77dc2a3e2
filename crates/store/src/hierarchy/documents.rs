//! Documents as downstream servers and archives are given them.

use model::{ChangeMark, RevisionId, UpdateId, UpdateIdentity};

use crate::codec::{identity, unpack};
use crate::database::Transaction;
use crate::import::identity_set;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, on_all_cores, statement};

/// Most names in one statement.
const NAMES_AT_ONCE: usize = 10_000;

/// A revision's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument<T = Vec<u8>> {
    /// The revision.
    pub identity: UpdateIdentity,
    /// Its number here.
    pub revision: RevisionId,
    /// The document as it came, or what was made of it.
    pub document: T,
}

impl Store {
    /// The documents of those revisions that are here, in no order, each made into something else on all cores.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn documents_as<T: Send + 'static>(
        &self,
        revisions: &[UpdateIdentity],
        make: impl Fn(Vec<u8>) -> T + Clone + Send + 'static,
    ) -> Result<Vec<StoredDocument<T>>, StoreError> {
        type Found = (Vec<u8>, i32, i32, Vec<u8>);
        let names = identity_set(revisions.iter().copied())?;
        let rows: Vec<Found> = self.database.rows(statement::DOCUMENTS_BY_IDENTITY, [names]).await?;
        let unpack = move |(): &mut (), (update, number, revision, body): Found| {
            Ok(StoredDocument {
                identity: identity(&update, number)?,
                revision: RevisionId(revision),
                document: make(unpack(&body)?),
            })
        };
        let documents = on_all_cores(rows, || (), unpack).await;
        documents.map_err(|error| StoreError::corrupt("reading documents", error))?.into_iter().collect()
    }

    /// The next revisions above a number that came after one generation and not after another, by ascending number; at
    /// most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn revisions_between(
        &self,
        above: RevisionId,
        after: ChangeMark,
        until: ChangeMark,
        limit: u32,
    ) -> Result<Vec<(RevisionId, UpdateIdentity)>, StoreError> {
        let number = |mark: ChangeMark| i64::try_from(mark.0).unwrap_or(i64::MAX);
        let values = [above.0.into(), number(after).into(), number(until).into(), i64::from(limit).into()];
        let rows: Vec<(i32, Vec<u8>, i32)> = self.database.rows(statement::REVISIONS_BETWEEN, values).await?;
        rows.into_iter().map(|(id, update, number)| Ok((RevisionId(id), identity(&update, number)?))).collect()
    }

    /// Those of the revisions that are not here, in order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unknown_revisions(&self, revisions: &[UpdateIdentity]) -> Result<Vec<UpdateIdentity>, StoreError> {
        unknown(&mut self.database.read("looking for revisions").await?, revisions).await
    }

    /// The latest revisions of updates that are here, in no order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn latest_revisions(&self, updates: &[UpdateId]) -> Result<Vec<UpdateIdentity>, StoreError> {
        latest(&mut self.database.read("looking for updates").await?, updates).await
    }
}

/// [`Store::unknown_revisions`], as a change sees it.
pub(super) async fn unknown(
    view: &mut Transaction,
    revisions: &[UpdateIdentity],
) -> Result<Vec<UpdateIdentity>, StoreError> {
    let mut unknown = Vec::new();
    for names in revisions.chunks(NAMES_AT_ONCE) {
        type Found = (Vec<u8>, i32, i32, Vec<u8>);
        let set = identity_set(names.iter().copied())?;
        let rows: Vec<Found> = view.rows(statement::REVISIONS_BY_IDENTITY, [set]).await?;
        let known = rows.into_iter().map(|(update, number, ..)| identity(&update, number));
        let known = known.collect::<Result<std::collections::HashSet<_>, _>>()?;
        unknown.extend(names.iter().filter(|name| !known.contains(name)));
    }
    Ok(unknown)
}

/// [`Store::latest_revisions`], as a change sees it.
pub(super) async fn latest(view: &mut Transaction, updates: &[UpdateId]) -> Result<Vec<UpdateIdentity>, StoreError> {
    let mut latest = Vec::new();
    for updates in updates.chunks(NAMES_AT_ONCE) {
        let set = Value::set(updates.iter().map(|update| (Hex(update.0),)))?;
        let rows: Vec<(Vec<u8>, i32)> = view.rows(statement::LATEST_BY_UPDATE, [set]).await?;
        for (update, number) in rows {
            latest.push(identity(&update, number)?);
        }
    }
    Ok(latest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, identity, on_both, revision, update};

    #[tokio::test]
    async fn revisions_are_told_by_the_generations_that_brought_them() {
        on_both(async |store| {
            store.import(vec![revision(1, 1), revision(2, 1)], at(0)).await.unwrap();
            store.import(vec![revision(1, 2)], at(0)).await.unwrap();
            store.import(vec![revision(3, 1)], at(0)).await.unwrap();
            let told = async |above, after, until, limit| -> Vec<i32> {
                let (above, after, until) = (RevisionId(above), ChangeMark(after), ChangeMark(until));
                let found = store.revisions_between(above, after, until, limit).await.unwrap();
                found.into_iter().map(|(revision, _)| revision.0).collect()
            };
            assert_eq!(told(i32::MIN, 0, 3, 9).await, [1, 2, 3, 4]);
            assert_eq!(told(i32::MIN, 0, 3, 2).await, [1, 2]);
            assert_eq!(told(2, 0, 2, 9).await, [3]);
            assert_eq!(told(i32::MIN, 1, 3, 9).await, [3, 4]);
            assert_eq!(told(i32::MIN, 3, 3, 9).await, [0; 0]);
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_here_is_told_from_what_is_not() {
        on_both(async |store| {
            store.import(vec![revision(1, 1), revision(1, 2), revision(2, 1)], at(0)).await.unwrap();
            let asked = [identity(3, 1), identity(1, 1), identity(1, 3)];
            assert_eq!(store.unknown_revisions(&asked).await.unwrap(), [identity(3, 1), identity(1, 3)]);
            let found = store.documents_as(&asked, |bytes| bytes).await.unwrap();
            let expected =
                StoredDocument { identity: identity(1, 1), revision: RevisionId(1), document: revision(1, 1).document };
            assert_eq!(found, [expected]);
            assert_eq!(store.latest_revisions(&[update(1), update(9)]).await.unwrap(), [identity(1, 2)]);
        })
        .await;
    }
}
