//! What is decided: as an archive carries it, and back.

use archive::{CarriedApproval, Decision, Verified};
use model::{Approval, Timestamp};
use policy::GroupTree;
use store::{Decided, ReplicaDeployment, ReplicaState};
use uuid::Uuid;

use super::AirGapError;

/// Groups, approvals, declined updates and accepted licences of one archive. They are in memory at once, 200 bytes each; a
/// server with 5,000 approvals for each of 100 groups has half of it.
pub(crate) const DECISIONS_MAX: u64 = 1_000_000;

/// All that is decided here, in an order that depends on nothing else: groups behind those above them.
pub(super) fn carried(decided: &Decided, licences: Vec<(Uuid, Timestamp)>) -> Result<Vec<Decision>, AirGapError> {
    let tree = GroupTree::new(decided.groups.clone())?;
    let mut groups: Vec<_> = decided.groups.iter().filter(|group| !group.id.is_built_in()).cloned().collect();
    groups.sort_by_key(|group| (tree.depth(group.id), group.id));
    let declined = decided.declined.iter().flatten().map(|(update_id, _)| Decision::Decline { update_id: *update_id });
    let decisions: Vec<Decision> = groups
        .into_iter()
        .map(Decision::Group)
        .chain(decided.approvals.iter().map(approval))
        .chain(declined)
        .chain(licences.into_iter().map(|(eula_id, accepted_at)| Decision::Eula { eula_id, accepted_at }))
        .collect();
    refuse_too_many(decisions.len() as u64)?;
    Ok(decisions)
}

fn approval(approval: &Approval) -> Decision {
    let Approval { update_id, group, action, deadline, changed_at, .. } = *approval;
    Decision::Approval(CarriedApproval { update_id, group, action, deadline, changed_at })
}

/// What an archive says is decided, as a replica takes it over: all of it, so that anything else holds no longer.
pub(super) fn state(verified: &Verified) -> Result<Option<ReplicaState>, AirGapError> {
    let manifest = verified.archive().manifest();
    refuse_too_many(manifest.streams.decisions.as_ref().map_or(0, |stream| stream.records))?;
    let Some(decisions) = verified.decisions()? else { return Ok(None) };
    let mut state = ReplicaState { is_complete: true, ..ReplicaState::default() };
    for decision in decisions {
        match decision? {
            Decision::Group(group) => state.groups.push(group),
            Decision::Approval(approval) => state.deployments.push(deployment(manifest.server.id, &approval)),
            Decision::Decline { update_id } => state.declined.push(update_id),
            Decision::Eula { eula_id, .. } => state.licences.push(eula_id),
        }
    }
    Ok(Some(state))
}

/// An approval has no name of its own in an archive: the server, the update and the group are one.
fn deployment(server: Uuid, approval: &CarriedApproval) -> ReplicaDeployment {
    let CarriedApproval { update_id, group, action, deadline, .. } = *approval;
    let place = [update_id.0.into_bytes(), group.0.into_bytes()].concat();
    ReplicaDeployment { guid: Uuid::new_v5(&server, &place), update: update_id, group, action, deadline }
}

fn refuse_too_many(found: u64) -> Result<(), AirGapError> {
    let limit = DECISIONS_MAX;
    if found <= limit { Ok(()) } else { Err(AirGapError::TooManyDecisions { found, limit }) }
}

#[cfg(test)]
mod tests {
    use model::{ApprovalAction, ChangeMark, DeploymentId, Group, TargetGroupId, UpdateId};

    use super::*;

    fn group(number: u128, name: &str, parent: TargetGroupId) -> Group {
        Group { id: TargetGroupId(Uuid::from_u128(number)), name: name.parse().unwrap(), parent: Some(parent) }
    }

    fn decided() -> Decided {
        let root = TargetGroupId::ALL_COMPUTERS;
        let built_in = |id, name: &str, parent| Group { id, name: name.parse().unwrap(), parent };
        let (wards, beds) = (group(9, "Wards", root), group(1, "Beds", TargetGroupId(Uuid::from_u128(9))));
        let approval = Approval {
            id: DeploymentId(7),
            update_id: UpdateId(Uuid::from_u128(70)),
            group: beds.id,
            action: ApprovalAction::Optional,
            deadline: Some(Timestamp::UNIX_EPOCH),
            changed_at: Timestamp::UNIX_EPOCH,
            changed: ChangeMark(3),
        };
        Decided {
            declined: Some(vec![(UpdateId(Uuid::from_u128(71)), ChangeMark(2))]),
            approvals: vec![approval],
            groups: vec![
                built_in(root, "All Computers", None),
                beds,
                built_in(TargetGroupId::UNASSIGNED_COMPUTERS, "Unassigned Computers", Some(root)),
                wards,
            ],
            withheld: Vec::new(),
            client_targeting: false,
            mark: ChangeMark(3),
        }
    }

    #[test]
    fn a_group_comes_behind_the_one_above_it_and_built_in_ones_stay() {
        let licence = (Uuid::from_u128(72), Timestamp::UNIX_EPOCH);
        let carried = carried(&decided(), vec![licence]).unwrap();
        let names: Vec<&str> = carried
            .iter()
            .filter_map(|decision| match decision {
                Decision::Group(group) => Some(group.name.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!((names, carried.len()), (vec!["Wards", "Beds"], 5));
        assert!(matches!(carried.last(), Some(Decision::Eula { eula_id, .. }) if *eula_id == licence.0));
    }

    #[test]
    fn one_decision_more_than_an_archive_may_carry_is_refused() {
        assert!(refuse_too_many(DECISIONS_MAX).is_ok());
        let error = refuse_too_many(DECISIONS_MAX + 1).unwrap_err().to_string();
        assert!(error.starts_with("1000001 groups, approvals"), "{error}");
    }

    #[test]
    fn an_approval_has_one_name_for_each_server_update_and_group() {
        let Some(Decision::Approval(approval)) = carried(&decided(), Vec::new()).unwrap().into_iter().nth(2) else {
            panic!("the third is the approval");
        };
        let server = Uuid::from_u128(1);
        let name = deployment(server, &approval).guid;
        assert_eq!(name, deployment(server, &approval).guid);
        assert_ne!(name, deployment(Uuid::from_u128(2), &approval).guid);
        let elsewhere = CarriedApproval { group: TargetGroupId::ALL_COMPUTERS, ..approval };
        assert_ne!(name, deployment(server, &elsewhere).guid);
    }
}
