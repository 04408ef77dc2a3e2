use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Cookie;
use crate::Problem;
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;

/// Tells what computer the client runs on (MS-WUSP 2.2.2.2.3). The answer is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterComputer {
    /// The session.
    pub cookie: Option<Cookie>,
    /// What the computer is.
    pub computer_info: Option<ComputerInfo>,
}

impl Wire for RegisterComputer {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| {
            match name {
                "cookie" => request.cookie = Some(input.value()?),
                "computerInfo" => request.computer_info = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional("computerInfo", self.computer_info.as_ref());
    }
}

/// What a computer says of itself, for information only; texts are kept as given.
///
/// Numbers the schema calls `s:short` or `s:unsignedByte` are read as 32 bits wide, and an absent one
/// is 0: nothing hangs on them but what an administrator is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ComputerInfo {
    /// Its name on the network, as in `GetAuthorizationCookie`.
    pub dns_name: Option<String>,
    /// `OSMajorVersion`.
    pub os_major_version: i32,
    /// `OSMinorVersion`.
    pub os_minor_version: i32,
    /// `OSBuildNumber`: what tells Windows 10 from 11 and servers apart.
    pub os_build_number: i32,
    /// `OSServicePackMajorNumber`.
    pub os_service_pack_major_number: i32,
    /// `OSServicePackMinorNumber`.
    pub os_service_pack_minor_number: i32,
    /// `OSLocale`, such as `en-US`.
    pub os_locale: Option<String>,
    /// `ComputerManufacturer`.
    pub computer_manufacturer: Option<String>,
    /// `ComputerModel`.
    pub computer_model: Option<String>,
    /// `BiosVersion`.
    pub bios_version: Option<String>,
    /// `BiosName`.
    pub bios_name: Option<String>,
    /// `BiosReleaseDate`.
    pub bios_release_date: Option<Timestamp>,
    /// `ProcessorArchitecture`, free text such as `AMD64`.
    pub processor_architecture: Option<String>,
    /// `SuiteMask`.
    pub suite_mask: i32,
    /// `OldProductType`: 1 is a workstation.
    pub old_product_type: i32,
    /// `NewProductType`.
    pub new_product_type: i32,
    /// `SystemMetrics`.
    pub system_metrics: i32,
    /// `ClientVersionMajorNumber`.
    pub client_version_major_number: i32,
    /// `ClientVersionMinorNumber`.
    pub client_version_minor_number: i32,
    /// `ClientVersionBuildNumber`.
    pub client_version_build_number: i32,
    /// `ClientVersionQfeNumber`.
    pub client_version_qfe_number: i32,
    /// `OSDescription`; says Windows 10 on Windows 11.
    pub os_description: Option<String>,
    /// `OEM`.
    pub oem: Option<String>,
    /// `DeviceType`.
    pub device_type: Option<String>,
    /// `FirmwareVersion`.
    pub firmware_version: Option<String>,
    /// `MobileOperator`.
    pub mobile_operator: Option<String>,
}

impl Wire for ComputerInfo {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut info = Self::default();
        input.fields(|input, name| {
            match name {
                "DnsName" => info.dns_name = Some(input.value()?),
                "OSMajorVersion" => info.os_major_version = input.value()?,
                "OSMinorVersion" => info.os_minor_version = input.value()?,
                "OSBuildNumber" => info.os_build_number = input.value()?,
                "OSServicePackMajorNumber" => info.os_service_pack_major_number = input.value()?,
                "OSServicePackMinorNumber" => info.os_service_pack_minor_number = input.value()?,
                "OSLocale" => info.os_locale = Some(input.value()?),
                "ComputerManufacturer" => info.computer_manufacturer = Some(input.value()?),
                "ComputerModel" => info.computer_model = Some(input.value()?),
                "BiosVersion" => info.bios_version = Some(input.value()?),
                "BiosName" => info.bios_name = Some(input.value()?),
                "BiosReleaseDate" => info.bios_release_date = Some(input.value()?),
                "ProcessorArchitecture" => info.processor_architecture = Some(input.value()?),
                "SuiteMask" => info.suite_mask = input.value()?,
                "OldProductType" => info.old_product_type = input.value()?,
                "NewProductType" => info.new_product_type = input.value()?,
                "SystemMetrics" => info.system_metrics = input.value()?,
                "ClientVersionMajorNumber" => info.client_version_major_number = input.value()?,
                "ClientVersionMinorNumber" => info.client_version_minor_number = input.value()?,
                "ClientVersionBuildNumber" => info.client_version_build_number = input.value()?,
                "ClientVersionQfeNumber" => info.client_version_qfe_number = input.value()?,
                "OSDescription" => info.os_description = Some(input.value()?),
                "OEM" => info.oem = Some(input.value()?),
                "DeviceType" => info.device_type = Some(input.value()?),
                "FirmwareVersion" => info.firmware_version = Some(input.value()?),
                "MobileOperator" => info.mobile_operator = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(info)
    }

    fn write(&self, out: &mut Output) {
        out.optional("DnsName", self.dns_name.as_ref());
        out.field("OSMajorVersion", &self.os_major_version);
        out.field("OSMinorVersion", &self.os_minor_version);
        out.field("OSBuildNumber", &self.os_build_number);
        out.field("OSServicePackMajorNumber", &self.os_service_pack_major_number);
        out.field("OSServicePackMinorNumber", &self.os_service_pack_minor_number);
        out.optional("OSLocale", self.os_locale.as_ref());
        out.optional("ComputerManufacturer", self.computer_manufacturer.as_ref());
        out.optional("ComputerModel", self.computer_model.as_ref());
        out.optional("BiosVersion", self.bios_version.as_ref());
        out.optional("BiosName", self.bios_name.as_ref());
        out.optional("BiosReleaseDate", self.bios_release_date.as_ref());
        out.optional("ProcessorArchitecture", self.processor_architecture.as_ref());
        out.field("SuiteMask", &self.suite_mask);
        out.field("OldProductType", &self.old_product_type);
        out.field("NewProductType", &self.new_product_type);
        out.field("SystemMetrics", &self.system_metrics);
        out.field("ClientVersionMajorNumber", &self.client_version_major_number);
        out.field("ClientVersionMinorNumber", &self.client_version_minor_number);
        out.field("ClientVersionBuildNumber", &self.client_version_build_number);
        out.field("ClientVersionQfeNumber", &self.client_version_qfe_number);
        out.optional("OSDescription", self.os_description.as_ref());
        out.optional("OEM", self.oem.as_ref());
        out.optional("DeviceType", self.device_type.as_ref());
        out.optional("FirmwareVersion", self.firmware_version.as_ref());
        out.optional("MobileOperator", self.mobile_operator.as_ref());
    }
}
