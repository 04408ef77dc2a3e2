mod arrange;
mod build;
mod explain;
mod select;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use model::{Approval, ChangeMark, RevisionId, UpdateId, UpdateIdentity};
use policy::{GroupSet, GroupTree};
use roaring::RoaringBitmap;

use crate::cache::Cache;
use crate::conditions::Conditions;
use crate::csr::Csr;
use crate::drivers::DriverIndex;
use crate::numbers::Numbers;
use crate::row::Row;
use crate::scope::Scope;

/// All revisions of this server and who is offered them, at one moment; never changes.
///
/// Every update has an index, which stands for its latest revision, the only one ever offered. Indexes
/// are given in order of prerequisite depth, then of revision id, so that any ascending list of them has
/// prerequisites first. A request loads the snapshot once and answers from it alone.
#[derive(Debug)]
pub struct Snapshot {
    mark: ChangeMark,
    groups: GroupTree,
    rows: Vec<Row>,
    by_update: HashMap<UpdateId, u32, RandomState>,
    numbers: Numbers,
    /// When the last of the rows changed for other reasons than approvals.
    changed: ChangeMark,
    conditions: Conditions,
    /// Revision to the updates it bundles.
    bundled: Csr,
    /// Update to the revisions that bundle it.
    bundles: Csr,
    /// Update to the revisions that supersede it.
    superseded_by: Csr,
    /// Every approval that can have an effect, by index, in ascending order.
    approvals: Vec<(u32, Vec<Approval>)>,
    /// What is offered at all, be it only as a prerequisite or member of something else.
    in_scope: RoaringBitmap,
    /// The drivers among it.
    drivers_in_scope: RoaringBitmap,
    /// The printer drivers among them.
    printers_in_scope: RoaringBitmap,
    /// What is in scope without a prerequisite.
    free: RoaringBitmap,
    /// Condition to the revisions in scope whose rarest condition it is.
    ///
    /// INVARIANT: every revision in scope is either in `free` or in exactly one row.
    filed: Csr,
    drivers: DriverIndex,
    scopes: Cache<GroupSet, Scope>,
    needed: Cache<Box<[u32]>, Needed>,
    filters: Cache<Box<[u32]>, RoaringBitmap>,
}

/// What is in scope with every condition met, for one set of installed updates.
#[derive(Debug)]
struct Needed {
    software: RoaringBitmap,
    drivers: RoaringBitmap,
}

impl Snapshot {
    /// The generation it was read at.
    pub fn mark(&self) -> ChangeMark {
        self.mark
    }

    /// The target groups.
    pub fn groups(&self) -> &GroupTree {
        &self.groups
    }

    /// The number of updates.
    pub fn updates(&self) -> usize {
        self.rows.len()
    }

    /// The number of revisions.
    pub fn revisions(&self) -> usize {
        self.numbers.revisions()
    }

    /// What is deployed to computers in `groups`; kept for each distinct set.
    pub fn scope(&self, groups: &GroupSet) -> Arc<Scope> {
        self.scopes.get_or(groups, || {
            let approvals = self.approvals.iter().map(|(index, approvals)| (*index, approvals.as_slice()));
            Scope::new(&self.groups, groups.clone(), approvals)
        })
    }

    /// The global name of a revision.
    pub fn identity(&self, revision: RevisionId) -> Option<UpdateIdentity> {
        let latest = self.row(self.numbers.update_of(revision)?)?.identity;
        let revision_number = self.numbers.older_number(revision).unwrap_or(latest.revision_number);
        Some(UpdateIdentity { revision_number, ..latest })
    }

    /// The number clients know a revision by.
    pub fn revision_of(&self, identity: UpdateIdentity) -> Option<RevisionId> {
        let latest = self.latest_row(identity.update_id)?;
        if latest.identity == identity { Some(latest.id) } else { self.numbers.older(identity) }
    }

    /// The latest revision of an update.
    pub fn latest(&self, update: UpdateId) -> Option<RevisionId> {
        Some(self.latest_row(update)?.id)
    }

    /// True if the revision is made available to the computers of the scope, be it only as a prerequisite
    /// or a member of something else. Which ones these are is the same for every scope.
    pub fn deployed(&self, _scope: &Scope, revision: RevisionId) -> bool {
        self.index_of_latest(revision).is_some_and(|index| self.in_scope.contains(index))
    }

    /// The latest revision of an update.
    pub(crate) fn latest_row(&self, update: UpdateId) -> Option<&Row> {
        self.row(*self.by_update.get(&update)?)
    }

    fn row(&self, index: u32) -> Option<&Row> {
        self.rows.get(index as usize)
    }

    /// The approvals of an update that can have an effect.
    fn approvals_of(&self, index: u32) -> &[Approval] {
        let found = self.approvals.binary_search_by_key(&index, |(index, _)| *index);
        let found = found.ok().and_then(|position| self.approvals.get(position));
        found.map(|(_, approvals)| approvals.as_slice()).unwrap_or_default()
    }

    /// The index of the update whose latest revision this is.
    fn index_of_latest(&self, revision: RevisionId) -> Option<u32> {
        self.numbers.update_of_latest(revision)
    }

    /// The updates of `revisions` that this server knows, old revisions included; ascending, each once.
    fn updates_of(&self, revisions: &[RevisionId]) -> Box<[u32]> {
        let mut indexes: Vec<u32> = revisions.iter().filter_map(|revision| self.numbers.update_of(*revision)).collect();
        indexes.sort_unstable();
        indexes.dedup();
        indexes.into()
    }
}
