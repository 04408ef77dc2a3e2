use jiff::Timestamp;
use model::ComputerId;
use uuid::Uuid;
use xml::Element;

use super::ComputerDetails;
use super::message::write_cookie;
use crate::input::Input;
use crate::output::Output;
use crate::time::Happened;
use crate::values::Wire;
use crate::{Problem, limits};

/// Reports computers (MS-WSUSSS 3.1.4.15); the answer names those that changed upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupComputers {
    /// The downstream server's clock.
    pub client_time: Timestamp,
    /// The computers; absent is a fault.
    pub computers: Vec<Computer>,
}

impl Wire for RollupComputers {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut client_time, mut computers) = (None, None);
        input.parameters(|input, name| match name {
            "clientTime" => input.value().map(|value| client_time = Some(value)),
            "computers" => {
                let computers = computers.get_or_insert_with(Vec::new);
                input.elements(|input, element| {
                    if element.name() != "ComputerRollupInfo" {
                        return input.skip();
                    }
                    if computers.len() >= limits::ROLLUP_COMPUTERS.max {
                        return Err(input.too_much(limits::ROLLUP_COMPUTERS));
                    }
                    computers.push(Computer::read(input, element)?);
                    Ok(())
                })
            }
            _ => input.skip(),
        })?;
        Ok(Self {
            client_time: input.required_parameter(client_time, "clientTime")?,
            computers: input.required_parameter(computers, "computers")?,
        })
    }

    fn write(&self, out: &mut Output) {
        write_cookie(out);
        out.field("clientTime", &self.client_time);
        out.element("computers", |out| {
            for computer in &self.computers {
                out.element("ComputerRollupInfo", |out| computer.write(out));
            }
        });
    }
}

/// A computer (`ComputerRollupInfo`); all but the details are attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Computer {
    /// Its id.
    pub computer_id: ComputerId,
    /// When it last asked for updates, if ever; what is older than what is known is ignored.
    pub last_sync_time: Option<Timestamp>,
    /// How that ended.
    pub last_sync_result: SyncResult,
    /// When it last started, if it ever said so.
    pub last_reported_reboot_time: Option<Timestamp>,
    /// When it last reported the states of updates, if ever.
    pub last_reported_status_time: Option<Timestamp>,
    /// When it last reported its inventory, if ever.
    pub last_inventory_time: Option<Timestamp>,
    /// The server it gets updates from.
    pub parent_server_id: Uuid,
    /// What it is: the first time, and when the answer said [`ComputerChange::NewParent`].
    pub details: Option<ComputerDetails>,
}

impl Computer {
    fn read(input: &mut Input<'_>, element: &Element<'_>) -> Result<Self, Problem> {
        let (mut computer_id, mut parent_server_id, mut details) = (None, None, None);
        let (mut sync, mut reboot, mut status, mut inventory) = (None, None, None, None);
        let mut last_sync_result = SyncResult::Unknown;
        input.attributes(element, |input, name| {
            match name {
                "ComputerId" => computer_id = Some(input.value()?),
                "LastSyncTime" => sync = input.value::<Happened>()?.0,
                "LastSyncResult" => last_sync_result = SyncResult::from_number(input.value()?),
                "LastReportedRebootTime" => reboot = input.value::<Happened>()?.0,
                "LastReportedStatusTime" => status = input.value::<Happened>()?.0,
                "LastInventoryTime" => inventory = input.value::<Happened>()?.0,
                "ParentServerId" => parent_server_id = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        input.elements(|input, element| match element.name() {
            "Details" => ComputerDetails::read(input, element).map(|value| details = Some(value)),
            _ => input.skip(),
        })?;
        Ok(Self {
            computer_id: input.required(computer_id, "ComputerId")?,
            last_sync_time: sync,
            last_sync_result,
            last_reported_reboot_time: reboot,
            last_reported_status_time: status,
            last_inventory_time: inventory,
            parent_server_id: input.required(parent_server_id, "ParentServerId")?,
            details,
        })
    }

    fn write(&self, out: &mut Output) {
        out.attribute("ComputerId", self.computer_id.as_str());
        out.attribute("LastSyncTime", &Happened(self.last_sync_time).text());
        out.attribute("LastSyncResult", self.last_sync_result.number());
        out.attribute("LastReportedRebootTime", &Happened(self.last_reported_reboot_time).text());
        out.attribute("LastReportedStatusTime", &Happened(self.last_reported_status_time).text());
        out.attribute("LastInventoryTime", &Happened(self.last_inventory_time).text());
        out.attribute("ParentServerId", &self.parent_server_id.hyphenated().to_string());
        if let Some(details) = &self.details {
            out.element("Details", |out| details.write(out));
        }
    }
}

/// How a computer's last attempt to get updates ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SyncResult {
    /// 0: not known, or it never tried; any number that is not defined as well.
    Unknown,
    /// 1.
    Succeeded,
    /// 2.
    Failed,
}

impl SyncResult {
    const fn from_number(number: i32) -> Self {
        match number {
            1 => Self::Succeeded,
            2 => Self::Failed,
            _ => Self::Unknown,
        }
    }

    const fn number(self) -> &'static str {
        match self {
            Self::Unknown => "0",
            Self::Succeeded => "1",
            Self::Failed => "2",
        }
    }
}

/// A computer that changed upstream, in the answer to [`RollupComputers`]; each at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedComputer {
    /// The computer.
    pub computer_id: ComputerId,
    /// What changed.
    pub change: ComputerChange,
}

/// What a downstream server is to do about a computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ComputerChange {
    /// Forget it: it was removed upstream.
    Deleted,
    /// Send its details: it is new upstream, or came from another server.
    NewParent,
}

impl Wire for ComputerChange {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("Deleted or NewParent", |text| match text.trim() {
            "Deleted" => Some(Self::Deleted),
            "NewParent" => Some(Self::NewParent),
            _ => None,
        })
    }

    fn write(&self, out: &mut Output) {
        out.markup(self.as_str());
    }
}

impl ComputerChange {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "Deleted",
            Self::NewParent => "NewParent",
        }
    }
}

/// Reads the answer; absent is empty.
pub(super) fn read_changes(input: &mut Input<'_>) -> Result<Vec<ChangedComputer>, Problem> {
    let mut changes = Vec::new();
    input.parameters(|input, name| {
        if name != "RollupComputersResult" {
            return input.skip();
        }
        input.elements(|input, element| {
            if element.name() != "ChangedComputer" {
                return input.skip();
            }
            if changes.len() >= limits::ROLLUP_COMPUTERS.max {
                return Err(input.too_much(limits::ROLLUP_COMPUTERS));
            }
            let (mut computer_id, mut change) = (None, None);
            input.attributes(element, |input, name| {
                match name {
                    "ComputerId" => computer_id = Some(input.value()?),
                    "Change" => change = Some(input.value()?),
                    _ => input.skip()?,
                }
                Ok(())
            })?;
            changes.push(ChangedComputer {
                computer_id: input.required(computer_id, "ComputerId")?,
                change: input.required(change, "Change")?,
            });
            input.skip()
        })
    })?;
    Ok(changes)
}

/// Writes the answer.
pub(super) fn write_changes(changes: &[ChangedComputer], out: &mut Output) {
    out.element("RollupComputersResult", |out| {
        for changed in changes {
            out.element("ChangedComputer", |out| {
                out.attribute("ComputerId", changed.computer_id.as_str());
                out.attribute("Change", changed.change.as_str());
            });
        }
    });
}
