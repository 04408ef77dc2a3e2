use model::{ApprovalAction, RevisionId};

use super::Snapshot;
use crate::bits::Bits;

impl Snapshot {
    /// The latest revisions of the updates that have an approval which `counts`, for whatever group, and of every member
    /// of what they bundle; ascending in order of prerequisites. Nothing declined is among them.
    ///
    /// Time is proportional to the approvals and the members of their bundles.
    pub fn approved(&self, counts: impl Fn(ApprovalAction) -> bool) -> Vec<RevisionId> {
        let has = |approvals: &[model::Approval]| approvals.iter().any(|approval| counts(approval.action));
        let approved = self.approvals.iter().filter(|(_, approvals)| has(approvals));
        let mut open: Vec<u32> = approved.map(|(index, _)| *index).collect();
        let mut found = Bits::none(self.revisions.rows.len());
        while let Some(index) = open.pop() {
            if self.reach.in_scope.contains(index) && found.insert(index) {
                open.extend(self.revisions.bundled.row(index));
            }
        }
        self.ids(&found)
    }

    /// The latest revisions of everything that is offered to anybody, as prerequisite or member of a bundle as well: what
    /// is left when the declined and what merely goes with it is taken away.
    pub fn offered(&self) -> Vec<RevisionId> {
        self.ids(&self.reach.in_scope)
    }

    fn ids(&self, indexes: &Bits) -> Vec<RevisionId> {
        indexes.iter().filter_map(|index| Some(self.row(index)?.id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use model::TargetGroupId;

    use super::*;
    use crate::test_catalog::{Made, PILOT, approved, declined, source};

    #[test]
    fn an_approval_reaches_the_members_of_bundles_and_nothing_declined() {
        let made = [
            Made::software(1).deployable().bundles(&[2, 3]),
            Made::software(2).bundles(&[4]),
            Made::software(3),
            Made::software(4),
            Made::software(5).deployable(),
            Made::software(6).deployable(),
            Made::software(7).deployable().needs(&[6]),
        ];
        let source = approved(source(&made), 1, PILOT, ApprovalAction::Install);
        let source = approved(source, 5, PILOT, ApprovalAction::Uninstall);
        let source = approved(source, 7, TargetGroupId::ALL_COMPUTERS, ApprovalAction::Install);
        let installed = |source| {
            let found = Snapshot::build(source).approved(|action| action == ApprovalAction::Install);
            let mut numbers: Vec<i32> = found.into_iter().map(|revision| revision.0).collect();
            numbers.sort_unstable();
            numbers
        };
        assert_eq!(installed(source.clone()), [1, 2, 3, 4, 7]);
        let offered = Snapshot::build(declined(source.clone(), &[1])).offered();
        assert_eq!(offered.len(), 3, "with a bundle go its members: {offered:?}");
        assert_eq!(installed(declined(source, &[3, 7])), [1, 2, 4]);
    }
}
