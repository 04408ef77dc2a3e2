//! A computer: what rules can ask of it, and what installing an update changes on it.

use std::collections::{BTreeMap, BTreeSet};

use metadata::rules::{CbsIdentity, FileFacts, MsiProduct, RegistryData};
use model::UpdateId;
use uuid::Uuid;

mod device;
mod install;
mod inventory;
mod profile;

pub use device::{Device, InstalledDriver};
pub use profile::{MachineProfile, SystemFacts};

/// A computer with its registry, files, products, packages and devices.
///
/// Names and paths compare without case, as on Windows. It changes only by [`Machine::install`],
/// [`Machine::restart`] and the `with_…` functions that prepare it.
#[derive(Clone, Debug)]
pub struct Machine {
    system: SystemFacts,
    dns_name: String,
    language: &'static str,
    /// (key, value) in lower case, without backslashes at either end.
    registry: BTreeMap<(String, String), RegistryData>,
    /// By absolute path in lower case.
    files: BTreeMap<String, FileFacts>,
    products: BTreeMap<Uuid, MsiProduct>,
    packages: Vec<CbsIdentity>,
    devices: Vec<Device>,
    computer_ids: Vec<Uuid>,
    history: BTreeSet<UpdateId>,
    waiting: Vec<install::Effect>,
}

impl Machine {
    /// The `number`th computer of that profile. Language, products and devices vary with the number,
    /// always in the same way.
    pub fn new(profile: MachineProfile, number: usize) -> Self {
        profile::machine(profile, number)
    }

    /// With that registry value below `HKEY_LOCAL_MACHINE`.
    pub fn with_registry(mut self, key: &str, value: &str, data: RegistryData) -> Self {
        self.set_registry(key, value, data);
        self
    }

    /// With that device.
    pub fn with_device(mut self, device: Device) -> Self {
        self.devices.push(device);
        self
    }

    /// Its name in the network.
    pub fn dns_name(&self) -> &str {
        &self.dns_name
    }

    /// What it runs on and how it introduces itself.
    pub fn system(&self) -> &SystemFacts {
        &self.system
    }

    /// The language Windows is localized to, such as `en-US`.
    pub fn language(&self) -> &'static str {
        self.language
    }

    /// Its devices.
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// Its computer hardware ids, most specific first.
    pub fn computer_ids(&self) -> &[Uuid] {
        &self.computer_ids
    }

    /// True while something that was installed waits for a restart.
    pub fn needs_restart(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn set_registry(&mut self, key: &str, value: &str, data: RegistryData) {
        self.registry.insert((folded_key(key), value.to_lowercase()), data);
    }
}

fn folded_key(key: &str) -> String {
    key.trim_matches('\\').to_lowercase()
}

#[cfg(test)]
mod tests;
