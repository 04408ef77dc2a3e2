//! What a replica is told: the wire's words into those of the store.

use model::{ApprovalAction, Group, TargetGroupId};
use store::{ReplicaDeployment, ReplicaState};
use sync::{Session, SyncError};
use wire::server::{Action, Anchor, Deployment, Deployments, TargetGroup};

use super::drift::InFull;
use super::settings::Anchors;

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
    let told = session.deployments(since.as_ref(), &updates).await?;
    anchors.deployments = Some(told.anchor.to_string());
    Ok(Some(state(told, since.is_none())))
}

fn state(told: Deployments, is_complete: bool) -> ReplicaState {
    ReplicaState {
        groups: told.groups.iter().filter_map(group).collect(),
        deployments: deployments(told.deployments),
        dead: told.dead_deployments,
        is_complete,
        declined: told.hidden_updates,
        licences: told.accepted_eulas,
    }
}

/// A group, under a name that this server takes: native names may be longer or hold what ours may not.
fn group(told: &TargetGroup) -> Option<Group> {
    let fallback = || format!("Group {}", told.id).parse();
    let name = told.name.parse().or_else(|_| fallback()).ok()?;
    Some(Group { id: told.id, name, parent: told.parent.or(Some(TargetGroupId::ALL_COMPUTERS)) })
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
