use jiff::Timestamp;
use model::{ComputerId, UpdateId, UpdateState};
use uuid::Uuid;

use super::message::write_cookie;
use crate::input::Input;
use crate::output::Output;
use crate::time::Happened;
use crate::values::Wire;
use crate::{Problem, limits};

/// Reports the states of updates on computers (MS-WSUSSS 3.1.4.17). Answered by `false` when the upstream server is
/// busy: the same is to be sent again after a minute at the earliest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupComputerStatus {
    /// The downstream server's clock.
    pub client_time: Timestamp,
    /// The downstream server.
    pub parent_server_id: Uuid,
    /// The computers; absent is a fault.
    pub computers: Vec<ComputerStatus>,
}

impl Wire for RollupComputerStatus {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut client_time, mut parent_server_id, mut computers) = (None, None, None);
        input.parameters(|input, name| match name {
            "clientTime" => input.value().map(|value| client_time = Some(value)),
            "parentServerId" => input.value().map(|value| parent_server_id = Some(value)),
            "computers" => {
                let computers = computers.get_or_insert_with(Vec::new);
                input.list("ComputerStatusRollupInfo", limits::STATUS_COMPUTERS, computers)
            }
            _ => input.skip(),
        })?;
        Ok(Self {
            client_time: input.required_parameter(client_time, "clientTime")?,
            parent_server_id: input.required_parameter(parent_server_id, "parentServerId")?,
            computers: input.required_parameter(computers, "computers")?,
        })
    }

    fn write(&self, out: &mut Output) {
        write_cookie(out);
        out.field("clientTime", &self.client_time);
        out.field("parentServerId", &self.parent_server_id);
        out.array("computers", "ComputerStatusRollupInfo", &self.computers);
    }
}

/// The states of updates on a computer (`ComputerStatusRollupInfo`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComputerStatus {
    /// Different for every report.
    pub instance_id: Uuid,
    /// The computer.
    pub computer_id: ComputerId,
    /// When the computer last looked for updates, if ever.
    pub effective_last_detection_time: Option<Timestamp>,
    /// Grows by one with every rollup of this computer, from 1 on.
    pub rollup_number: u32,
    /// What is not told is no longer known; otherwise what changed since the last rollup.
    pub is_full_rollup: bool,
    /// The states.
    pub update_status: Vec<UpdateStatus>,
}

impl Wire for ComputerStatus {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut instance_id, mut computer_id, mut rollup_number) = (None, None, None);
        let (mut detection, mut is_full_rollup, mut update_status) = (None, None, Vec::new());
        input.fields(|input, name| {
            match name {
                "InstanceId" => instance_id = Some(input.value()?),
                "ComputerId" => computer_id = Some(input.value()?),
                "EffectiveLastDetectionTime" => detection = input.value::<Happened>()?.0,
                "RollupNumber" => rollup_number = Some(input.value()?),
                "IsFullRollup" => is_full_rollup = Some(input.value()?),
                "UpdateStatus" => {
                    input.list("ComputerStatusRollupUpdateStatus", limits::UPDATE_STATUS, &mut update_status)?;
                }
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            instance_id: input.required(instance_id, "InstanceId")?,
            computer_id: input.required(computer_id, "ComputerId")?,
            effective_last_detection_time: detection,
            rollup_number: input.required(rollup_number, "RollupNumber")?,
            is_full_rollup: input.required(is_full_rollup, "IsFullRollup")?,
            update_status,
        })
    }

    fn write(&self, out: &mut Output) {
        out.field("InstanceId", &self.instance_id);
        out.field("ComputerId", &self.computer_id);
        out.field("EffectiveLastDetectionTime", &Happened(self.effective_last_detection_time));
        out.field("RollupNumber", &self.rollup_number);
        out.field("IsFullRollup", &self.is_full_rollup);
        out.array("UpdateStatus", "ComputerStatusRollupUpdateStatus", &self.update_status);
    }
}

/// The state of an update on a computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdateStatus {
    /// The update.
    pub update_id: UpdateId,
    /// Its state. [`Unknown`](UpdateState::Unknown) and [`NotApplicable`](UpdateState::NotApplicable) are not told
    /// apart reliably: the specification has both for 0 (MS-WSUSSS 3.1.1, 3.1.4.17.3.4).
    pub state: UpdateState,
    /// When it became so; the newer one counts.
    pub last_change_time: Timestamp,
}

impl Wire for UpdateStatus {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut update_id, mut state, mut last_change_time) = (None, None, None);
        input.fields(|input, name| {
            match name {
                "UpdateId" => update_id = Some(input.value()?),
                "SummarizationState" => state = Some(input.parsed("a state from 0 to 6", state_of)?),
                "LastChangeTime" => last_change_time = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            update_id: input.required(update_id, "UpdateId")?,
            state: input.required(state, "SummarizationState")?,
            last_change_time: input.required(last_change_time, "LastChangeTime")?,
        })
    }

    fn write(&self, out: &mut Output) {
        out.field("UpdateId", &self.update_id);
        out.field("SummarizationState", &number_of(self.state));
        out.field("LastChangeTime", &self.last_change_time);
    }
}

/// The state that a `SummarizationState` names; its numbers are not those of [`UpdateState::number`].
fn state_of(text: &str) -> Option<UpdateState> {
    let number: u8 = text.trim().parse().ok()?;
    UpdateState::ALL.into_iter().find(|state| number_of(*state) == number)
}

/// The `SummarizationState` of a state (MS-WSUSSS 3.1.4.17.3.4).
const fn number_of(state: UpdateState) -> u8 {
    match state {
        UpdateState::Unknown => 0,
        UpdateState::NotApplicable => 1,
        UpdateState::Needed => 2,
        UpdateState::Downloaded => 3,
        UpdateState::Installed => 4,
        UpdateState::Failed => 5,
        UpdateState::PendingReboot => 6,
    }
}
