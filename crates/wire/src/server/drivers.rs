use model::UpdateIdentity;
use uuid::Uuid;

use super::{Anchor, Cookie, HardwareIdAndDelta, IdAndDelta};
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Asks which drivers there are for computers and devices (MS-WSUSSS 3.1.4.7): only a root server asks Microsoft so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetDriverIdList {
    /// The session.
    pub cookie: Option<Cookie>,
    /// For what; absent is a fault.
    pub filter: Option<DriverFilter>,
}

impl Wire for GetDriverIdList {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| {
            match name {
                "cookie" => request.cookie = Some(input.value()?),
                "filter" => request.filter = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional("filter", self.filter.as_ref());
    }
}

/// Which drivers are wanted (`ServerSyncDriverFilter`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriverFilter {
    /// That of the first answer of the last synchronization; all calls of one synchronization have the same.
    pub anchor: Option<Anchor>,
    /// Products; none for drivers of all of them.
    pub categories: Vec<IdAndDelta>,
    /// Computer models, at most `MaxNumberOfComputerIdsInRequest`; none for no driver sets.
    pub computer_ids: Vec<IdAndDelta>,
    /// Devices, at most `MaxNumberOfPnpHardwareIdsInRequest`; none for no drivers.
    pub pnp_hardware_ids: Vec<HardwareIdAndDelta>,
}

impl Wire for DriverFilter {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut filter = Self::default();
        input.fields(|input, name| match name {
            "Anchor" => input.value().map(|anchor| filter.anchor = anchor),
            "Categories" => input.list("IdAndDelta", limits::FILTER_CATEGORIES, &mut filter.categories),
            "ComputerIds" => input.list("IdAndDelta", limits::DRIVER_FILTER_IDS, &mut filter.computer_ids),
            "PnpHardwareIds" => {
                input.list("HardwareIdAndDelta", limits::DRIVER_FILTER_IDS, &mut filter.pnp_hardware_ids)
            }
            _ => input.skip(),
        })?;
        Ok(filter)
    }

    fn write(&self, out: &mut Output) {
        // It must be there, has no content, and is ignored (MS-WSUSSS 3.1.4.7.3.4).
        out.element("DssProtocolVersion", |_| {});
        out.optional("Anchor", self.anchor.as_ref());
        out.array("Categories", "IdAndDelta", &self.categories);
        out.array("ComputerIds", "IdAndDelta", &self.computer_ids);
        out.array("PnpHardwareIds", "HardwareIdAndDelta", &self.pnp_hardware_ids);
    }
}

/// The answer to [`GetDriverIdList`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverSetAndRevisionIdList {
    /// Up to where this answer goes.
    pub anchor: Anchor,
    /// Drivers, those of the new driver sets among them.
    pub new_revisions: Vec<UpdateIdentity>,
    /// Driver sets for the computer models.
    pub new_driver_sets: Vec<Uuid>,
    /// Driver sets that are gone; their drivers need not be.
    pub removed_driver_sets: Vec<Uuid>,
}

impl Wire for DriverSetAndRevisionIdList {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut anchor, mut new_revisions) = (None, Vec::new());
        let (mut new_driver_sets, mut removed_driver_sets) = (Vec::new(), Vec::new());
        input.fields(|input, name| match name {
            "Anchor" => input.value().map(|value| anchor = Some(value)),
            "NewRevisions" => input.list("UpdateIdentity", limits::REVISION_IDS, &mut new_revisions),
            "NewDriverSets" => input.list("guid", limits::REVISION_IDS, &mut new_driver_sets),
            "RemovedDriverSets" => input.list("guid", limits::REVISION_IDS, &mut removed_driver_sets),
            _ => input.skip(),
        })?;
        Ok(Self { anchor: input.required(anchor, "Anchor")?, new_revisions, new_driver_sets, removed_driver_sets })
    }

    fn write(&self, out: &mut Output) {
        out.field("Anchor", &self.anchor);
        out.array("NewRevisions", "UpdateIdentity", &self.new_revisions);
        out.array("NewDriverSets", "guid", &self.new_driver_sets);
        out.array("RemovedDriverSets", "guid", &self.removed_driver_sets);
    }
}

/// Asks for driver sets (MS-WSUSSS 3.1.4.8): only a root server asks Microsoft so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetDriverSetData {
    /// The session.
    pub cookie: Option<Cookie>,
    /// The sets, at most `MaxNumberOfDriverSetsPerRequest`; absent is a fault.
    pub driver_sets: Option<Vec<Uuid>>,
}

impl Wire for GetDriverSetData {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| match name {
            "cookie" => input.value().map(|cookie| request.cookie = Some(cookie)),
            "driverSets" => input.list("guid", limits::DRIVER_SETS, request.driver_sets.get_or_insert_default()),
            _ => input.skip(),
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional_array("driverSets", "guid", self.driver_sets.as_deref());
    }
}

/// Reads the answer's `DriverSets`; absent is empty.
pub(super) fn read_sets(input: &mut Input<'_>) -> Result<Vec<DriverSetData>, Problem> {
    let mut sets = Vec::new();
    input.parameters(|input, name| match name {
        "GetDriverSetDataResult" => input.fields(|input, name| match name {
            "DriverSets" => input.list("ServerSyncDriverSetData", limits::UPDATES, &mut sets),
            _ => input.skip(),
        }),
        _ => input.skip(),
    })?;
    Ok(sets)
}

/// Writes the answer.
pub(super) fn write_sets(sets: &[DriverSetData], out: &mut Output) {
    out.element("GetDriverSetDataResult", |out| out.array("DriverSets", "ServerSyncDriverSetData", sets));
}

/// A driver set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverSetData {
    /// Its id.
    pub id: Uuid,
    /// Its computer models, drivers and prerequisites; nothing here looks inside.
    pub xml: String,
}

impl Wire for DriverSetData {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut id, mut xml) = (None, String::new());
        input.fields(|input, name| {
            match name {
                "DriverSetId" => id = Some(input.value()?),
                "DriverSetXml" => xml = input.text(limits::DOCUMENT_TEXT)?.into_owned(),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self { id: input.required(id, "DriverSetId")?, xml })
    }

    fn write(&self, out: &mut Output) {
        out.field("DriverSetId", &self.id);
        out.field("DriverSetXml", &self.xml);
    }
}
