use std::collections::BTreeMap;
use std::sync::Arc;

use model::Approval;

use super::Snapshot;
use super::reach::Reach;
use super::revisions::Revisions;
use crate::cache::Cache;
use crate::gathered::Gathered;
use crate::row::Row;
use crate::scope::Scope;
use crate::source::{Decisions, Declined, Source};
use crate::withheld::WithheldUpdates;

/// Bytes of the deployments of distinct sets of groups that are kept.
const SCOPES_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The same as a number of sets, however small they are, and however large.
const SCOPES: std::ops::RangeInclusive<usize> = 8..=256;

impl Snapshot {
    /// Builds the snapshot of `source`, in time proportional to its relations.
    ///
    /// Of entries with one identity the first is taken; approvals and declines of unknown updates have no effect.
    pub fn build(source: Source) -> Self {
        let Source { entries, declined, approvals, groups, mark } = source;
        let mut gathered = Gathered::default();
        gathered.extend(entries);
        Self::of(&gathered, &declined, Decisions { approvals, groups, withheld: Vec::new(), mark })
    }

    /// Builds all layers anew.
    pub fn of(gathered: &Gathered, declined: &[Declined], decisions: Decisions) -> Self {
        let revisions = Arc::new(Revisions::new(gathered));
        let reach = Arc::new(Reach::new(&revisions, declined));
        Self::layered(revisions, reach, decisions)
    }

    /// The next snapshot when nothing was imported: other updates may be declined, and all else decided anew.
    pub fn declining(&self, declined: &[Declined], decisions: Decisions) -> Self {
        let reach = Arc::new(Reach::new(&self.revisions, declined));
        Self::layered(Arc::clone(&self.revisions), reach, decisions).prepared_as(self)
    }

    /// The next snapshot when nothing was imported and nothing declined or taken back: only decisions may differ.
    pub fn deciding(&self, decisions: Decisions) -> Self {
        Self::layered(Arc::clone(&self.revisions), Arc::clone(&self.reach), decisions).prepared_as(self)
    }

    fn layered(revisions: Arc<Revisions>, reach: Arc<Reach>, decisions: Decisions) -> Self {
        let Decisions { approvals, groups, withheld, mark } = decisions;
        let approvals = effective(approvals, &revisions);
        let sets = SCOPES_BYTES_MAX / (Scope::BYTES_EACH * approvals.len()).max(1);
        let scopes = Cache::new(sets.clamp(*SCOPES.start(), *SCOPES.end()));
        let index_of = |revision| revisions.numbers.update_of_latest(revision);
        let withheld = WithheldUpdates::new(&withheld, index_of, |index| revisions.bundles.row(index));
        Self { revisions, reach, mark, groups, approvals, withheld, scopes }
    }

    /// Decides for the sets of groups that `before` decided for, so that no request after it has to wait for that.
    fn prepared_as(self, before: &Self) -> Self {
        for groups in before.scopes.keys() {
            self.scope(&policy::GroupSet::new(&self.groups, groups.explicit().iter().copied()));
        }
        self
    }
}

/// The approvals that can have an effect, by index.
fn effective(approvals: Vec<Approval>, revisions: &Revisions) -> Vec<(u32, Vec<Approval>)> {
    let mut by_index: BTreeMap<u32, Vec<Approval>> = BTreeMap::new();
    for approval in approvals {
        let Some(index) = revisions.index_of(approval.update_id) else { continue };
        if revisions.row(index).is_some_and(Row::can_be_approved) {
            by_index.entry(index).or_default().push(approval);
        }
    }
    by_index.into_iter().collect()
}
