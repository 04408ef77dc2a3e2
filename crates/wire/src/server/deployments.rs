use jiff::Timestamp;
use model::{RevisionNumber, TargetGroupId, UpdateId, UpdateIdentity};
use uuid::Uuid;

use super::{Anchor, Cookie};
use crate::input::Input;
use crate::output::Output;
use crate::time::{Deadline, Zoneless};
use crate::values::Wire;
use crate::{Problem, limits};

/// Asks for groups and deployments: replicas only (MS-WSUSSS 3.1.4.10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetDeployments {
    /// The session.
    pub cookie: Option<Cookie>,
    /// That of the last answer, if there was one.
    pub deployment_anchor: Option<Anchor>,
    /// That of the last list of updates: deployments of later revisions are not wanted yet. Absent is a fault.
    pub sync_anchor: Option<Anchor>,
}

impl Wire for GetDeployments {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| {
            match name {
                "cookie" => request.cookie = Some(input.value()?),
                "deploymentAnchor" => request.deployment_anchor = input.value()?,
                "syncAnchor" => request.sync_anchor = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional("deploymentAnchor", self.deployment_anchor.as_ref());
        out.optional("syncAnchor", self.sync_anchor.as_ref());
    }
}

/// The answer to [`GetDeployments`] (`ServerSyncDeploymentResult`). All arrays are written, empty ones too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployments {
    /// Up to where this answer goes; never beyond `sync_anchor` of the request.
    pub anchor: Anchor,
    /// All groups.
    pub groups: Vec<TargetGroup>,
    /// Deployments that are new or changed.
    pub deployments: Vec<Deployment>,
    /// Deployments that were removed, by `DeploymentGuid`.
    pub dead_deployments: Vec<Uuid>,
    /// All declined updates.
    pub hidden_updates: Vec<UpdateId>,
    /// All accepted licence terms.
    pub accepted_eulas: Vec<Uuid>,
}

impl Wire for Deployments {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut anchor, mut groups, mut deployments) = (None, Vec::new(), Vec::new());
        let (mut dead_deployments, mut hidden_updates, mut accepted_eulas) = (Vec::new(), Vec::new(), Vec::new());
        input.fields(|input, name| match name {
            "Anchor" => input.value().map(|value| anchor = Some(value)),
            "Groups" => input.list("ServerSyncTargetGroup", limits::TARGET_GROUPS, &mut groups),
            "Deployments" => input.list("ServerSyncDeployment", limits::DEPLOYMENTS, &mut deployments),
            "DeadDeployments" => input.list("guid", limits::DEPLOYMENT_IDS, &mut dead_deployments),
            "HiddenUpdates" => input.list("guid", limits::DEPLOYMENT_IDS, &mut hidden_updates),
            "AcceptedEulas" => input.list("guid", limits::DEPLOYMENT_IDS, &mut accepted_eulas),
            _ => input.skip(),
        })?;
        let anchor = input.required(anchor, "Anchor")?;
        Ok(Self { anchor, groups, deployments, dead_deployments, hidden_updates, accepted_eulas })
    }

    fn write(&self, out: &mut Output) {
        out.field("Anchor", &self.anchor);
        out.array("Groups", "ServerSyncTargetGroup", &self.groups);
        out.array("Deployments", "ServerSyncDeployment", &self.deployments);
        out.array("DeadDeployments", "guid", &self.dead_deployments);
        out.array("HiddenUpdates", "guid", &self.hidden_updates);
        out.array("AcceptedEulas", "guid", &self.accepted_eulas);
    }
}

/// A target group of the upstream server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetGroup {
    /// Its id.
    pub id: TargetGroupId,
    /// The group above; `None`, the zero GUID on the wire, at the top.
    pub parent: Option<TargetGroupId>,
    /// Its name as given: one that this server would refuse must not end a synchronization.
    pub name: String,
    /// It is All Computers or Unassigned Computers.
    pub is_builtin: bool,
}

impl Wire for TargetGroup {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut id, mut parent, mut name, mut is_builtin) = (None, None, String::new(), false);
        input.fields(|input, field| {
            match field {
                "TargetGroupID" => id = Some(input.value()?),
                "ParentGroupId" => parent = Some(input.value()?),
                "Name" => name = input.value()?,
                "IsBuiltin" => is_builtin = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        let parent = parent.filter(|parent: &TargetGroupId| !parent.0.is_nil());
        Ok(Self { id: input.required(id, "TargetGroupID")?, parent, name, is_builtin })
    }

    fn write(&self, out: &mut Output) {
        out.field("TargetGroupID", &self.id);
        out.field("ParentGroupId", &self.parent.map_or(Uuid::nil(), |parent| parent.0));
        out.field("Name", &self.name);
        out.field("IsBuiltin", &self.is_builtin);
    }
}

/// A deployment of the upstream server (`ServerSyncDeployment`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The revision.
    pub update: UpdateIdentity,
    /// What to do with it.
    pub action: Action,
    /// Who decided it.
    pub admin_name: String,
    /// When it must be done by, if ever.
    pub deadline: Option<Timestamp>,
    /// Install without asking.
    pub is_assigned: bool,
    /// From when on it holds.
    pub go_live_time: Timestamp,
    /// Its id on all servers.
    pub deployment_guid: Uuid,
    /// For whom.
    pub target_group_id: TargetGroupId,
    /// 1 (lowest) to 3.
    pub download_priority: u8,
}

impl Wire for Deployment {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut update_id, mut revision_number, mut action) = (None, None, None);
        let (mut admin_name, mut deadline, mut is_assigned) = (String::new(), None, false);
        let (mut go_live_time, mut deployment_guid, mut target_group_id, mut priority) = (None, None, None, 1);
        input.fields(|input, name| {
            match name {
                "UpdateId" => update_id = Some(input.value::<UpdateId>()?),
                "RevisionNumber" => revision_number = Some(input.value::<RevisionNumber>()?),
                "Action" => action = Some(input.value()?),
                "AdminName" => admin_name = input.value()?,
                "Deadline" => deadline = input.value::<Deadline>()?.0,
                "IsAssigned" => is_assigned = input.value()?,
                "GoLiveTime" => go_live_time = Some(input.value::<Zoneless>()?.0),
                "DeploymentGuid" => deployment_guid = Some(input.value()?),
                "TargetGroupId" => target_group_id = Some(input.value()?),
                "DownloadPriority" => priority = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            update: UpdateIdentity {
                update_id: input.required(update_id, "UpdateId")?,
                revision_number: input.required(revision_number, "RevisionNumber")?,
            },
            action: input.required(action, "Action")?,
            admin_name,
            deadline,
            is_assigned,
            go_live_time: input.required(go_live_time, "GoLiveTime")?,
            deployment_guid: input.required(deployment_guid, "DeploymentGuid")?,
            target_group_id: input.required(target_group_id, "TargetGroupId")?,
            download_priority: priority,
        })
    }

    fn write(&self, out: &mut Output) {
        out.field("UpdateId", &self.update.update_id);
        out.field("RevisionNumber", &self.update.revision_number);
        out.field("Action", &self.action);
        out.field("AdminName", &self.admin_name);
        out.field("Deadline", &Deadline(self.deadline));
        out.field("IsAssigned", &self.is_assigned);
        out.field("GoLiveTime", &Zoneless(self.go_live_time));
        out.field("DeploymentGuid", &self.deployment_guid);
        out.field("TargetGroupId", &self.target_group_id);
        out.field("DownloadPriority", &self.download_priority);
    }
}

/// What is to be done with a revision, by number (MS-WSUSSS 3.1.4.10.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// 0.
    Install,
    /// 1.
    Uninstall,
    /// 2: clients evaluate and report; they know it as `PreDeploymentCheck`.
    ScanOnly,
    /// 3: it is not offered.
    Block,
    /// Any other; what it means is not published, so whoever gets it leaves the revision alone.
    Other(i32),
}

impl Wire for Action {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        Ok(match input.value()? {
            0 => Self::Install,
            1 => Self::Uninstall,
            2 => Self::ScanOnly,
            3 => Self::Block,
            other => Self::Other(other),
        })
    }

    fn write(&self, out: &mut Output) {
        let number = match self {
            Self::Install => 0,
            Self::Uninstall => 1,
            Self::ScanOnly => 2,
            Self::Block => 3,
            Self::Other(number) => *number,
        };
        number.write(out);
    }
}
