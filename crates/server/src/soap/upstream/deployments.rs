//! GetDeployments, for replicas (server-server.md §10).

use jiff::Timestamp;
use model::{Approval, ApprovalAction, ChangeMark, DeploymentId, Group, RevisionId};
use uuid::Uuid;
use wire::server::{Action, Deployment, Deployments, GetDeployments, TargetGroup};

use super::session;
use crate::app::App;
use crate::soap::refusal::Refusal;

/// Who decided, for native replicas: one name is as good as another to them.
const ADMINISTRATOR: &str = "Vanne";
/// Of three, as native says for all.
const PRIORITY: u8 = 1;

/// Groups, what is declined and accepted, all of it; and the deployments that came, changed or went between the anchors.
pub(super) async fn list(app: &App, request: &GetDeployments) -> Result<Deployments, Refusal> {
    session::open(app, request.cookie.as_ref()).await?;
    let after = request.deployment_anchor.as_ref().map(|anchor| session::generation(anchor, "deploymentAnchor"));
    let after = after.transpose()?;
    let sync = request.sync_anchor.as_ref().ok_or_else(|| Refusal::parameter("syncAnchor"))?;
    let until = session::generation(sync, "syncAnchor")?;
    let snapshot = session::snapshot(app, after.max(Some(until))).await?;
    // Nothing of the catalog is read anew: no revision is above the highest number.
    let decided = app.store.catalog_since(RevisionId(i32::MAX), None, |_| ()).await?;
    // Never beyond what the replica knows of revisions, or what changed between is lost (ambiguity 10).
    let until = until.min(decided.mark);
    let incarnation = app.store.identity().await?.incarnation;
    let guid = |id: DeploymentId| Uuid::new_v5(&incarnation, &id.0.to_le_bytes());

    let is_due = |changed: ChangeMark| Some(changed) > after && changed <= until;
    let deployment = |approval: &Approval| {
        let (update, arrived) = snapshot.arrival(approval.update_id)?;
        // An approval is for the latest revision, whenever that came.
        is_due(approval.changed.max(arrived)).then(|| Deployment {
            update,
            action: action(approval.action),
            admin_name: ADMINISTRATOR.to_owned(),
            deadline: approval.deadline,
            is_assigned: approval.action != ApprovalAction::Optional,
            go_live_time: live(approval.changed_at),
            deployment_guid: guid(approval.id),
            target_group_id: approval.group,
            download_priority: PRIORITY,
        })
    };
    let dead = app.store.dead_deployments(after.unwrap_or_default(), until).await?;
    Ok(Deployments {
        anchor: session::anchor(until, app.now())?,
        groups: decided.groups.iter().map(group).collect(),
        deployments: decided.approvals.iter().filter_map(deployment).collect(),
        // Whoever asks for the first time has none that could be dead.
        dead_deployments: if after.is_some() { dead.into_iter().map(guid).collect() } else { Vec::new() },
        hidden_updates: decided.declined.unwrap_or_default().into_iter().map(|(update, _)| update).collect(),
        accepted_eulas: app.store.accepted_licences().await?.into_iter().map(|(licence, _)| licence).collect(),
    })
}

fn group(group: &Group) -> TargetGroup {
    TargetGroup {
        id: group.id,
        parent: group.parent,
        name: group.name.as_str().to_owned(),
        is_builtin: group.id.is_built_in(),
    }
}

const fn action(action: ApprovalAction) -> Action {
    match action {
        ApprovalAction::Install | ApprovalAction::Optional => Action::Install,
        ApprovalAction::Uninstall => Action::Uninstall,
        ApprovalAction::NotApproved => Action::Block,
    }
}

/// Whole seconds, as native servers keep it.
fn live(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
