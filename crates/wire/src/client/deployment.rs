use jiff::Timestamp;
use jiff::civil::Date;
use model::{DeploymentAction, DeploymentId, HardwareId};

use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// What a client is to do with a revision, on the wire (MS-WUSP 2.2.2.2.4, `Deployment`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Its number.
    pub id: DeploymentId,
    /// What to do.
    pub action: DeploymentAction,
    /// When it must be done by, if ever.
    pub deadline: Option<Timestamp>,
    /// Install without asking.
    pub is_assigned: bool,
    /// The day it was last changed.
    pub last_change: Date,
    /// 1 (lowest) to 3; native WSUS leaves it out.
    pub download_priority: Option<String>,
    /// Drivers only, for clients from protocol 1.6 on: the ids it was chosen for.
    pub hardware_ids: Vec<HardwareId>,
    /// For clients from protocol 1.8 on; older ones must not be sent it.
    pub flags: Option<DeploymentFlags>,
}

/// `AutoSelect`, `AutoDownload` and `SupersedenceBehavior`: all 0 in a WSUS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeploymentFlags {
    /// `AutoSelect`.
    pub auto_select: i32,
    /// `AutoDownload`.
    pub auto_download: i32,
    /// `SupersedenceBehavior`.
    pub supersedence_behavior: i32,
}

impl Wire for Deployment {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut id, mut action, mut is_assigned, mut last_change) = (None, None, None, None);
        let (mut deadline, mut download_priority, mut hardware_ids) = (None, None, Vec::new());
        let mut flags: Option<DeploymentFlags> = None;
        input.fields(|input, name| {
            match name {
                "ID" => id = Some(input.value()?),
                "Action" => action = Some(input.value()?),
                "Deadline" => deadline = Some(input.value()?),
                "IsAssigned" => is_assigned = Some(input.value()?),
                "LastChangeTime" => last_change = Some(input.value()?),
                "DownloadPriority" => download_priority = Some(input.value()?),
                "HardwareIds" => input.list("string", limits::ANSWER_LIST, &mut hardware_ids)?,
                "AutoSelect" => flags.get_or_insert_default().auto_select = input.value()?,
                "AutoDownload" => flags.get_or_insert_default().auto_download = input.value()?,
                "SupersedenceBehavior" => flags.get_or_insert_default().supersedence_behavior = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            id: input.required(id, "ID")?,
            action: input.required(action, "Action")?,
            deadline,
            is_assigned: input.required(is_assigned, "IsAssigned")?,
            last_change: input.required(last_change, "LastChangeTime")?,
            download_priority,
            hardware_ids,
            flags,
        })
    }

    /// The order is what stock clients need (native-behaviour §2.1).
    fn write(&self, out: &mut Output) {
        out.field("ID", &self.id);
        out.field("Action", &self.action);
        out.optional("Deadline", self.deadline.as_ref());
        out.field("IsAssigned", &self.is_assigned);
        out.field("LastChangeTime", &self.last_change);
        out.optional("DownloadPriority", self.download_priority.as_ref());
        out.list("HardwareIds", "string", &self.hardware_ids);
        if let Some(flags) = &self.flags {
            out.field("AutoSelect", &flags.auto_select);
            out.field("AutoDownload", &flags.auto_download);
            out.field("SupersedenceBehavior", &flags.supersedence_behavior);
        }
    }
}
