use jiff::Timestamp;
use model::{UpdateId, UpdateIdentity};
use uuid::Uuid;
use wire::client::{ComputerInfo, Cookie, Device, InstalledDriver};
use wire::reporting::{Event, OsVersion, ReportEventBatch};
use wire::{Request, Response};

use super::offer::Compliance;
use super::{Agent, AgentError, AgentProfile, stock};

/// Events in one batch.
const BATCH: usize = 100;

/// Events that wait to be sent, in the order they happened.
#[derive(Default)]
pub(super) struct Events(Vec<Event>);

impl Events {
    /// Detection succeeded (147), and what it found (156).
    pub(super) fn scanned(&mut self, profile: &AgentProfile, compliance: &Compliance) {
        let mut detected = event(profile, 147);
        detected.replacement_strings.push(compliance.needed.len().to_string());
        self.0.push(detected);
        let mut report = event(profile, 156);
        // A key is absent when its list is empty (native-behaviour §4.3).
        let lists = [("U", &compliance.needed), ("V", &compliance.installed), ("W", &compliance.pending)];
        for (key, updates) in lists {
            if !updates.is_empty() {
                report.misc_data.push(format!("{key}={}", joined(updates)));
            }
        }
        self.0.push(report);
    }

    /// Detection failed (148).
    pub(super) fn scan_failed(&mut self, profile: &AgentProfile, hresult: i32) {
        let mut failed = event(profile, 148);
        failed.hresult = hresult;
        failed.replacement_strings.push(format!("0x{:08x}", hresult.cast_unsigned()));
        self.0.push(failed);
    }

    /// Something happened to one update.
    pub(super) fn about(&mut self, profile: &AgentProfile, event_id: i16, update: UpdateIdentity, hresult: i32) {
        let mut about = event(profile, event_id);
        about.update = Some(update);
        about.hresult = hresult;
        self.0.push(about);
    }
}

impl Agent {
    /// Sends the events that wait. Those the server did not take wait on.
    ///
    /// # Errors
    /// [`AgentError`].
    pub async fn report(&mut self) -> Result<(), AgentError> {
        while !self.events.0.is_empty() {
            let batch: Vec<Event> = self.events.0.iter().take(BATCH).cloned().collect();
            let make = |_: &Self, cookie: Cookie| {
                Request::ReportEventBatch(ReportEventBatch {
                    cookie: Some(cookie),
                    client_time: Some(now()),
                    events: Some(batch.clone()),
                })
            };
            match self.call_with_cookie(make).await? {
                Response::ReportEventBatch(true) => {}
                Response::ReportEventBatch(false) => return Err(AgentError::EventsNotTaken),
                _ => return Err(AgentError::OtherAnswer { method: "ReportEventBatch" }),
            }
            self.summary.events += u64::try_from(batch.len()).unwrap_or(u64::MAX);
            self.events.0.drain(..batch.len());
        }
        Ok(())
    }

    /// What `RegisterComputer` says of the computer.
    pub(super) fn computer_info(&self) -> ComputerInfo {
        let machine = &self.profile.machine;
        let system = machine.system();
        let [major, minor, build, qfe] = stock::VERSION;
        let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let text = |text: &str| Some(text.to_owned());
        ComputerInfo {
            dns_name: text(machine.dns_name()),
            os_major_version: number(system.version.major),
            os_minor_version: number(system.version.minor),
            os_build_number: number(system.version.build),
            os_service_pack_major_number: 0,
            os_service_pack_minor_number: 0,
            os_locale: text(machine.language()),
            computer_manufacturer: text(system.manufacturer),
            computer_model: text(system.model),
            bios_version: text("1.20"),
            bios_name: text("Fabrikam BIOS"),
            bios_release_date: "2025-03-01T00:00:00Z".parse().ok(),
            processor_architecture: Some(system.architecture.package_name().to_uppercase()),
            suite_mask: i32::from(system.version.suite_mask),
            old_product_type: i32::from(system.version.product_type),
            new_product_type: system.product,
            system_metrics: 0,
            client_version_major_number: major,
            client_version_minor_number: minor,
            client_version_build_number: build,
            client_version_qfe_number: qfe,
            os_description: text(system.description),
            oem: text(system.manufacturer),
            device_type: text(system.model),
            firmware_version: text("1.20"),
            mobile_operator: text("Not Present"),
        }
    }

    /// `SystemSpec` of a driver pass.
    pub(super) fn system_spec(&self) -> Vec<Device> {
        let ids = |ids: &[String]| ids.iter().map(|id| model::HardwareId::new(id)).collect();
        let devices = self.profile.machine.devices().iter();
        devices
            .map(|device| Device {
                hardware_ids: ids(&device.hardware_ids),
                compatible_ids: ids(&device.compatible_ids),
                installed_driver: device.installed.as_ref().map(|driver| InstalledDriver {
                    matching_id: Some(model::HardwareId::new(&driver.matching_id)),
                    date: driver.date.to_zoned(jiff::tz::TimeZone::UTC).map(|day| day.timestamp()).unwrap_or_default(),
                    version: driver.version,
                    class: Some(driver.class.clone()),
                    manufacturer: Some(driver.manufacturer.clone()),
                    provider: Some(driver.provider.clone()),
                    model: Some(driver.model.clone()),
                    matching_computer_id: None,
                    rank: driver.rank,
                }),
                ..Device::default()
            })
            .collect()
    }
}

/// An event of this computer, filled as stock clients fill it.
fn event(profile: &AgentProfile, event_id: i16) -> Event {
    let machine = &profile.machine;
    let system = machine.system();
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let [major, minor, build, qfe] = stock::VERSION;
    let mut event = Event::new(event_id, Uuid::new_v4(), now());
    event.sid = Some(profile.computer.as_str().to_owned());
    event.app_name = Some(stock::APP_NAME.to_owned());
    event.misc_data = vec![
        "C=0".to_owned(),
        format!("G={major}.{minor}.{build}.{qfe}"),
        "K=Fabrikam BIOS".to_owned(),
        "L=2025-03-01T00:00:00".to_owned(),
        "Q=1".to_owned(),
        format!("AppName={}", stock::APP_NAME),
        format!("c={}", system.product),
    ];
    event.computer_brand = Some(system.manufacturer.to_owned());
    event.computer_model = Some(system.model.to_owned());
    event.bios_revision = Some("1.20".to_owned());
    event.processor_architecture = Some(stock::event_processor(system.architecture).to_owned());
    event.os_version = Some(OsVersion {
        major: number(system.version.major),
        minor: number(system.version.minor),
        build: number(system.version.build),
        revision: number(system.revision),
        service_pack_major: 0,
        service_pack_minor: 0,
    });
    event.os_locale_id = match machine.language() {
        "de-DE" => 1031,
        "fr-FR" => 1036,
        _ => 1033,
    };
    event
}

/// The computer's clock, to the millisecond as events carry it.
fn now() -> Timestamp {
    Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap_or_default()
}

/// Ids in upper case, joined by semicolons.
fn joined(updates: &[UpdateId]) -> String {
    updates.iter().map(|update| update.to_string().to_uppercase()).collect::<Vec<_>>().join(";")
}
