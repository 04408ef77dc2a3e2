//! All that the catalog is built from, in one consistent read.

mod stored;

use model::{Approval, CatalogEntry, ChangeMark, DeploymentId, Group, RevisionId, TargetGroupId, UpdateId};

use tokio::sync::mpsc;

use crate::codec::{action, optional_timestamp, timestamp, unsigned, uuid};
use crate::content::withheld_revisions;
use crate::counter::Counter;
use crate::database::Transaction;
use crate::estate::client_targeting;
use crate::value::Value;
use crate::{Store, StoreError, WithheldRevision, statement};

use stored::Set;
pub use stored::StoredEntry;

/// All that the catalog is built from, of one generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogRows {
    /// Every revision, by ascending number.
    pub entries: Vec<CatalogEntry>,
    /// The declined updates, and the generation that declined each.
    pub declined: Vec<(UpdateId, ChangeMark)>,
    /// Every approval, by ascending number.
    pub approvals: Vec<Approval>,
    /// Every group, by name.
    pub groups: Vec<Group>,
    /// The generation.
    pub mark: ChangeMark,
}

/// What is decided of the catalog, of one generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The declined updates, and the generation that declined each; `None` if nothing was declined or taken back
    /// after the generation that was asked for.
    pub declined: Option<Vec<(UpdateId, ChangeMark)>>,
    /// Every approval, by ascending number.
    pub approvals: Vec<Approval>,
    /// Every group, by name.
    pub groups: Vec<Group>,
    /// Revisions that name a file which is withheld, or was.
    pub withheld: Vec<WithheldRevision>,
    /// Computers choose their groups themselves.
    pub client_targeting: bool,
    /// The generation.
    pub mark: ChangeMark,
}

/// Sets of revisions that may wait to be decoded.
const SETS_WAITING: usize = 4;

impl Store {
    /// As [`stored_since`](Self::stored_since), with the revisions decoded.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn catalog_since(
        &self,
        known: RevisionId,
        since: Option<ChangeMark>,
        mut take: impl FnMut(CatalogEntry) + Send + 'static,
    ) -> Result<Decided, StoreError> {
        self.stored_since(known, since, move |stored| stored.entry().map(&mut take)).await
    }

    /// What the catalog is built from, as far as it is not known: the revisions above `known` go to `take`, by ascending
    /// number, and what is declined is told only if that changed after the generation `since`.
    ///
    /// Revisions never change or go, and their numbers ascend with the generations, so that what was taken stays
    /// right, even if this then fails. `take` runs on another thread than they are read on.
    ///
    /// # Errors
    /// Those of the database, and those of `take`.
    pub async fn stored_since(
        &self,
        known: RevisionId,
        since: Option<ChangeMark>,
        mut take: impl FnMut(StoredEntry<'_>) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Decided, StoreError> {
        let mut view = self.database.read("reading the catalog").await?;
        let mark = counter(&mut view, Counter::Mark).await?;
        let (send, mut receive) = mpsc::channel::<Set>(SETS_WAITING);
        let decoding = tokio::task::spawn_blocking(move || {
            while let Some(set) = receive.blocking_recv() {
                set.each(&mut take)?;
            }
            Ok::<_, StoreError>(())
        });
        let mut known = known;
        while let Some(set) = Set::read(&mut view, known).await? {
            known = set.last().unwrap_or(known);
            if send.send(set).await.is_err() {
                break; // It failed, and says below why.
            }
        }
        drop(send);
        decoding.await.map_err(|error| StoreError::corrupt("reading the catalog", error))??;

        let last_decline = counter(&mut view, Counter::Declines).await?;
        let declined = if since >= Some(last_decline) { None } else { Some(declined(&mut view).await?) };
        Ok(Decided {
            declined,
            approvals: approvals(view.rows(statement::APPROVALS, []).await?)?,
            groups: groups(&mut view).await?,
            withheld: withheld_revisions(view.rows(statement::REVISIONS_WITHHELD, []).await?),
            client_targeting: client_targeting(&mut view).await?,
            mark,
        })
    }

    /// All that the catalog is built from.
    ///
    /// Reads every revision into memory: half a million are a gigabyte. [`stored_since`](Self::stored_since) hands
    /// them over one by one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn catalog(&self) -> Result<CatalogRows, StoreError> {
        let mut view = self.database.read("reading the catalog").await?;
        let mark = counter(&mut view, Counter::Mark).await?;
        let mut entries = Vec::new();
        let mut known = RevisionId(i32::MIN);
        while let Some(set) = Set::read(&mut view, known).await? {
            known = set.last().unwrap_or(known);
            set.each(|stored| {
                entries.push(stored.entry()?);
                Ok(())
            })?;
        }
        Ok(CatalogRows {
            entries,
            declined: declined(&mut view).await?,
            approvals: approvals(view.rows(statement::APPROVALS, []).await?)?,
            groups: groups(&mut view).await?,
            mark,
        })
    }
}

async fn counter(view: &mut Transaction, counter: Counter) -> Result<ChangeMark, StoreError> {
    let row: Option<(i64,)> = view.row(statement::COUNTER, [counter.name().into()]).await?;
    Ok(ChangeMark(row.map_or(0, |(value,)| unsigned(value))))
}

pub(crate) async fn declined(view: &mut Transaction) -> Result<Vec<(UpdateId, ChangeMark)>, StoreError> {
    let rows: Vec<(Vec<u8>, i64)> = view.rows(statement::DECLINED, []).await?;
    rows.into_iter().map(|(id, mark)| Ok((UpdateId(uuid(&id)?), ChangeMark(unsigned(mark))))).collect()
}

/// Number, update, group, action, deadline, time and generation of its last change.
pub(crate) type ApprovalRow = (i32, Vec<u8>, Vec<u8>, i16, Option<i64>, i64, i64);

pub(crate) fn approvals(rows: Vec<ApprovalRow>) -> Result<Vec<Approval>, StoreError> {
    let approval = |(id, update, group, number, deadline, changed, mark): ApprovalRow| {
        Ok(Approval {
            id: DeploymentId(id),
            update_id: UpdateId(uuid(&update)?),
            group: TargetGroupId(uuid(&group)?),
            action: action(number)?,
            deadline: optional_timestamp(deadline)?,
            changed_at: timestamp(changed)?,
            changed: ChangeMark(unsigned(mark)),
        })
    };
    rows.into_iter().map(approval).collect()
}

/// Every group, by name.
pub(crate) async fn groups(view: &mut Transaction) -> Result<Vec<Group>, StoreError> {
    type GroupRow = (Vec<u8>, String, Option<Vec<u8>>);
    let rows: Vec<GroupRow> = view.rows(statement::GROUPS, std::iter::empty::<Value>()).await?;
    let group = |(id, name, parent): GroupRow| {
        Ok(Group {
            id: TargetGroupId(uuid(&id)?),
            name: name.parse().map_err(|error| StoreError::corrupt("reading a group's name", error))?,
            parent: parent.as_deref().map(uuid).transpose()?.map(TargetGroupId),
        })
    };
    rows.into_iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::testing::{at, on_both, revision, update};

    /// What is handed over of revisions above `known`, and what is decided as told after `since`.
    async fn read(store: &Store, known: i32, since: Option<u64>) -> (Vec<i32>, Decided) {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let take = {
            let taken = Arc::clone(&taken);
            move |entry: CatalogEntry| taken.lock().unwrap().push(entry.id.0)
        };
        let decided = store.catalog_since(RevisionId(known), since.map(ChangeMark), take).await.unwrap();
        let taken = taken.lock().unwrap().clone();
        (taken, decided)
    }

    #[tokio::test]
    async fn only_what_is_not_known_is_read() {
        on_both(async |store| {
            store.import((1..=1_200).map(|number| revision(number, 1)).collect(), at(0)).await.unwrap();
            store.import(vec![revision(1, 2)], at(0)).await.unwrap();
            let (taken, decided) = read(&store, 0, None).await;
            assert_eq!(taken, (1..=1_201).collect::<Vec<_>>());
            assert_eq!((decided.mark, decided.declined), (ChangeMark(2), Some(Vec::new())));
            assert_eq!(read(&store, 1_200, Some(2)).await.0, [1_201]);

            store.decline(&[update(1)], at(1)).await.unwrap();
            let (taken, decided) = read(&store, 1_201, Some(2)).await;
            assert_eq!((taken, decided.mark), (Vec::new(), ChangeMark(3)));
            assert_eq!(decided.declined, Some(vec![(update(1), ChangeMark(3))]));
            assert_eq!(read(&store, 1_201, Some(3)).await.1.declined, None);

            store.undecline(&[update(1)]).await.unwrap();
            assert_eq!(read(&store, 1_201, Some(3)).await.1.declined, Some(Vec::new()));
        })
        .await;
    }
}
