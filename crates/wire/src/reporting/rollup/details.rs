use jiff::Timestamp;
use model::TargetGroupId;
use xml::Element;

use crate::input::Input;
use crate::output::Output;
use crate::time::Happened;
use crate::{Problem, limits};

/// What a computer is (`ComputerRollupDetails`), for information only: texts are kept as given, an absent number is 0.
///
/// The specification has make, model and BIOS in at most 64 characters each, the architecture in 50, the client's version in
/// 20 and names of groups in 256; longer ones are taken, up to [`limits::TEXT`](crate::limits::TEXT).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComputerDetails {
    /// `IPAddress`.
    pub ip_address: Option<String>,
    /// `FullDomainName`.
    pub full_domain_name: Option<String>,
    /// `OSMajorVersion`.
    pub os_major_version: i32,
    /// `OSMinorVersion`.
    pub os_minor_version: i32,
    /// `OSBuildNumber`.
    pub os_build_number: i32,
    /// `OSServicePackMajorNumber`.
    pub os_service_pack_major_number: i32,
    /// `OSServicePackMinorNumber`.
    pub os_service_pack_minor_number: i32,
    /// `OSLocale`, such as `en-US`.
    pub os_locale: Option<String>,
    /// `OSFamily`.
    pub os_family: Option<String>,
    /// `OSDescription`.
    pub os_description: Option<String>,
    /// `ComputerMake`.
    pub computer_make: Option<String>,
    /// `ComputerModel`.
    pub computer_model: Option<String>,
    /// `BiosVersion`.
    pub bios_version: Option<String>,
    /// `BiosName`.
    pub bios_name: Option<String>,
    /// `BiosReleaseDate`.
    pub bios_release_date: Option<Timestamp>,
    /// `ProcessorArchitecture`, such as `AMD64`.
    pub processor_architecture: Option<String>,
    /// `SuiteMask`.
    pub suite_mask: i16,
    /// `OldProductType`: 1 is a workstation.
    pub old_product_type: u8,
    /// `NewProductType`.
    pub new_product_type: i32,
    /// `SystemMetrics`.
    pub system_metrics: i32,
    /// `ClientVersion`.
    pub client_version: Option<String>,
    /// The groups it is in.
    pub target_group_ids: Vec<TargetGroupId>,
    /// The groups it claims, whether they exist or not.
    pub requested_target_group_names: Vec<String>,
}

impl ComputerDetails {
    pub(super) fn read(input: &mut Input<'_>, element: &Element<'_>) -> Result<Self, Problem> {
        let mut details = Self::default();
        input.attributes(element, |input, name| {
            match name {
                "IPAddress" => details.ip_address = Some(input.value()?),
                "FullDomainName" => details.full_domain_name = Some(input.value()?),
                "OSMajorVersion" => details.os_major_version = input.value()?,
                "OSMinorVersion" => details.os_minor_version = input.value()?,
                "OSBuildNumber" => details.os_build_number = input.value()?,
                "OSServicePackMajorNumber" => details.os_service_pack_major_number = input.value()?,
                "OSServicePackMinorNumber" => details.os_service_pack_minor_number = input.value()?,
                "OSLocale" => details.os_locale = Some(input.value()?),
                "OSFamily" => details.os_family = Some(input.value()?),
                "OSDescription" => details.os_description = Some(input.value()?),
                "ComputerMake" => details.computer_make = Some(input.value()?),
                "ComputerModel" => details.computer_model = Some(input.value()?),
                "BiosVersion" => details.bios_version = Some(input.value()?),
                "BiosName" => details.bios_name = Some(input.value()?),
                "BiosReleaseDate" => details.bios_release_date = input.value::<Happened>()?.0,
                "ProcessorArchitecture" => details.processor_architecture = Some(input.value()?),
                "SuiteMask" => details.suite_mask = input.value()?,
                "OldProductType" => details.old_product_type = input.value()?,
                "NewProductType" => details.new_product_type = input.value()?,
                "SystemMetrics" => details.system_metrics = input.value()?,
                "ClientVersion" => details.client_version = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        let (groups, names) = (&mut details.target_group_ids, &mut details.requested_target_group_names);
        input.elements(|input, element| match element.name() {
            "TargetGroupIdList" => input.list("guid", limits::GROUPS_OF_COMPUTER, groups),
            "RequestedTargetGroupNames" => input.list("string", limits::GROUPS_OF_COMPUTER, names),
            _ => input.skip(),
        })?;
        Ok(details)
    }

    pub(super) fn write(&self, out: &mut Output) {
        out.optional_attribute("IPAddress", self.ip_address.as_deref());
        out.optional_attribute("FullDomainName", self.full_domain_name.as_deref());
        out.attribute("OSMajorVersion", &self.os_major_version.to_string());
        out.attribute("OSMinorVersion", &self.os_minor_version.to_string());
        out.attribute("OSBuildNumber", &self.os_build_number.to_string());
        out.attribute("OSServicePackMajorNumber", &self.os_service_pack_major_number.to_string());
        out.attribute("OSServicePackMinorNumber", &self.os_service_pack_minor_number.to_string());
        out.optional_attribute("OSLocale", self.os_locale.as_deref());
        out.optional_attribute("OSFamily", self.os_family.as_deref());
        out.optional_attribute("OSDescription", self.os_description.as_deref());
        out.optional_attribute("ComputerMake", self.computer_make.as_deref());
        out.optional_attribute("ComputerModel", self.computer_model.as_deref());
        out.optional_attribute("BiosVersion", self.bios_version.as_deref());
        out.optional_attribute("BiosName", self.bios_name.as_deref());
        out.attribute("BiosReleaseDate", &Happened(self.bios_release_date).text());
        out.optional_attribute("ProcessorArchitecture", self.processor_architecture.as_deref());
        out.attribute("SuiteMask", &self.suite_mask.to_string());
        out.attribute("OldProductType", &self.old_product_type.to_string());
        out.attribute("NewProductType", &self.new_product_type.to_string());
        out.attribute("SystemMetrics", &self.system_metrics.to_string());
        out.optional_attribute("ClientVersion", self.client_version.as_deref());
        out.array("TargetGroupIdList", "guid", &self.target_group_ids);
        out.array("RequestedTargetGroupNames", "string", &self.requested_target_group_names);
    }
}
