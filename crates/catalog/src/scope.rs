use std::collections::HashMap;

use foldhash::fast::RandomState;
use model::{Approval, ChangeMark, Deployment, DeploymentAction, DeploymentId, Timestamp};
use policy::{GroupSet, GroupTree, decide};

use crate::row::Row;
use crate::withheld::State;

/// Where the ids of deployments begin that no approval made: the revision's id with this bit set.
///
/// Ids of approvals count up from 1 and stay below, so that the two never meet.
pub const UNAPPROVED_ID: i32 = 0x4000_0000;

/// What is deployed to the computers of one set of groups. It belongs to the snapshot that made it.
///
/// Which revisions are in scope is the same for all; what differs is how they are deployed.
#[derive(Debug)]
pub struct Scope {
    groups: GroupSet,
    /// By index, the updates some approval of which is for the groups.
    decided: HashMap<u32, Decided, RandomState>,
    /// When the last of the approvals changed.
    changed: ChangeMark,
}

/// What the approvals of an update come to.
#[derive(Debug)]
struct Decided {
    /// `None` if the one that counts says not approved, or a file is withheld.
    approved: Option<(DeploymentId, DeploymentAction, Option<Timestamp>)>,
    changed_at: Timestamp,
    /// The last change of any approval that is for the groups: the one that counted before may be among them.
    changed: ChangeMark,
}

impl Scope {
    /// What an update with an approval takes, about.
    pub(crate) const BYTES_EACH: usize = 2 * size_of::<(u32, Decided)>();

    /// Decides `approvals`, given by index and update and with what withholds it, for `groups`.
    pub(crate) fn new<'a>(
        tree: &GroupTree,
        groups: GroupSet,
        approvals: impl Iterator<Item = (u32, &'a [Approval], Option<State>)>,
    ) -> Self {
        let decided: HashMap<u32, Decided, RandomState> = approvals
            .filter_map(|(index, approvals, withheld)| Some((index, Decided::new(tree, &groups, approvals, withheld)?)))
            .collect();
        let changed = decided.values().map(|decided| decided.changed).max().unwrap_or_default();
        Self { groups, decided, changed }
    }

    /// The groups.
    pub fn groups(&self) -> &GroupSet {
        &self.groups
    }

    /// How `row`, at `index`, is deployed.
    pub(crate) fn deployment(&self, index: u32, row: &Row) -> Deployment {
        let decided = self.decided.get(&index);
        let last_change = decided.map_or(row.imported_at, |decided| decided.changed_at);
        match decided.and_then(|decided| decided.approved) {
            Some((id, action, deadline)) => Deployment { id, action, deadline, last_change },
            None => Deployment {
                id: DeploymentId(UNAPPROVED_ID | row.id.0),
                action: row.unapproved_action(),
                deadline: None,
                last_change,
            },
        }
    }

    /// When the last approval that is for the groups changed.
    pub(crate) fn last_changed(&self) -> ChangeMark {
        self.changed
    }

    /// When the deployment or the leaf flag of `row`, at `index`, last changed.
    pub(crate) fn changed(&self, index: u32, row: &Row) -> ChangeMark {
        self.decided.get(&index).map_or(row.changed, |decided| decided.changed.max(row.changed))
    }
}

impl Decided {
    fn new(tree: &GroupTree, groups: &GroupSet, approvals: &[Approval], withheld: Option<State>) -> Option<Self> {
        let withheld = withheld.unwrap_or_default();
        let decision = decide(tree, groups, approvals);
        let counts = decision.approval.as_ref()?;
        let mine = approvals.iter().filter(|approval| groups.is_in(tree, approval.group));
        Some(Self {
            approved: decision
                .action()
                // What is here already may be removed whoever signed its files.
                .filter(|action| !withheld.is_now || *action == DeploymentAction::Uninstall)
                .map(|action| (counts.id, action, counts.deadline)),
            changed_at: counts.changed_at,
            changed: mine.map(|approval| approval.changed).max().unwrap_or_default().max(withheld.changed),
        })
    }
}
