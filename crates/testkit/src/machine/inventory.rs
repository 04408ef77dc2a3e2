use metadata::rules::{
    CbsIdentity, DriverStanding, Fact, FileFacts, Inventory, MsiProduct, OsVersion, Processor, RegistryData,
    RegistryView, Version,
};
use model::{DriverMatch, UpdateId};
use uuid::Uuid;

use super::{Machine, SystemFacts, folded_key};

impl Inventory for Machine {
    fn os_version(&self) -> Fact<OsVersion> {
        Ok(self.system.version)
    }

    fn os_language(&self) -> Fact<String> {
        Ok(self.language.to_owned())
    }

    fn mui_languages(&self) -> Fact<Option<Vec<String>>> {
        Ok(Some(vec![self.language.to_owned()]))
    }

    fn system_metric(&self, _index: i32) -> Fact<i32> {
        Ok(0)
    }

    fn processor(&self) -> Fact<Processor> {
        let architecture = u16::try_from(self.system.architecture.number()).unwrap_or(u16::MAX);
        Ok(Processor { architecture, level: 6, revision: 1 })
    }

    fn processor_count(&self) -> Fact<u32> {
        Ok(4)
    }

    fn is_cluster_node(&self) -> Fact<bool> {
        Ok(false)
    }

    fn known_folder(&self, csidl: i32) -> Fact<Option<String>> {
        let folder = match csidl {
            35 => "C:\\ProgramData",
            36 => "C:\\Windows",
            37 => "C:\\Windows\\System32",
            38 => "C:\\Program Files",
            41 => "C:\\Windows\\SysWOW64",
            42 => "C:\\Program Files (x86)",
            43 => "C:\\Program Files\\Common Files",
            _ => return Ok(None),
        };
        Ok(Some(folder.to_owned()))
    }

    fn file(&self, path: &str) -> Fact<Option<FileFacts>> {
        Ok(self.files.get(&path.to_lowercase()).copied())
    }

    fn registry_key(&self, _view: RegistryView, path: &str) -> Fact<bool> {
        let path = folded_key(path);
        // A key exists when it has a value, or a key below it has one.
        let below = format!("{path}\\");
        Ok(self.registry.keys().any(|(key, _)| *key == path || key.starts_with(&below)))
    }

    fn registry_subkeys(&self, _view: RegistryView, path: &str) -> Fact<Vec<String>> {
        let below = format!("{}\\", folded_key(path));
        let mut names: Vec<String> = self
            .registry
            .keys()
            .filter_map(|(key, _)| Some(key.strip_prefix(&below)?.split('\\').next()?.to_owned()))
            .collect();
        names.dedup();
        Ok(names)
    }

    fn registry_value(&self, _view: RegistryView, path: &str, name: &str) -> Fact<Option<RegistryData>> {
        Ok(self.registry.get(&(folded_key(path), name.to_lowercase())).cloned())
    }

    fn license_dword(&self, _name: &str) -> Fact<Option<u32>> {
        Ok(None)
    }

    fn installed_once(&self, update: UpdateId) -> Fact<bool> {
        Ok(self.history.contains(&update))
    }

    fn msi_product(&self, product: Uuid) -> Fact<Option<MsiProduct>> {
        Ok(self.products.get(&product).copied())
    }

    fn msi_feature_installed(&self, product: Uuid, _feature: &str) -> Fact<bool> {
        Ok(self.products.contains_key(&product))
    }

    fn msi_component_installed(&self, product: Uuid, _component: Uuid) -> Fact<bool> {
        Ok(self.products.contains_key(&product))
    }

    fn msi_patch_applied(&self, _product: Uuid, _patch: Uuid) -> Fact<bool> {
        Ok(false)
    }

    fn msi_application_superseded(&self, _product: Uuid) -> Fact<bool> {
        Ok(false)
    }

    fn cbs_package_installed(&self, package: &CbsIdentity) -> Fact<bool> {
        Ok(self.packages.iter().any(|installed| installed.is_same(package)))
    }

    /// A package applies on its own processor, and where no equal or newer version of it is installed.
    fn cbs_package_installable(&self, package: &CbsIdentity) -> Fact<bool> {
        let fits = package.architecture.eq_ignore_ascii_case(self.system.architecture.package_name());
        let newest = self.packages.iter().filter(|installed| installed.name.eq_ignore_ascii_case(&package.name));
        let version = |identity: &CbsIdentity| identity.version.parse::<Version>().unwrap_or(Version([0; 4]));
        Ok(fits && newest.map(version).max().is_none_or(|installed| installed < version(package)))
    }

    fn driver_standing(&self, driver: &DriverMatch) -> Fact<Option<DriverStanding>> {
        let rank = |standing: &DriverStanding| match standing {
            DriverStanding::Better => 2,
            DriverStanding::Equal => 1,
            DriverStanding::Worse => 0,
        };
        Ok(self.devices.iter().filter_map(|device| device.standing(driver)).max_by_key(rank))
    }

    fn product_release(&self, name: &str) -> Fact<Option<Version>> {
        let version = self.system.version;
        let own = name.to_lowercase().starts_with("client.os.") == (version.product_type == 1);
        Ok(own.then_some(Version([version.major, version.minor, version.build, self.system.revision])))
    }

    fn device_attribute(&self, name: &str) -> Fact<Option<String>> {
        Ok(self.attributes().into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value))
    }
}

impl Machine {
    /// Device attributes as the agent sends them, by name.
    pub fn attributes(&self) -> Vec<(&'static str, String)> {
        let SystemFacts { version, revision, .. } = self.system;
        let full = format!("{}.{}.{}.{revision}", version.major, version.minor, version.build);
        let text = ToOwned::to_owned;
        vec![
            ("App", text("WU_OS")),
            ("BranchReadinessLevel", text("CB")),
            ("CurrentBranch", text(self.system.branch)),
            ("DeviceFamily", text(if version.product_type == 1 { "Windows.Desktop" } else { "Windows.Server" })),
            ("DL_OSVersion", full.clone()),
            ("FlightRing", text("Retail")),
            ("InstallationType", text(if version.product_type == 1 { "Client" } else { "Server" })),
            ("InstallLanguage", text(self.language)),
            ("IsVirtualDevice", text("0")),
            ("OEMModel", text(self.system.model)),
            ("OEMName_Uncleaned", text(self.system.manufacturer)),
            ("OSArchitecture", self.system.architecture.package_name().to_uppercase()),
            ("OSSkuId", self.system.product.to_string()),
            ("OSUILocale", text(self.language)),
            ("OSVersion", full),
            ("ProcessorCores", text("4")),
            ("ProductType", text(self.system.product_type)),
            ("TelemetryLevel", text("1")),
        ]
    }
}
