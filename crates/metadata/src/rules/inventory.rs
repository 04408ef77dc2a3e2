use model::{DriverMatch, Timestamp, UpdateId};
use uuid::Uuid;

use super::{CbsIdentity, Fact, MsiPatch, Unknown, Version};

/// Facts about one computer, asked for while rules are evaluated.
///
/// Every answer may be [`Unknown`], and is unless an implementation says otherwise; "it is not there"
/// is an answer. Questions have no side effects and may be asked thousands of times in one scan, so
/// that an implementation that has to look should remember. Names and paths compare without case.
#[allow(unused_variables, reason = "the names of arguments are part of the documentation")]
pub trait Inventory {
    /// The operating system's true version, without any compatibility shim.
    fn os_version(&self) -> Fact<OsVersion> {
        Err(Unknown)
    }

    /// True for a platform of that name; agents run on `Windows`.
    fn is_platform(&self, id: &str) -> Fact<bool> {
        Ok(id.eq_ignore_ascii_case("Windows"))
    }

    /// The language the operating system is localized to, such as `en-US`.
    fn os_language(&self) -> Fact<String> {
        Err(Unknown)
    }

    /// The languages of the multilingual user interface; `None` where that is not installed.
    fn mui_languages(&self) -> Fact<Option<Vec<String>>> {
        Err(Unknown)
    }

    /// `GetSystemMetrics(index)`.
    fn system_metric(&self, index: i32) -> Fact<i32> {
        Err(Unknown)
    }

    /// The native processor, whatever the agent runs as.
    fn processor(&self) -> Fact<Processor> {
        Err(Unknown)
    }

    /// The number of logical processors.
    fn processor_count(&self) -> Fact<u32> {
        Err(Unknown)
    }

    /// True if the computer is a member of a cluster.
    fn is_cluster_node(&self) -> Fact<bool> {
        Err(Unknown)
    }

    /// True if this node owns the cluster resource `name`; false also if it cannot be opened.
    fn owns_cluster_resource(&self, name: &str) -> Fact<bool> {
        Err(Unknown)
    }

    /// The folder that `SHGetFolderPath` names by `csidl`, if there is one.
    fn known_folder(&self, csidl: i32) -> Fact<Option<String>> {
        Err(Unknown)
    }

    /// The file at the absolute `path`, if there is one.
    fn file(&self, path: &str) -> Fact<Option<FileFacts>> {
        Err(Unknown)
    }

    /// True if the key exists below `HKEY_LOCAL_MACHINE`; `path` has no backslash at either end.
    fn registry_key(&self, view: RegistryView, path: &str) -> Fact<bool> {
        Err(Unknown)
    }

    /// The names of the subkeys; none if the key does not exist.
    fn registry_subkeys(&self, view: RegistryView, path: &str) -> Fact<Vec<String>> {
        Err(Unknown)
    }

    /// The value `name` of a key, if both exist; an empty name is the key's default value.
    fn registry_value(&self, view: RegistryView, path: &str, name: &str) -> Fact<Option<RegistryData>> {
        Err(Unknown)
    }

    /// True if the query yields at least one row.
    fn wmi_has_row(&self, namespace: &str, query: &str) -> Fact<bool> {
        Err(Unknown)
    }

    /// The software licensing policy of that name, if there is one that is a number.
    fn license_dword(&self, name: &str) -> Fact<Option<u32>> {
        Err(Unknown)
    }

    /// True if there is a software licensing policy of that name.
    fn license_value_exists(&self, name: &str) -> Fact<bool> {
        Ok(self.license_dword(name)?.is_some())
    }

    /// True if this computer's history holds an installation of `update`.
    fn installed_once(&self, update: UpdateId) -> Fact<bool> {
        Err(Unknown)
    }

    /// The product, if its state is local, source or default.
    fn msi_product(&self, product: Uuid) -> Fact<Option<MsiProduct>> {
        Err(Unknown)
    }

    /// True if the feature is installed for the product.
    fn msi_feature_installed(&self, product: Uuid, feature: &str) -> Fact<bool> {
        Err(Unknown)
    }

    /// True if the component is installed for the product.
    fn msi_component_installed(&self, product: Uuid, component: Uuid) -> Fact<bool> {
        Err(Unknown)
    }

    /// True if the patch is applied to the product.
    fn msi_patch_applied(&self, product: Uuid, patch: Uuid) -> Fact<bool> {
        Err(Unknown)
    }

    /// Where the patch stands by Windows Installer's sequencing rules.
    fn msi_patch_state(&self, patch: &MsiPatch) -> Fact<MsiPatchState> {
        Err(Unknown)
    }

    /// True if a newer product related to `product` is installed.
    fn msi_application_superseded(&self, product: Uuid) -> Fact<bool> {
        Err(Unknown)
    }

    /// True if the component store holds the package in state "installed".
    fn cbs_package_installed(&self, package: &CbsIdentity) -> Fact<bool> {
        Err(Unknown)
    }

    /// True if the component store says that the package applies: parents present, versions lower.
    fn cbs_package_installable(&self, package: &CbsIdentity) -> Fact<bool> {
        Err(Unknown)
    }

    /// How the driver stands to the one installed for the device it matches best; `None` without such a device.
    fn driver_standing(&self, driver: &DriverMatch) -> Fact<Option<DriverStanding>> {
        Err(Unknown)
    }

    /// The installed version of a release such as `Client.OS.RS2.AMD64`, if it is installed.
    ///
    /// For `Client.OS.*` that is the operating system's version with its revision where the architecture fits.
    fn product_release(&self, name: &str) -> Fact<Option<Version>> {
        Err(Unknown)
    }

    /// A device attribute such as `OSSkuId`, if this computer has it.
    fn device_attribute(&self, name: &str) -> Fact<Option<String>> {
        Err(Unknown)
    }
}

/// What `WindowsVersion` compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OsVersion {
    /// Major version.
    pub major: u32,
    /// Minor version.
    pub minor: u32,
    /// Build number.
    pub build: u32,
    /// Major number of the service pack.
    pub service_pack_major: u16,
    /// Minor number of the service pack.
    pub service_pack_minor: u16,
    /// Installed suites, a bit each (`VER_SUITE_…`).
    pub suite_mask: u16,
    /// 1 workstation, 2 domain controller, 3 server.
    pub product_type: u16,
}

/// The native processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Processor {
    /// 0 x86, 5 ARM, 6 IA64, 9 x64, 12 ARM64.
    pub architecture: u16,
    /// Level.
    pub level: u16,
    /// Revision.
    pub revision: u16,
}

/// What rules ask of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// Fixed version of the version resource, if there is one.
    pub version: Option<Version>,
    /// Language of the version resource, if there is one.
    pub language: Option<u16>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last modified.
    pub modified: Timestamp,
    /// Length in bytes.
    pub size: u64,
}

/// Which registry a 64-bit computer shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RegistryView {
    /// The computer's own.
    #[default]
    Native,
    /// The one 32-bit programs see (`RegType32`).
    Wow32,
}

/// Data of a registry value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryData {
    /// `REG_SZ`.
    Sz(String),
    /// `REG_EXPAND_SZ`, as it is stored.
    ExpandSz(String),
    /// `REG_MULTI_SZ`.
    MultiSz(Vec<String>),
    /// `REG_DWORD`.
    Dword(u32),
    /// `REG_QWORD`.
    Qword(u64),
    /// `REG_BINARY`.
    Binary(Vec<u8>),
    /// `REG_FULL_RESOURCE_DESCRIPTOR`.
    FullResourceDescriptor(Vec<u8>),
    /// Another type, by its number.
    Other(u32),
}

impl RegistryData {
    /// The name of its type, as rules write it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Sz(_) => "REG_SZ",
            Self::ExpandSz(_) => "REG_EXPAND_SZ",
            Self::MultiSz(_) => "REG_MULTI_SZ",
            Self::Dword(_) => "REG_DWORD",
            Self::Qword(_) => "REG_QWORD",
            Self::Binary(_) => "REG_BINARY",
            Self::FullResourceDescriptor(_) => "REG_FULL_RESOURCE_DESCRIPTOR",
            Self::Other(_) => "another type",
        }
    }
}

/// An installed Windows Installer product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MsiProduct {
    /// Its version.
    pub version: Version,
    /// Its language, as an LCID.
    pub language: u32,
}

/// Where a Windows Installer patch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MsiPatchState {
    /// It is applied.
    Applied,
    /// An applied patch obsoletes it.
    Obsoleted,
    /// It could be applied to an installed product.
    Applicable,
    /// None of that.
    NotApplicable,
}

/// How a driver stands to the installed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriverStanding {
    /// It is a better match.
    Better,
    /// It is an equal match.
    Equal,
    /// It is a worse match.
    Worse,
}
