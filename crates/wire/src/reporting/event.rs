use jiff::Timestamp;
use model::{RevisionNumber, UpdateId, UpdateIdentity};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Something that happened on a computer: `ReportingEvent` with its `BasicData`, `ExtendedData` and
/// `PrivateData` in one (MS-WUSP 2.2.2.3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// `TargetID/Sid`: the computer, which must be that of the cookie.
    pub sid: Option<String>,
    /// 0 in practice.
    pub sequence_number: i32,
    /// When it happened, by the computer's clock.
    pub time_at_target: Timestamp,
    /// Different for every occurrence: repeats are told by it.
    pub instance_id: Uuid,
    /// 1 for what Windows Update reports.
    pub namespace_id: i32,
    /// What happened: see the table of MS-WUSP 2.2.2.3.1.
    pub event_id: i16,
    /// 101 in practice.
    pub source_id: i16,
    /// The revision it is about; the zero GUID on the wire is none.
    pub update: Option<UpdateIdentity>,
    /// `Win32HResult`.
    pub hresult: i32,
    /// The program that made the agent act.
    pub app_name: Option<String>,
    /// Parameters of the event's text.
    pub replacement_strings: Vec<String>,
    /// `key=value` strings; event 156 keeps its lists of updates here.
    pub misc_data: Vec<String>,
    /// `ComputerBrand`.
    pub computer_brand: Option<String>,
    /// `ComputerModel`.
    pub computer_model: Option<String>,
    /// `BiosRevision`.
    pub bios_revision: Option<String>,
    /// Such as `Amd64Compatible`.
    pub processor_architecture: Option<String>,
    /// Version of the system.
    pub os_version: Option<OsVersion>,
    /// Such as 1033.
    pub os_locale_id: i32,
    /// The device a driver is for.
    pub device_id: Option<String>,
    /// `PrivateData/ComputerDnsName`; stock clients leave it out.
    pub computer_dns_name: Option<String>,
    /// `PrivateData/UserAccountName`; stock clients leave it out.
    pub user_account_name: Option<String>,
}

impl Wire for Event {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        input.fields(|input, name| match name {
            "BasicData" => fields.read_basic(input),
            "ExtendedData" => fields.read_extended(input),
            "PrivateData" => fields.read_private(input),
            _ => input.skip(),
        })?;
        Ok(Self {
            time_at_target: input.required(fields.time_at_target, "TimeAtTarget")?,
            instance_id: input.required(fields.instance_id, "EventInstanceID")?,
            event_id: input.required(fields.event_id, "EventID")?,
            ..fields.event
        })
    }

    fn write(&self, out: &mut Output) {
        out.element("BasicData", |out| self.write_basic(out));
        out.element("ExtendedData", |out| self.write_extended(out));
        out.element("PrivateData", |out| {
            out.optional("ComputerDnsName", self.computer_dns_name.as_ref());
            out.optional("UserAccountName", self.user_account_name.as_ref());
        });
    }
}

impl Event {
    /// The event `event_id` at that time, with everything else empty or as stock clients have it.
    pub fn new(event_id: i16, instance_id: Uuid, time_at_target: Timestamp) -> Self {
        Self {
            sid: None,
            sequence_number: 0,
            time_at_target,
            instance_id,
            namespace_id: 1,
            event_id,
            source_id: 101,
            update: None,
            hresult: 0,
            app_name: None,
            replacement_strings: Vec::new(),
            misc_data: Vec::new(),
            computer_brand: None,
            computer_model: None,
            bios_revision: None,
            processor_architecture: None,
            os_version: None,
            os_locale_id: 0,
            device_id: None,
            computer_dns_name: None,
            user_account_name: None,
        }
    }

    fn write_basic(&self, out: &mut Output) {
        out.element("TargetID", |out| out.optional("Sid", self.sid.as_ref()));
        out.field("SequenceNumber", &self.sequence_number);
        out.field("TimeAtTarget", &self.time_at_target);
        out.field("EventInstanceID", &self.instance_id);
        out.field("NamespaceID", &self.namespace_id);
        out.field("EventID", &self.event_id);
        out.field("SourceID", &self.source_id);
        out.element("UpdateID", |out| {
            out.field("UpdateID", &self.update.map_or(Uuid::nil(), |update| update.update_id.0));
            match self.update {
                Some(update) => out.field("RevisionNumber", &update.revision_number),
                None => out.field("RevisionNumber", &0),
            }
        });
        out.field("Win32HResult", &self.hresult);
        out.optional("AppName", self.app_name.as_ref());
    }

    fn write_extended(&self, out: &mut Output) {
        out.list("ReplacementStrings", "string", &self.replacement_strings);
        out.list("MiscData", "string", &self.misc_data);
        out.optional("ComputerBrand", self.computer_brand.as_ref());
        out.optional("ComputerModel", self.computer_model.as_ref());
        out.optional("BiosRevision", self.bios_revision.as_ref());
        let unknown = "Unknown".to_owned();
        out.field("ProcessorArchitecture", self.processor_architecture.as_ref().unwrap_or(&unknown));
        out.field("OSVersion", &self.os_version.unwrap_or_default());
        out.field("OSLocaleID", &self.os_locale_id);
        out.optional("DeviceID", self.device_id.as_ref());
    }
}

/// An event while it is read: what must be there may still be missing.
struct Fields {
    event: Event,
    time_at_target: Option<Timestamp>,
    instance_id: Option<Uuid>,
    event_id: Option<i16>,
}

impl Default for Fields {
    fn default() -> Self {
        let mut event = Event::new(0, Uuid::nil(), Timestamp::UNIX_EPOCH);
        // Said by the client or not said: not assumed here.
        (event.namespace_id, event.source_id) = (0, 0);
        Self { event, time_at_target: None, instance_id: None, event_id: None }
    }
}

impl Fields {
    fn read_basic(&mut self, input: &mut Input<'_>) -> Result<(), Problem> {
        input.fields(|input, name| {
            match name {
                "TargetID" => input.fields(|input, name| match name {
                    "Sid" => input.value().map(|sid| self.event.sid = Some(sid)),
                    _ => input.skip(),
                })?,
                "SequenceNumber" => self.event.sequence_number = input.value()?,
                "TimeAtTarget" => self.time_at_target = Some(input.value()?),
                "EventInstanceID" => self.instance_id = Some(input.value()?),
                "NamespaceID" => self.event.namespace_id = input.value()?,
                "EventID" => self.event_id = Some(input.value()?),
                "SourceID" => self.event.source_id = input.value()?,
                "UpdateID" => self.event.update = revision(input)?,
                "Win32HResult" => self.event.hresult = input.value()?,
                "AppName" => self.event.app_name = Some(event_text(input)?),
                _ => input.skip()?,
            }
            Ok(())
        })
    }

    fn read_extended(&mut self, input: &mut Input<'_>) -> Result<(), Problem> {
        let event = &mut self.event;
        input.fields(|input, name| {
            match name {
                "ReplacementStrings" => {
                    input.list_of("string", limits::EVENT_STRINGS, &mut event.replacement_strings, event_text)?;
                }
                "MiscData" => input.list_of("string", limits::EVENT_STRINGS, &mut event.misc_data, event_text)?,
                "ComputerBrand" => event.computer_brand = Some(input.value()?),
                "ComputerModel" => event.computer_model = Some(input.value()?),
                "BiosRevision" => event.bios_revision = Some(input.value()?),
                "ProcessorArchitecture" => event.processor_architecture = Some(input.value()?),
                "OSVersion" => event.os_version = Some(input.value()?),
                "OSLocaleID" => event.os_locale_id = input.value()?,
                "DeviceID" => event.device_id = Some(event_text(input)?),
                _ => input.skip()?,
            }
            Ok(())
        })
    }

    fn read_private(&mut self, input: &mut Input<'_>) -> Result<(), Problem> {
        input.fields(|input, name| {
            match name {
                "ComputerDnsName" => self.event.computer_dns_name = Some(input.value()?),
                "UserAccountName" => self.event.user_account_name = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })
    }
}

fn event_text(input: &mut Input<'_>) -> Result<String, Problem> {
    Ok(input.text(limits::EVENT_TEXT)?.into_owned())
}

/// Reads an `UpdateRevisionIdentifier`; the zero GUID is none, whatever its revision number.
fn revision(input: &mut Input<'_>) -> Result<Option<UpdateIdentity>, Problem> {
    let (mut update_id, mut number) = (None, None);
    input.fields(|input, name| {
        match name {
            "UpdateID" => update_id = Some(input.value::<Uuid>()?),
            "RevisionNumber" => number = Some(input.value::<i32>()?),
            _ => input.skip()?,
        }
        Ok(())
    })?;
    let Some(update_id) = update_id.filter(|id| !id.is_nil()) else { return Ok(None) };
    let number = input.required(number, "RevisionNumber")?;
    let revision_number = u32::try_from(number)
        .ok()
        .and_then(|number| RevisionNumber::new(number).ok())
        .ok_or_else(|| input.malformed(&number.to_string(), "a revision number"))?;
    Ok(Some(UpdateIdentity { update_id: UpdateId(update_id), revision_number }))
}

/// Version of the system an event came from (`DetailedVersion`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OsVersion {
    /// Major version.
    pub major: i32,
    /// Minor version.
    pub minor: i32,
    /// Build number.
    pub build: i32,
    /// Revision of the build.
    pub revision: i32,
    /// Major number of the service pack.
    pub service_pack_major: i32,
    /// Minor number of the service pack.
    pub service_pack_minor: i32,
}

impl Wire for OsVersion {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut version = Self::default();
        input.fields(|input, name| {
            match name {
                "Major" => version.major = input.value()?,
                "Minor" => version.minor = input.value()?,
                "Build" => version.build = input.value()?,
                "Revision" => version.revision = input.value()?,
                "ServicePackMajor" => version.service_pack_major = input.value()?,
                "ServicePackMinor" => version.service_pack_minor = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(version)
    }

    fn write(&self, out: &mut Output) {
        out.field("Major", &self.major);
        out.field("Minor", &self.minor);
        out.field("Build", &self.build);
        out.field("Revision", &self.revision);
        out.field("ServicePackMajor", &self.service_pack_major);
        out.field("ServicePackMinor", &self.service_pack_minor);
    }
}
