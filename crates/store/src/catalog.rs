//! All that the catalog is built from, in one consistent read.

use model::{Approval, CatalogEntry, ChangeMark, DeploymentId, Group, RevisionId, TargetGroupId, UpdateId};

use crate::codec::{action, optional_timestamp, timestamp, unsigned, uuid};
use crate::counter::Counter;
use crate::database::Transaction;
use crate::value::Value;
use crate::{Store, StoreError, entry, statement};

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

impl Store {
    /// All that the catalog is built from.
    ///
    /// Reads every revision: half a million take seconds and some hundred bytes of memory each.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn catalog(&self) -> Result<CatalogRows, StoreError> {
        let mut view = self.database.read("reading the catalog").await?;
        let mark: Option<(i64,)> = view.row(statement::COUNTER, [Counter::Mark.name().into()]).await?;
        let mut entries = Vec::new();
        view.each(statement::CATALOG, [], |(id, body, mark, imported): (i32, Vec<u8>, i64, i64)| {
            entries.push(CatalogEntry {
                id: RevisionId(id),
                revision: entry::decode(&body)?,
                imported: ChangeMark(unsigned(mark)),
                imported_at: timestamp(imported)?,
            });
            Ok(())
        })
        .await?;
        let declined: Vec<(Vec<u8>, i64)> = view.rows(statement::DECLINED, []).await?;
        let declined = declined.into_iter().map(|(id, mark)| Ok((UpdateId(uuid(&id)?), ChangeMark(unsigned(mark)))));
        Ok(CatalogRows {
            entries,
            declined: declined.collect::<Result<_, StoreError>>()?,
            approvals: approvals(view.rows(statement::APPROVALS, []).await?)?,
            groups: groups(&mut view).await?,
            mark: ChangeMark(mark.map_or(0, |(value,)| unsigned(value))),
        })
    }
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
