use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use metadata::rules::{FileFacts, MsiProduct, OsVersion, RegistryData, Version};
use model::{DriverVersion, Timestamp};
use uuid::Uuid;

use super::{Device, InstalledDriver, Machine};
use crate::catalogs::{FABRIKAM_LAPTOP, OFFICE_PRODUCT};
use crate::documents::Architecture;

/// What kind of computer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MachineProfile {
    /// Windows 11 25H2 on x64.
    Windows11,
    /// Windows 10 22H2 on x64.
    Windows10,
    /// Windows Server 2025 on x64.
    Server2025,
    /// Windows 11 25H2 on ARM64.
    Windows11Arm,
}

/// What a computer runs on, and how it introduces itself (`RegisterComputer`, MS-WUSP 2.2.2.2.3).
#[derive(Clone, Copy, Debug)]
pub struct SystemFacts {
    /// The true version.
    pub version: OsVersion,
    /// The revision within the build, such as 8037.
    pub revision: u32,
    /// The native processor.
    pub architecture: Architecture,
    /// `GetProductInfo`'s number, such as 48 for Professional.
    pub product: i32,
    /// What the agent calls it; Windows 11 still says Windows 10.
    pub description: &'static str,
    /// The maker of the computer.
    pub manufacturer: &'static str,
    /// The model of the computer.
    pub model: &'static str,
    /// `WinNT` or `ServerNT`.
    pub product_type: &'static str,
    /// The branch it is built from.
    pub branch: &'static str,
}

impl MachineProfile {
    /// Every profile.
    pub const ALL: [Self; 4] = [Self::Windows11, Self::Windows10, Self::Server2025, Self::Windows11Arm];

    fn facts(self) -> SystemFacts {
        let client = SystemFacts {
            version: OsVersion { major: 10, build: 26_200, suite_mask: 256, product_type: 1, ..OsVersion::default() },
            revision: 8_037,
            architecture: Architecture::X64,
            product: 48,
            description: "Windows 10 Pro",
            manufacturer: "Fabrikam",
            model: "Fabrikam Desk 20",
            product_type: "WinNT",
            branch: "ge_release",
        };
        match self {
            Self::Windows11 => client,
            Self::Windows11Arm => {
                SystemFacts { architecture: Architecture::Arm64, model: "Fabrikam Slate 7", ..client }
            }
            Self::Windows10 => SystemFacts {
                version: OsVersion { build: 19_045, ..client.version },
                revision: 6_456,
                branch: "vb_release",
                ..client
            },
            Self::Server2025 => SystemFacts {
                version: OsVersion { build: 26_100, product_type: 3, suite_mask: 272, ..client.version },
                revision: 7_019,
                product: 7,
                description: "Windows Server 2025 Standard",
                model: "Fabrikam Rack 2",
                product_type: "ServerNT",
                ..client
            },
        }
    }

    fn short_name(self) -> &'static str {
        match self {
            Self::Windows11 => "desk",
            Self::Windows10 => "old",
            Self::Server2025 => "srv",
            Self::Windows11Arm => "slate",
        }
    }
}

pub(super) fn machine(profile: MachineProfile, number: usize) -> Machine {
    let system = profile.facts();
    let language = ["en-US", "de-DE", "fr-FR", "en-US"][number % 4];
    let mut machine = Machine {
        system,
        dns_name: format!("{}-{number:04}.contoso.example", profile.short_name()),
        language,
        registry: BTreeMap::new(),
        files: BTreeMap::new(),
        products: BTreeMap::new(),
        packages: Vec::new(),
        devices: devices(profile),
        computer_ids: vec![Uuid::new_v5(&Uuid::NAMESPACE_URL, system.model.as_bytes())],
        history: BTreeSet::new(),
        waiting: Vec::new(),
    };
    machine.set_registry("SOFTWARE\\Contoso\\Servicing", "TimeZones", RegistryData::Sz("2026b".to_owned()));
    machine.set_registry("SOFTWARE\\Contoso\\Protect", "Definitions", RegistryData::Sz("1.450.3.0".to_owned()));
    if profile != MachineProfile::Server2025 && number % 3 != 2 {
        let office = MsiProduct { version: Version([16, 0, 19_000, 1]), language: 1033 };
        machine.products.insert(OFFICE_PRODUCT, office);
    }
    if number.is_multiple_of(5) {
        machine.files.insert("c:\\program files\\contoso vpn\\vpn.exe".to_owned(), program([4, 1, 0, 0]));
    }
    if profile == MachineProfile::Windows11 && number % 4 == 1 {
        machine.computer_ids.insert(0, FABRIKAM_LAPTOP);
        machine.devices.push(Device::new(["ACPI\\FAB0007", "*FAB0007"]));
    }
    machine
}

/// A few devices: one with an old driver, one without any, one nobody has a driver for.
fn devices(profile: MachineProfile) -> Vec<Device> {
    let network =
        Device::new(["PCI\\VEN_FA8A&DEV_0001&SUBSYS_00010001&REV_01", "PCI\\VEN_FA8A&DEV_0001&SUBSYS_00010001"])
            .compatible_with(["PCI\\VEN_FA8A&DEV_0001", "PCI\\VEN_FA8A&CC_0200"])
            .driven_by(InstalledDriver {
                matching_id: "PCI\\VEN_FA8A&DEV_0001&SUBSYS_00010001".to_owned(),
                date: date(2024, 1, 9),
                version: DriverVersion(11 << 48),
                class: "Net".to_owned(),
                manufacturer: "Fabrikam".to_owned(),
                provider: "Fabrikam".to_owned(),
                model: "Fabrikam Gigabit Network Connection".to_owned(),
                rank: 0x00_80_20_01,
            });
    let graphics = Device::new(["PCI\\VEN_FA8A&DEV_0700&SUBSYS_00000001", "PCI\\VEN_FA8A&DEV_0700"]);
    let board = Device::new(["ACPI\\FAB00FF"]).compatible_with(["*FAB00FF"]);
    match profile {
        MachineProfile::Server2025 => vec![network, board],
        _ => vec![network, graphics, board],
    }
}

fn program(version: [u32; 4]) -> FileFacts {
    FileFacts {
        version: Some(Version(version)),
        language: Some(1033),
        created: Timestamp::UNIX_EPOCH,
        modified: Timestamp::UNIX_EPOCH,
        size: 1 << 20,
    }
}
