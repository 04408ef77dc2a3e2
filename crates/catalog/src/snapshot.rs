mod approved;
mod arrange;
mod build;
mod explain;
mod listing;
mod reach;
mod revisions;
mod select;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use model::{Approval, ChangeMark, RevisionId, UpdateId, UpdateIdentity};
use policy::{GroupSet, GroupTree};

use crate::cache::Cache;
use crate::row::Row;
use crate::scope::Scope;
use crate::withheld::WithheldUpdates;
use reach::Reach;
use revisions::Revisions;

/// All revisions of this server and who is offered them, at one moment; never changes.
///
/// Every update has an index, which stands for its latest revision, the only one ever offered. Indexes
/// are given in order of prerequisite depth, then of revision id, so that any ascending list of them has
/// prerequisites first. A request loads the snapshot once and answers from it alone.
///
/// It has three layers, and the next snapshot shares those that did not change: what follows from revisions alone,
/// what follows from what is declined as well, and what the administrator decided. With half a million revisions the
/// first takes half a second to build, the second a quarter of that, and the third, which changes most often, next to
/// nothing.
#[derive(Debug)]
pub struct Snapshot {
    revisions: Arc<Revisions>,
    /// INVARIANT: it is of these revisions.
    reach: Arc<Reach>,
    mark: ChangeMark,
    groups: GroupTree,
    /// Every approval that can have an effect, by index, in ascending order.
    approvals: Vec<(u32, Vec<Approval>)>,
    /// Updates that are installed by nobody, whatever is approved.
    withheld: WithheldUpdates,
    scopes: Cache<GroupSet, Scope>,
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
        self.revisions.rows.len()
    }

    /// The number of revisions.
    pub fn revisions(&self) -> usize {
        self.revisions.numbers.revisions()
    }

    /// What is deployed to computers in `groups`; kept for each distinct set.
    pub fn scope(&self, groups: &GroupSet) -> Arc<Scope> {
        self.scopes.get_or(groups, || {
            let approvals = self.approvals.iter();
            let approvals =
                approvals.map(|(index, approvals)| (*index, approvals.as_slice(), self.withheld.of(*index)));
            Scope::new(&self.groups, groups.clone(), approvals)
        })
    }

    /// The global name of a revision.
    pub fn identity(&self, revision: RevisionId) -> Option<UpdateIdentity> {
        let latest = self.row(self.revisions.numbers.update_of(revision)?)?.identity;
        let older = self.revisions.numbers.older_number(revision);
        Some(UpdateIdentity { revision_number: older.unwrap_or(latest.revision_number), ..latest })
    }

    /// The number clients know a revision by.
    pub fn revision_of(&self, identity: UpdateIdentity) -> Option<RevisionId> {
        let latest = self.latest_row(identity.update_id)?;
        if latest.identity == identity { Some(latest.id) } else { self.revisions.numbers.older(identity) }
    }

    /// The latest revision of an update.
    pub fn latest(&self, update: UpdateId) -> Option<RevisionId> {
        Some(self.latest_row(update)?.id)
    }

    /// The latest revision of an update by its global name, and the generation that brought it.
    pub fn arrival(&self, update: UpdateId) -> Option<(UpdateIdentity, ChangeMark)> {
        self.latest_row(update).map(|row| (row.identity, row.imported))
    }

    /// True if the revision is made available to the computers of the scope, be it only as a prerequisite
    /// or a member of something else. Which ones these are is the same for every scope.
    pub fn deployed(&self, _scope: &Scope, revision: RevisionId) -> bool {
        self.index_of_latest(revision).is_some_and(|index| self.reach.in_scope.contains(index))
    }

    /// The latest revision of an update.
    pub(crate) fn latest_row(&self, update: UpdateId) -> Option<&Row> {
        self.row(self.revisions.index_of(update)?)
    }

    fn row(&self, index: u32) -> Option<&Row> {
        self.revisions.row(index)
    }

    /// The approvals of an update that can have an effect.
    fn approvals_of(&self, index: u32) -> &[Approval] {
        let found = self.approvals.binary_search_by_key(&index, |(index, _)| *index);
        let found = found.ok().and_then(|position| self.approvals.get(position));
        found.map(|(_, approvals)| approvals.as_slice()).unwrap_or_default()
    }

    /// The index of the update whose latest revision this is.
    fn index_of_latest(&self, revision: RevisionId) -> Option<u32> {
        self.revisions.numbers.update_of_latest(revision)
    }
}
