use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{TargetGroupId, Timestamp, UpdateId};

/// What a client is to do with a revision (MS-WUSP 2.2.2.2.4, `DeploymentAction`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeploymentAction {
    /// Install it.
    Install,
    /// Offer it, and install it only when the user asks (Windows 10 1903 and later).
    OptionalInstall,
    /// Remove it.
    Uninstall,
    /// Evaluate and report, install nothing: how native offers what is not approved.
    PreDeploymentCheck,
    /// A member of a bundle; follows its parent.
    Bundle,
    /// A prerequisite; evaluate only.
    Evaluate,
}

impl DeploymentAction {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Install => "Install",
            Self::OptionalInstall => "OptionalInstall",
            Self::Uninstall => "Uninstall",
            Self::PreDeploymentCheck => "PreDeploymentCheck",
            Self::Bundle => "Bundle",
            Self::Evaluate => "Evaluate",
        }
    }
}

impl fmt::Display for DeploymentAction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A number naming a deployment to clients; its own number space (native-behaviour §5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeploymentId(pub i32);

/// A point in the order of all changes this server ever made; grows by one with each generation.
///
/// Kept in cookies as the last-sync mark, so that a client is told what changed since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeMark(pub u64);

/// A revision made available to a computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// Its number.
    pub id: DeploymentId,
    /// What to do.
    pub action: DeploymentAction,
    /// When it must be done by, if ever.
    pub deadline: Option<Timestamp>,
    /// When it was last changed; clients see the date only.
    pub last_change: Timestamp,
}

/// What an administrator decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalAction {
    /// Install it.
    Install,
    /// Remove it.
    Uninstall,
    /// Offer it to the user.
    Optional,
    /// Do not install it here, whatever a group above says.
    NotApproved,
}

impl fmt::Display for ApprovalAction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Install => "install",
            Self::Uninstall => "uninstall",
            Self::Optional => "optional",
            Self::NotApproved => "not-approved",
        })
    }
}

/// A decision about an update for a group and the groups below it that have none of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The deployment it yields.
    pub id: DeploymentId,
    /// The update; its latest revision is what is deployed.
    pub update_id: UpdateId,
    /// The group.
    pub group: TargetGroupId,
    /// The decision.
    pub action: ApprovalAction,
    /// When it must be done by, if ever.
    pub deadline: Option<Timestamp>,
    /// When it was made or last changed.
    pub changed_at: Timestamp,
    /// The generation that made or last changed it.
    pub changed: ChangeMark,
}
