use model::{ApprovalAction, Group, TargetGroupId, Timestamp, UpdateId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{InvalidRecord, Record, read_json, write_json};
use crate::StreamKind;
use crate::limits::RECORD_BYTES_MAX;

/// Something an administrator decided on the exporting server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// A target group. One above it comes before it.
    Group(Group),
    /// An approval.
    Approval(CarriedApproval),
    /// A declined update.
    Decline {
        /// The update.
        update_id: UpdateId,
    },
    /// An accepted licence.
    Eula {
        /// The licence.
        eula_id: Uuid,
        /// When it was accepted.
        accepted_at: Timestamp,
    },
}

/// A decision about an update for a group. Its number is given by the server that imports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedApproval {
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
}

impl Record for Decision {
    const KIND: StreamKind = StreamKind::Decisions;
    const BYTES_MAX: usize = RECORD_BYTES_MAX;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), InvalidRecord> {
        write_json(self, out)
    }

    fn read(bytes: &[u8]) -> Result<Self, InvalidRecord> {
        read_json(bytes)
    }
}
