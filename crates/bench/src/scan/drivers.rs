use anyhow::{bail, ensure};
use jiff::Timestamp;
use model::{DriverVersion, HardwareId, RevisionId};
use testkit::random::Random;
use wire::client::{Device, InstalledDriver, SyncUpdateParameters, SyncUpdates};
use wire::{Request, Response};

use super::asking::{Asking, Seal, Template};
use super::computer::{Computer, Office, Traffic};
use crate::estate::{Estate, computer};

/// Computers with devices of their own.
const SYSTEMS: usize = 1_000;
/// Devices of a computer. With two hardware ids each, and one or two compatible ones, that makes 250 ids.
const DEVICES: usize = 75;
/// Devices in 100 for which the catalog has drivers.
const KNOWN_PERCENT: usize = 60;
/// Calls in which a computer has to have been told of all its drivers.
const ROUNDS_MAX: usize = 20;

/// Computers with devices, each at full cache: what is drawn from.
pub(super) fn systems(
    office: &Office,
    seal: &Seal,
    builds: &[Computer],
    estate: &Estate,
) -> anyhow::Result<(Asking, usize)> {
    let mut connection = office.connect()?;
    let mut asking = Asking { templates: Vec::with_capacity(SYSTEMS), computers: Vec::with_capacity(SYSTEMS) };
    let mut drivers = 0;
    for (number, build) in (0..SYSTEMS).zip(builds.iter().cycle()) {
        let id = computer(number)?;
        let mut pass = Pass {
            cookie: seal.cookie(&seal.open(build.cookie())?, id.clone()),
            installed: build.installed().to_vec(),
            devices: devices(number, &estate.hardware_ids),
            cached: Vec::new(),
        };
        pass.run(office, &mut connection, |_, _| ())?;
        drivers += pass.cached.len();
        let template = Template::new(office, seal, &pass.cookie, &pass.request())?;
        let cookie = seal.text(&template.session, id).into_boxed_str();
        asking.templates.push(template);
        asking.computers.push((number, cookie));
    }
    ensure!(drivers > 0, "no computer is told of a driver");
    Ok((asking, drivers / SYSTEMS))
}

/// A driver pass of one computer.
pub(crate) struct Pass {
    pub(crate) cookie: wire::client::Cookie,
    pub(crate) installed: Vec<RevisionId>,
    pub(crate) devices: Vec<Device>,
    pub(crate) cached: Vec<RevisionId>,
}

impl Pass {
    /// Asks until there is nothing new; `see` is shown each request and the length of its answer.
    pub(crate) fn run(
        &mut self,
        office: &Office,
        connection: &mut crate::loopback::Connection,
        mut see: impl FnMut(&Request, usize),
    ) -> anyhow::Result<Traffic> {
        let mut traffic = Traffic::default();
        for _ in 0..ROUNDS_MAX {
            let (request, before) = (self.request(), traffic.received);
            let Response::SyncUpdates(info) = office.call(connection, &request, &mut traffic)? else {
                bail!("SyncUpdates was answered with something else");
            };
            see(&request, traffic.received - before);
            self.cookie = info.new_cookie;
            self.cached.retain(|driver| !info.out_of_scope_revision_ids.contains(driver));
            self.cached.extend(info.new_updates.iter().map(|new| new.id));
            if info.new_updates.is_empty() {
                return Ok(traffic);
            }
        }
        bail!("a computer is told of ever more drivers")
    }

    fn request(&self) -> Request {
        Request::SyncUpdates(SyncUpdates {
            cookie: Some(self.cookie.clone()),
            parameters: Some(SyncUpdateParameters {
                installed_non_leaf_update_ids: self.installed.clone(),
                system_spec: Some(self.devices.clone()),
                cached_driver_ids: self.cached.clone(),
                skip_software_sync: true,
                feature_score_matching_key: Some("AMD64.10.0".to_owned()),
                ..SyncUpdateParameters::default()
            }),
        })
    }
}

/// The devices of the `number`th computer: some that the catalog has drivers for, the others known to nobody.
pub(crate) fn devices(number: usize, catalog: &[HardwareId]) -> Vec<Device> {
    let mut random = Random::named(&format!("devices of {number}"));
    let unknown = |random: &mut Random| {
        let bits = random.number();
        HardwareId::new(&format!(
            "PCI\\VEN_F{:03X}&DEV_{:04X}&SUBSYS_{:08X}",
            bits & 0xfff,
            bits >> 48,
            bits >> 16 & 0xffff_ffff
        ))
    };
    let mut one = |place: usize| {
        let known = random.chance(KNOWN_PERCENT).then(|| catalog.get(random.below(catalog.len()))).flatten();
        let last = known.cloned().unwrap_or_else(|| unknown(&mut random));
        let hardware_ids = vec![unknown(&mut random), last.clone()];
        let compatible_ids = (0..1 + usize::from(place.is_multiple_of(3))).map(|_| unknown(&mut random)).collect();
        // Four of five run with an old driver.
        let installed_driver = (!place.is_multiple_of(5)).then(|| InstalledDriver {
            matching_id: Some(last),
            date: Timestamp::UNIX_EPOCH,
            version: DriverVersion(1 << 48),
            class: Some("Networking".to_owned()),
            manufacturer: Some("Fabrikam".to_owned()),
            provider: Some("Fabrikam".to_owned()),
            model: Some("Adapter 7".to_owned()),
            matching_computer_id: None,
            rank: 0x00ff_2000,
        });
        Device { hardware_ids, compatible_ids, installed_driver, ..Device::default() }
    };
    (0..DEVICES).map(&mut one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computer_has_75_devices_and_250_ids_of_which_some_are_known() {
        let catalog: Vec<HardwareId> =
            (0..100).map(|number| HardwareId::new(&format!("PCI\\VEN_0001&DEV_{number:04X}"))).collect();
        let devices = devices(3, &catalog);
        let ids = || devices.iter().flat_map(|device| device.hardware_ids.iter().chain(&device.compatible_ids));
        assert_eq!((devices.len(), ids().count()), (75, 250));
        assert!((30..=60).contains(&ids().filter(|id| catalog.contains(id)).count()));
        assert_ne!(devices, super::devices(4, &catalog));
    }
}
