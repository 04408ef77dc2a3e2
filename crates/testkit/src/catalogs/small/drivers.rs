use jiff::civil::{Date, date};
use model::DriverVersion;
use uuid::{Uuid, uuid};

use super::DRIVERS;
use super::base::Base;
use crate::documents::{Draft, DriverFacts, MadeFile};

/// The computer hardware id of the Fabrikam laptop, whose touchpad has a driver of its own.
pub(crate) const FABRIKAM_LAPTOP: Uuid = uuid!("0f9f5a3e-3f0c-5d0e-9a52-4f4ab0a1c001");

pub(super) fn drafts(base: &Base) -> Vec<Draft> {
    let network = "Fabrikam Gigabit Network Connection";
    let older = driver(base, network, "Networking", date(2025, 3, 4), DriverVersion(12 << 48), 256)
        .matching("PCI\\VEN_FA8A&DEV_0001&SUBSYS_00010001")
        .scored("amd64.10.0", 0x80)
        .matching("PCI\\VEN_FA8A&DEV_0001")
        .scored("amd64.10.0", 0x80);
    let newer = driver(base, network, "Networking", date(2026, 6, 1), DriverVersion(12 << 48 | 4 << 32), 272)
        .matching("PCI\\VEN_FA8A&DEV_0001&SUBSYS_00010001")
        .scored("amd64.10.0", 0x80)
        .matching("PCI\\VEN_FA8A&DEV_0001")
        .scored("amd64.10.0", 0x80);
    let graphics =
        driver(base, "Fabrikam Graphics 700", "Video", date(2026, 4, 20), DriverVersion(31 << 48 | 700 << 16), 1024)
            .matching("PCI\\VEN_FA8A&DEV_0700")
            .scored("amd64.10.0", 0x20)
            .matching("PCI\\VEN_FA8A&DEV_0710")
            .scored("amd64.10.0", 0x20);
    let audio = driver(base, "Fabrikam Audio", "Sound", date(2024, 11, 5), DriverVersion(6 << 48 | 9 << 16), 384)
        .matching("HDAUDIO\\FUNC_01&VEN_FA8A&DEV_0236")
        .scored("amd64.10.0", 0xff);
    let printer = driver(base, "Fabrikam LaserWriter", "Printers", date(2026, 1, 15), DriverVersion(3 << 48), 448)
        .matching("USBPRINT\\FabrikamLaserWriter");
    let touchpad =
        driver(base, "Fabrikam Touchpad", "Input Devices", date(2026, 2, 2), DriverVersion(1 << 48 | 7), 128)
            .matching("ACPI\\FAB0007")
            .scored("amd64.10.0", 0x40)
            .for_computers([FABRIKAM_LAPTOP]);
    vec![older, newer, graphics, audio, printer, touchpad]
}

fn driver(base: &Base, model: &str, class: &'static str, date: Date, version: DriverVersion, size_kib: usize) -> Draft {
    let facts = DriverFacts { class, maker: "Fabrikam".to_owned(), model: model.to_owned(), date, version };
    let title = format!("Fabrikam - {class} - {model} - {version}");
    let file = format!("{}-{version}.cab", model.to_lowercase().replace(' ', "-"));
    Draft::driver(&title, facts)
        .requires(base.x64.id())
        .requires_any([base.english.id(), base.german.id(), base.french.id()])
        .in_category([DRIVERS])
        .in_category([base.client_11.id(), base.client_10.id(), base.server.id()])
        .with_file(&MadeFile::of_size(&file, size_kib * 1024))
}
