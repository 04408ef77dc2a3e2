use std::cmp::Reverse;
use std::fmt;

use model::{Approval, ApprovalAction, DeploymentAction, DeploymentId, TargetGroupId, Timestamp};

use crate::{GroupSet, GroupTree};

/// Which approval of one update counts for a computer.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Decision {
    /// The one that counts; it may say [`ApprovalAction::NotApproved`]. `None` if none is for the computer's groups.
    pub approval: Option<Approval>,
    /// Every approval of the update, the one that counts first, each with its reason.
    pub considered: Vec<Considered>,
}

impl Decision {
    /// What the client is told to do; `None` if the update is not approved for it.
    pub fn action(&self) -> Option<DeploymentAction> {
        match self.approval.as_ref()?.action {
            ApprovalAction::Install => Some(DeploymentAction::Install),
            ApprovalAction::Uninstall => Some(DeploymentAction::Uninstall),
            ApprovalAction::Optional => Some(DeploymentAction::OptionalInstall),
            ApprovalAction::NotApproved => None,
        }
    }
}

/// An approval and why it counts or does not.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Considered {
    /// The approval.
    pub approval: Approval,
    /// Why it counts or does not.
    pub reason: Reason,
}

/// Why an approval counts for a computer, or does not.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Reason {
    /// It is the one that counts.
    Counts,
    /// The computer is not in its group.
    OtherGroup,
    /// An approval for a group deeper in the tree counts.
    DeeperGroup {
        /// That group.
        group: TargetGroupId,
    },
    /// An approval for another group of the same depth asks for more.
    StrongerAction {
        /// What it asks for.
        action: ApprovalAction,
    },
    /// The same is asked for another group of the same depth by an earlier time.
    EarlierDeadline {
        /// That time.
        deadline: Timestamp,
    },
    /// The same is asked for another group of the same depth; one of the two had to count.
    SameElsewhere {
        /// The approval that counts: the one made first.
        id: DeploymentId,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counts => write!(out, "this one counts"),
            Self::OtherGroup => write!(out, "the computer is not in this group"),
            Self::DeeperGroup { group } => write!(out, "the approval for the deeper group {group} counts"),
            Self::StrongerAction { action } => {
                write!(out, "another of the computer's groups, as deep, is approved for {action}")
            }
            Self::EarlierDeadline { deadline } => {
                write!(out, "another of the computer's groups, as deep, has the earlier deadline {deadline}")
            }
            Self::SameElsewhere { id } => write!(out, "approval {} for another group, as deep, says the same", id.0),
        }
    }
}

/// Decides which of the approvals of one update counts for a computer in `groups`.
///
/// The deepest group wins, so that what is said nearer to the computer overrides what is inherited;
/// among groups of the same depth Install wins over Uninstall over Optional over NotApproved, then the
/// earlier deadline (any before none), then the lower id. Approvals of other updates must not be passed.
pub fn decide(tree: &GroupTree, groups: &GroupSet, approvals: &[Approval]) -> Decision {
    let (mut mine, others): (Vec<_>, Vec<_>) =
        approvals.iter().partition(|approval| groups.is_in(tree, approval.group));
    mine.sort_by_key(|approval| standing(tree, approval));

    let Some(winner) = mine.first().copied() else {
        let considered = others.into_iter().map(|approval| considered(approval, Reason::OtherGroup)).collect();
        return Decision { approval: None, considered };
    };
    let mine = mine.into_iter().map(|approval| considered(approval, why(tree, winner, approval)));
    let others = others.into_iter().map(|approval| considered(approval, Reason::OtherGroup));
    Decision { approval: Some(winner.clone()), considered: mine.chain(others).collect() }
}

fn considered(approval: &Approval, reason: Reason) -> Considered {
    Considered { approval: approval.clone(), reason }
}

/// The order in which approvals count; lower first.
fn standing(tree: &GroupTree, approval: &Approval) -> (Reverse<Option<usize>>, u8, bool, Option<Timestamp>, i32) {
    let strength = match approval.action {
        ApprovalAction::Install => 0,
        ApprovalAction::Uninstall => 1,
        ApprovalAction::Optional => 2,
        ApprovalAction::NotApproved => 3,
    };
    let deadline = approval.deadline;
    (Reverse(tree.depth(approval.group)), strength, deadline.is_none(), deadline, approval.id.0)
}

/// The first difference between the approval that counts and `approval`.
fn why(tree: &GroupTree, winner: &Approval, approval: &Approval) -> Reason {
    if winner.id == approval.id {
        Reason::Counts
    } else if tree.depth(winner.group) != tree.depth(approval.group) {
        Reason::DeeperGroup { group: winner.group }
    } else if winner.action != approval.action {
        Reason::StrongerAction { action: winner.action }
    } else {
        match winner.deadline {
            Some(deadline) if approval.deadline != Some(deadline) => Reason::EarlierDeadline { deadline },
            _ => Reason::SameElsewhere { id: winner.id },
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{ChangeMark, UpdateId};

    use super::*;
    use crate::groups::tests::{FRANCE, PARIS, PILOT, id, tree};

    fn approval(number: i32, group: u128, action: ApprovalAction) -> Approval {
        Approval {
            id: DeploymentId(number),
            update_id: "56309036-4c77-4dd9-951a-99ee9c246a94".parse::<UpdateId>().unwrap(),
            group: id(group),
            action,
            deadline: None,
            changed_at: Timestamp::UNIX_EPOCH,
            changed: ChangeMark(1),
        }
    }

    fn due(mut approval: Approval, second: i64) -> Approval {
        approval.deadline = Some(Timestamp::from_second(second).unwrap());
        approval
    }

    fn in_paris_and_pilot(approvals: &[Approval]) -> Decision {
        let tree = tree();
        decide(&tree, &GroupSet::new(&tree, [id(PARIS), id(PILOT)]), approvals)
    }

    #[test]
    fn approvals_are_inherited_from_the_groups_above() {
        let mut everywhere = approval(1, 0, ApprovalAction::Install);
        everywhere.group = TargetGroupId::ALL_COMPUTERS;
        assert_eq!(in_paris_and_pilot(&[everywhere.clone()]).action(), Some(DeploymentAction::Install));
        assert_eq!(in_paris_and_pilot(&[everywhere.clone()]).approval, Some(everywhere));
    }

    #[test]
    fn the_deepest_group_wins_even_to_say_no() {
        let decision = in_paris_and_pilot(&[
            approval(1, FRANCE, ApprovalAction::Install),
            approval(2, PARIS, ApprovalAction::NotApproved),
            approval(3, PILOT, ApprovalAction::Install),
        ]);
        assert_eq!(decision.action(), None);
        assert_eq!(decision.considered[0].reason, Reason::Counts);
        assert_eq!(decision.considered[1].reason, Reason::DeeperGroup { group: id(PARIS) });
        assert_eq!(decision.considered[2].reason, Reason::DeeperGroup { group: id(PARIS) });
    }

    #[test]
    fn among_groups_of_one_depth_install_wins_over_uninstall_over_optional_over_not_approved() {
        use ApprovalAction::{Install, NotApproved, Optional, Uninstall};
        let order = [Install, Uninstall, Optional, NotApproved];
        for (position, stronger) in order.into_iter().enumerate() {
            for weaker in order.into_iter().skip(position + 1) {
                let decision = in_paris_and_pilot(&[approval(1, FRANCE, weaker), approval(2, PILOT, stronger)]);
                assert_eq!(decision.approval.unwrap().action, stronger);
                assert_eq!(decision.considered[1].reason, Reason::StrongerAction { action: stronger });
            }
        }
    }

    #[test]
    fn the_earlier_deadline_wins_and_any_wins_over_none() {
        let none = approval(1, FRANCE, ApprovalAction::Install);
        let late = due(approval(2, PILOT, ApprovalAction::Install), 200);
        let early = due(approval(3, FRANCE, ApprovalAction::Install), 100);
        assert_eq!(in_paris_and_pilot(&[none, late.clone()]).approval, Some(late.clone()));
        let decision = in_paris_and_pilot(&[late, early.clone()]);
        assert_eq!(decision.approval, Some(early));
        let deadline = Timestamp::from_second(100).unwrap();
        assert_eq!(decision.considered[1].reason, Reason::EarlierDeadline { deadline });
    }

    #[test]
    fn approvals_of_other_groups_do_not_count() {
        let tree = tree();
        let decision = decide(&tree, &GroupSet::unassigned(), &[approval(1, PILOT, ApprovalAction::Install)]);
        assert_eq!(decision.approval, None);
        assert_eq!(decision.considered[0].reason, Reason::OtherGroup);
    }

    #[test]
    fn the_order_of_approvals_does_not_matter() {
        let mut approvals = vec![
            approval(4, FRANCE, ApprovalAction::Install),
            due(approval(2, PILOT, ApprovalAction::Install), 5),
            due(approval(3, FRANCE, ApprovalAction::Install), 5),
            approval(1, PILOT, ApprovalAction::NotApproved),
        ];
        let forwards = in_paris_and_pilot(&approvals);
        approvals.reverse();
        assert_eq!(in_paris_and_pilot(&approvals), forwards);
        assert_eq!(forwards.considered[1].reason, Reason::SameElsewhere { id: DeploymentId(2) });
    }
}
