use std::num::NonZeroU32;

use model::ComputerId;
use uuid::Uuid;

use super::message::write_cookie;
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// What the upstream server wants to be told, and how much at once (MS-WSUSSS 3.1.4.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollupConfiguration {
    /// Computers and their states are wanted, not only the summaries of servers.
    pub do_detailed_rollup: bool,
    /// A new one makes the downstream server report everything again.
    pub rollup_reset_guid: Uuid,
    /// The upstream server.
    pub server_id: Uuid,
    /// Client summaries in one `RollupDownstreamServers`, summed over its servers; native says 5,000.
    pub downstream_servers_max: NonZeroU32,
    /// Computers in one `RollupComputers`; native says 1,500.
    pub computers_max: NonZeroU32,
    /// Numbers in one `GetOutOfSyncComputers`; native says 20,000.
    pub out_of_sync_computers_max: NonZeroU32,
    /// Computers in one `RollupComputerStatus`; native says 500. See [`limits::ROLLUP`](crate::limits::ROLLUP).
    pub computer_status_max: NonZeroU32,
}

impl Wire for RollupConfiguration {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut do_detailed_rollup, mut rollup_reset_guid, mut server_id) = (None, None, None);
        let (mut servers, mut computers, mut out_of_sync, mut status) = (None, None, None, None);
        input.fields(|input, name| {
            match name {
                "DoDetailedRollup" => do_detailed_rollup = Some(input.value()?),
                "RollupResetGuid" => rollup_reset_guid = Some(input.value()?),
                "ServerId" => server_id = Some(input.value()?),
                "RollupDownstreamServersMaxBatchSize" => servers = Some(batch_size(input)?),
                "RollupComputersMaxBatchSize" => computers = Some(batch_size(input)?),
                "GetOutOfSyncComputersMaxBatchSize" => out_of_sync = Some(batch_size(input)?),
                "RollupComputerStatusMaxBatchSize" => status = Some(batch_size(input)?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            do_detailed_rollup: input.required(do_detailed_rollup, "DoDetailedRollup")?,
            rollup_reset_guid: input.required(rollup_reset_guid, "RollupResetGuid")?,
            server_id: input.required(server_id, "ServerId")?,
            downstream_servers_max: input.required(servers, "RollupDownstreamServersMaxBatchSize")?,
            computers_max: input.required(computers, "RollupComputersMaxBatchSize")?,
            out_of_sync_computers_max: input.required(out_of_sync, "GetOutOfSyncComputersMaxBatchSize")?,
            computer_status_max: input.required(status, "RollupComputerStatusMaxBatchSize")?,
        })
    }

    fn write(&self, out: &mut Output) {
        out.field("DoDetailedRollup", &self.do_detailed_rollup);
        out.field("RollupResetGuid", &self.rollup_reset_guid);
        out.field("ServerId", &self.server_id);
        out.field("RollupDownstreamServersMaxBatchSize", &self.downstream_servers_max.get());
        out.field("RollupComputersMaxBatchSize", &self.computers_max.get());
        out.field("GetOutOfSyncComputersMaxBatchSize", &self.out_of_sync_computers_max.get());
        out.field("RollupComputerStatusMaxBatchSize", &self.computer_status_max.get());
    }
}

fn batch_size(input: &mut Input<'_>) -> Result<NonZeroU32, Problem> {
    let size: u32 = input.value()?;
    NonZeroU32::new(size).ok_or_else(|| input.malformed("0", "a number from 1 to 2147483647"))
}

/// Asks of which computers the upstream server missed a rollup (MS-WSUSSS 3.1.4.16); the answer is their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetOutOfSyncComputers {
    /// The server the computers report to.
    pub parent_server_id: Uuid,
    /// The number of the last rollup of each; absent is a fault.
    pub last_rollup_numbers: Vec<LastRollupNumber>,
}

impl Wire for GetOutOfSyncComputers {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut parent_server_id, mut numbers) = (None, None);
        input.parameters(|input, name| match name {
            "parentServerId" => input.value().map(|value| parent_server_id = Some(value)),
            "lastRollupNumbers" => {
                input.list("ComputerLastRollupNumber", limits::ROLLUP_NUMBERS, numbers.get_or_insert_with(Vec::new))
            }
            _ => input.skip(),
        })?;
        Ok(Self {
            parent_server_id: input.required_parameter(parent_server_id, "parentServerId")?,
            last_rollup_numbers: input.required_parameter(numbers, "lastRollupNumbers")?,
        })
    }

    fn write(&self, out: &mut Output) {
        write_cookie(out);
        out.field("parentServerId", &self.parent_server_id);
        out.array("lastRollupNumbers", "ComputerLastRollupNumber", &self.last_rollup_numbers);
    }
}

/// A computer and the number of its last rollup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastRollupNumber {
    /// The computer.
    pub computer_id: ComputerId,
    /// [`ComputerStatus::rollup_number`](super::ComputerStatus::rollup_number) of the last one; 0 when there was none.
    pub rollup_number: u32,
}

impl Wire for LastRollupNumber {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut computer_id, mut rollup_number) = (None, None);
        input.fields(|input, name| {
            match name {
                "ComputerId" => computer_id = Some(input.value()?),
                "RollupNumber" => rollup_number = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            computer_id: input.required(computer_id, "ComputerId")?,
            rollup_number: input.required(rollup_number, "RollupNumber")?,
        })
    }

    fn write(&self, out: &mut Output) {
        out.field("ComputerId", &self.computer_id);
        out.field("RollupNumber", &self.rollup_number);
    }
}
