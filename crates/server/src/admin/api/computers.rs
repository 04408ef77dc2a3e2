//! Computers, what they reported, and why they are offered what.

use std::collections::BTreeMap;

use model::{ComputerId, GroupName, Timestamp, UpdateId, UpdateState};
use serde::{Deserialize, Serialize};

use super::{ServerCounted, ServerKnown};

/// `GET /api/v1/computers`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ComputersQuery {
    /// Part of the name or id.
    pub search: Option<String>,
    /// Only computers of this group.
    pub group: Option<String>,
    /// Only computers of this server below, by name or id.
    pub server: Option<String>,
    /// At most so many; absent: 100.
    pub limit: Option<u32>,
}

/// A computer in a list.
#[derive(Debug, Serialize, Deserialize)]
pub struct ComputerSummary {
    /// Its id.
    pub id: ComputerId,
    /// Its name, as it gave it.
    pub dns_name: Option<String>,
    /// Another computer's name under the same id: copies of one image. Absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares_id_with: Option<String>,
    /// Where it last called from.
    pub address: Option<String>,
    /// Its operating system, by build number.
    pub os: Option<String>,
    /// Maker and model, as it gave them.
    pub model: Option<String>,
    /// Its groups.
    pub groups: Vec<GroupName>,
    /// When it was last heard of.
    pub last_contact: Option<Timestamp>,
    /// When it last scanned.
    pub last_scan: Option<Timestamp>,
    /// When it last reported compliance.
    pub last_report: Option<Timestamp>,
    /// The server below whose computer it is, and how old what that told is; absent for this one's own.
    pub server: Option<ServerKnown>,
}

/// `PUT /api/v1/computers/{id}/groups`: the groups an administrator puts it into; none: Unassigned Computers.
#[derive(Debug, Serialize, Deserialize)]
pub struct AssignRequest {
    /// Group names.
    pub groups: Vec<String>,
}

/// `GET /api/v1/status`: whose state of what.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StatusQuery {
    /// Only computers of this group and of those below it.
    pub group: Option<String>,
    /// Only this computer, by id or name.
    pub computer: Option<String>,
    /// Only this update.
    pub update: Option<UpdateId>,
    /// Only updates with this KB number.
    pub kb: Option<String>,
    /// Only updates that close this CVE.
    pub cve: Option<String>,
}

/// Figures about states, and how old they are.
#[derive(Debug, Serialize, Deserialize)]
pub struct StatusAnswer {
    /// Computers looked at.
    pub computers: u64,
    /// Of these, how many have never reported compliance.
    pub computers_unknown: u64,
    /// Updates looked at: those that can be approved and are not declined.
    pub updates: u64,
    /// Pairs of computer and update in each state.
    pub counts: BTreeMap<UpdateState, u64>,
    /// When the computer that reported longest ago did so.
    pub oldest_report: Option<Timestamp>,
    /// When the last report came.
    pub newest_report: Option<Timestamp>,
    /// The servers below whose computers may be among those looked at, with how old what they told is.
    pub servers: Vec<ServerCounted>,
    /// The pairs worth a look: needed, downloaded, pending reboot, failed; at most 1,000 of each.
    pub rows: Vec<StatusRow>,
}

/// One computer's state of one update.
#[derive(Debug, Serialize, Deserialize)]
pub struct StatusRow {
    /// The computer.
    pub computer: ComputerId,
    /// Its name.
    pub dns_name: Option<String>,
    /// The update.
    pub update_id: UpdateId,
    /// Its title.
    pub title: String,
    /// The state.
    pub state: UpdateState,
    /// Since when.
    pub since: Option<Timestamp>,
    /// When the computer last reported compliance: how old this is.
    pub reported_at: Option<Timestamp>,
    /// The server below whose computer it is; absent for this one's own.
    pub server: Option<ServerKnown>,
}

/// `GET /api/v1/explain`.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExplainQuery {
    /// The computer, by id or name.
    pub computer: String,
    /// The update.
    pub update: UpdateId,
}

/// The answer, for programs and for people.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExplainAnswer {
    /// The computer.
    pub computer: ComputerId,
    /// Its name.
    pub dns_name: Option<String>,
    /// When it last told what is installed.
    pub last_scan: Option<Timestamp>,
    /// Step by step.
    pub explanation: serde_json::Value,
    /// The same as sentences.
    pub text: String,
}
