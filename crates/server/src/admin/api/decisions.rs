//! Updates, groups, and what is decided about them.

use model::{ApprovalAction, GroupName, RevisionId, TargetGroupId, Timestamp, UpdateId, UpdateIdentity, UpdateType};
use serde::{Deserialize, Serialize};

/// `GET /api/v1/updates`: which updates to list.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UpdatesQuery {
    /// Part of the title, a KB number or a CVE.
    pub search: Option<String>,
    /// Only this kind.
    pub update_type: Option<UpdateType>,
    /// Only those that can be approved.
    pub deployable: bool,
    /// At most so many; absent: 100.
    pub limit: Option<u32>,
}

/// One update in a list.
#[derive(Debug, Serialize, Deserialize)]
pub struct UpdateSummary {
    /// The update and its latest revision.
    pub identity: UpdateIdentity,
    /// The number clients know the revision by.
    pub revision: RevisionId,
    /// What kind it is.
    pub update_type: UpdateType,
    /// Its English title.
    pub title: String,
    /// KB numbers.
    pub kb: Vec<String>,
    /// CVEs.
    pub cves: Vec<String>,
    /// Severity, if it has one.
    pub severity: Option<String>,
    /// It was declined.
    pub declined: bool,
    /// Decisions about it.
    pub approvals: Vec<ApprovalSummary>,
}

/// A decision about an update.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApprovalSummary {
    /// The group it is for.
    pub group: GroupName,
    /// What is to be done.
    pub action: ApprovalAction,
    /// By when.
    pub deadline: Option<Timestamp>,
}

/// `POST /api/v1/approvals`: decide about updates for a group. Exactly one way of naming updates.
#[derive(Debug, Serialize, Deserialize)]
pub struct ApproveRequest {
    /// The updates.
    #[serde(flatten)]
    pub updates: Which,
    /// The group's name.
    pub group: String,
    /// The decision.
    pub action: ApprovalAction,
    /// By when it must be done.
    pub deadline: Option<Timestamp>,
}

/// `POST /api/v1/declines`: decline updates, or take that back.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeclineRequest {
    /// The updates.
    #[serde(flatten)]
    pub updates: Which,
    /// Take the decline back instead.
    pub undo: bool,
}

/// A way of naming updates.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "which", content = "of", rename_all = "kebab-case")]
pub enum Which {
    /// These.
    Updates(Vec<UpdateId>),
    /// All that carry this KB number and can be approved.
    Kb(String),
    /// All that can be approved.
    All,
}

/// How many updates a decision was about.
#[derive(Debug, Serialize, Deserialize)]
pub struct Decided {
    /// The updates, with their titles.
    pub updates: Vec<DecidedUpdate>,
}

/// One update a decision was about.
#[derive(Debug, Serialize, Deserialize)]
pub struct DecidedUpdate {
    /// The update.
    pub update_id: UpdateId,
    /// Its English title.
    pub title: String,
}

/// A group in a list, in the order of the tree.
#[derive(Debug, Serialize, Deserialize)]
pub struct GroupSummary {
    /// Its id.
    pub id: TargetGroupId,
    /// Its name.
    pub name: GroupName,
    /// The group above.
    pub parent: Option<TargetGroupId>,
    /// Groups above it.
    pub depth: usize,
    /// Computers in it, servers below's included; those of groups below it not counted.
    pub computers: u64,
}

/// `POST /api/v1/groups`.
#[derive(Debug, Serialize, Deserialize)]
pub struct CreateGroup {
    /// The name.
    pub name: String,
    /// The group above, by name; absent: All Computers.
    pub parent: Option<String>,
}

/// `PATCH /api/v1/groups/{name}`: what is absent stays.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ChangeGroup {
    /// The new name.
    pub name: Option<String>,
    /// The new group above, by name.
    pub parent: Option<String>,
}

/// `GET` and `PUT /api/v1/targeting`: who says which groups a computer is in.
#[derive(Debug, Serialize, Deserialize)]
pub struct TargetingSetting {
    /// The computers, by the group names in their own policy; otherwise the administrator.
    pub client_side: bool,
}
