//! What a replica is told: the wire's words into those of the store.

use std::collections::HashSet;

use model::{ApprovalAction, Group, GroupName, TargetGroupId};
use store::{ReplicaDeployment, ReplicaState};
use sync::{Session, SyncError};
use wire::server::{Action, Anchor, Deployment, Deployments, TargetGroup};

use super::drift::InFull;
use super::settings::Anchors;

/// What the groups are called here that every server has.
const BUILT_IN: [&str; 2] = ["All Computers", "Unassigned Computers"];

/// Asks what the upstream decided since the anchor, or all of it, and moves the anchor on; `None` before any updates were
/// listed.
pub(super) async fn ask(
    session: &Session,
    anchors: &mut Anchors,
    in_full: InFull,
) -> Result<Option<ReplicaState>, SyncError> {
    let parse = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Anchor>().ok());
    let since = parse(&anchors.deployments).filter(|_| in_full == InFull::No);
    let Some(updates) = parse(&anchors.updates) else { return Ok(None) };
    let (told, is_complete) = match session.deployments(since.as_ref(), &updates).await {
        Ok(told) => (told, since.is_none()),
        // The lists of updates were taken, so that it is this anchor.
        Err(error) if error.is_about_the_anchor() && since.is_some() => {
            (session.deployments(None, &updates).await?, true)
        }
        Err(error) => return Err(error),
    };
    anchors.deployments = Some(told.anchor.to_string());
    Ok(Some(state(told, is_complete)))
}

fn state(told: Deployments, is_complete: bool) -> ReplicaState {
    ReplicaState {
        groups: groups(told.groups),
        deployments: deployments(told.deployments),
        dead: told.dead_deployments,
        is_complete,
        declined: told.hidden_updates,
        licences: told.accepted_eulas,
    }
}

/// The groups, each under a name that this server takes: native ones may be longer, hold what ours may not, or be those of
/// groups that are built in here. Always in the same order, so that the same one of two gives way each time.
fn groups(mut told: Vec<TargetGroup>) -> Vec<Group> {
    told.sort_by_key(|group| group.id);
    told.dedup_by_key(|group| group.id);
    let mut taken: HashSet<String> = BUILT_IN.iter().map(|name| name.to_lowercase()).collect();
    let mut groups = Vec::with_capacity(told.len());
    for TargetGroup { id, parent, name, .. } in told.into_iter().filter(|group| !group.id.is_built_in()) {
        let free = name.parse().ok().filter(|name: &GroupName| !taken.contains(&name.folded()));
        let Some(name) = free.or_else(|| format!("Group {id}").parse().ok()) else { continue };
        taken.insert(name.folded());
        groups.push(Group { id, name, parent: parent.or(Some(TargetGroupId::ALL_COMPUTERS)) });
    }
    groups
}

/// Ascending by revision, so that of several deployments of one update to one group that of the latest counts.
fn deployments(mut told: Vec<Deployment>) -> Vec<ReplicaDeployment> {
    told.sort_by_key(|deployment| deployment.update);
    told.iter().filter_map(deployment).collect()
}

fn deployment(told: &Deployment) -> Option<ReplicaDeployment> {
    let action = match told.action {
        Action::Install if told.is_assigned => ApprovalAction::Install,
        Action::Install => ApprovalAction::Optional,
        Action::Uninstall => ApprovalAction::Uninstall,
        // Both stand against what is decided for a group above.
        Action::ScanOnly | Action::Block => ApprovalAction::NotApproved,
        Action::Other(_) => return None,
    };
    Some(ReplicaDeployment {
        guid: told.deployment_guid,
        update: told.update.update_id,
        group: told.target_group_id,
        action,
        deadline: told.deadline,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(id: u128, name: &str) -> TargetGroup {
        TargetGroup {
            id: TargetGroupId(uuid::Uuid::from_u128(id)),
            parent: None,
            name: name.to_owned(),
            is_builtin: false,
        }
    }

    #[test]
    fn groups_whose_names_this_server_does_not_take_are_named_by_their_id() {
        let all = TargetGroup { id: TargetGroupId::ALL_COMPUTERS, ..told(0, "Alle Computer") };
        let names = |told: Vec<TargetGroup>| -> Vec<String> {
            groups(told).iter().map(|group| group.name.as_str().to_owned()).collect()
        };
        let own = |id: u128| format!("Group {}", uuid::Uuid::from_u128(id));
        let groups = vec![told(3, "PILOTS"), told(1, "Pilots"), all, told(2, "all computers"), told(4, "a;b")];
        assert_eq!(names(groups.clone()), ["Pilots".to_owned(), own(2), own(3), own(4)]);
        let reversed = groups.into_iter().rev().collect();
        assert_eq!(names(reversed), ["Pilots".to_owned(), own(2), own(3), own(4)], "whatever the order");
    }
}
