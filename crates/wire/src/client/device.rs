use jiff::Timestamp;
use model::{DriverVersion, HardwareId};
use uuid::Uuid;

use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// A device of a computer (MS-WUSP 2.2.2.2.4, `Device`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Ids of exactly this device, most specific first.
    pub hardware_ids: Vec<HardwareId>,
    /// Ids of devices it is compatible with.
    pub compatible_ids: Vec<HardwareId>,
    /// Its driver, if it has one.
    pub installed_driver: Option<InstalledDriver>,
    /// Extension drivers on top of it.
    pub extension_drivers: Vec<ExtensionDriver>,
    /// `DriverRecoveryIDs`.
    pub recovery_ids: Vec<String>,
    /// `DeviceFlags`; bit 0: not enumerated by Plug and Play, such as a printer.
    pub flags: u8,
}

impl Wire for Device {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut device = Self::default();
        input.fields(|input, name| {
            match name {
                "HardwareIDs" => input.list("string", limits::HARDWARE_IDS, &mut device.hardware_ids)?,
                "CompatibleIDs" => input.list("string", limits::HARDWARE_IDS, &mut device.compatible_ids)?,
                "installedDriver" => device.installed_driver = Some(input.value()?),
                "extensionDriver" => {
                    input.list("extensionDriver", limits::EXTENSION_DRIVERS, &mut device.extension_drivers)?;
                }
                "DriverRecoveryIDs" => {
                    input.list("DriverRecoveryID", limits::RECOVERY_IDS, &mut device.recovery_ids)?;
                }
                "DeviceFlags" => device.flags = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(device)
    }

    fn write(&self, out: &mut Output) {
        out.list("HardwareIDs", "string", &self.hardware_ids);
        out.list("CompatibleIDs", "string", &self.compatible_ids);
        out.optional("installedDriver", self.installed_driver.as_ref());
        out.list("extensionDriver", "extensionDriver", &self.extension_drivers);
        out.list("DriverRecoveryIDs", "DriverRecoveryID", &self.recovery_ids);
        if self.flags != 0 {
            out.field("DeviceFlags", &self.flags);
        }
    }
}

/// The driver a device has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledDriver {
    /// The id of the device by which the driver was chosen.
    pub matching_id: Option<HardwareId>,
    /// `DriverVerDate`.
    pub date: Timestamp,
    /// `DriverVerVersion`.
    pub version: DriverVersion,
    /// Device class, such as `Printer`.
    pub class: Option<String>,
    /// The driver's manufacturer.
    pub manufacturer: Option<String>,
    /// The driver's provider.
    pub provider: Option<String>,
    /// The device's model, as the driver calls it.
    pub model: Option<String>,
    /// The computer hardware id by which the driver was chosen, if by one.
    pub matching_computer_id: Option<Uuid>,
    /// `0xSSGGTHHH`; `GG` is the feature score.
    pub rank: u32,
}

impl Wire for InstalledDriver {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut matching_id, mut date, mut version, mut matching_computer_id) = (None, None, None, None);
        let (mut class, mut manufacturer, mut provider, mut model) = (None, None, None, None);
        let mut rank: Option<i32> = None;
        input.fields(|input, name| {
            match name {
                "MatchingID" => matching_id = Some(input.value()?),
                "DriverVerDate" => date = Some(input.value()?),
                "DriverVerVersion" => version = Some(input.value()?),
                "Class" => class = Some(input.value()?),
                "Manufacturer" => manufacturer = Some(input.value()?),
                "Provider" => provider = Some(input.value()?),
                "Model" => model = Some(input.value()?),
                "MatchingComputerHWID" => matching_computer_id = Some(input.value()?),
                "DriverRank" => rank = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            matching_id,
            date: input.required(date, "DriverVerDate")?,
            version: input.required(version, "DriverVerVersion")?,
            class,
            manufacturer,
            provider,
            model,
            matching_computer_id,
            rank: input.required(rank, "DriverRank")?.cast_unsigned(),
        })
    }

    fn write(&self, out: &mut Output) {
        out.optional("MatchingID", self.matching_id.as_ref());
        out.field("DriverVerDate", &self.date);
        out.field("DriverVerVersion", &self.version);
        out.optional("Class", self.class.as_ref());
        out.optional("Manufacturer", self.manufacturer.as_ref());
        out.optional("Provider", self.provider.as_ref());
        out.optional("Model", self.model.as_ref());
        out.optional("MatchingComputerHWID", self.matching_computer_id.as_ref());
        out.field("DriverRank", &self.rank.cast_signed());
    }
}

/// A driver that adds to another (`extensionDriver`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionDriver {
    /// What kind of extension it is.
    pub extension_id: String,
    /// `DriverVerDate`.
    pub date: Timestamp,
    /// `DriverVerVersion`.
    pub version: DriverVersion,
    /// Device class: `Extension`.
    pub class: Option<String>,
    /// As of [`InstalledDriver`].
    pub rank: u32,
    /// As of [`InstalledDriver`].
    pub matching_computer_id: Option<Uuid>,
}

impl Wire for ExtensionDriver {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut extension_id, mut date, mut version) = (None, None, None);
        let (mut class, mut matching_computer_id) = (None, None);
        let mut rank: Option<i32> = None;
        input.fields(|input, name| {
            match name {
                "ExtensionId" => extension_id = Some(input.value()?),
                "DriverVerDate" => date = Some(input.value()?),
                "DriverVerVersion" => version = Some(input.value()?),
                "Class" => class = Some(input.value()?),
                "DriverRank" => rank = Some(input.value()?),
                "MatchingComputerHWID" => matching_computer_id = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            extension_id: input.required(extension_id, "ExtensionId")?,
            date: input.required(date, "DriverVerDate")?,
            version: input.required(version, "DriverVerVersion")?,
            class,
            rank: input.required(rank, "DriverRank")?.cast_unsigned(),
            matching_computer_id,
        })
    }

    fn write(&self, out: &mut Output) {
        out.field("ExtensionId", &self.extension_id);
        out.field("DriverVerDate", &self.date);
        out.field("DriverVerVersion", &self.version);
        out.optional("Class", self.class.as_ref());
        out.field("DriverRank", &self.rank.cast_signed());
        out.optional("MatchingComputerHWID", self.matching_computer_id.as_ref());
    }
}

/// `DriverVerVersion` travels as one signed number of 64 bits.
impl Wire for DriverVersion {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        i64::read(input).map(|version| Self(version.cast_unsigned()))
    }

    fn write(&self, out: &mut Output) {
        self.0.cast_signed().write(out);
    }
}
