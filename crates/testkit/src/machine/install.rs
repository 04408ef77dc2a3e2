use metadata::rules::{
    ApplicabilityRules, Base, Cbs, CbsIdentity, Comparison, Driver, Expression, FileBase, FileFacts, FileLocation,
    Inventory as _, Msi, MsiProduct, RegistryData, RegistryRoot, RegistryValue, RuleMetadata, TextComparison, Version,
};
use model::{DriverMatch, Timestamp, UpdateId};
use uuid::Uuid;

use super::{Machine, folded_key};

/// One change of a machine.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Effect {
    SetValue { key: String, value: String, data: RegistryData },
    RemoveValue { key: String, value: String },
    WriteFile { path: String, version: Version },
    RemoveFile { path: String },
    AddProduct { code: Uuid, version: Version },
    RemoveProduct { code: Uuid },
    AddPackage(CbsIdentity),
    RemovePackage(CbsIdentity),
    InstallDriver(DriverMatch),
}

impl Machine {
    /// Installs what those rules detect: afterwards `IsInstalled` holds, at once or after [`Machine::restart`].
    ///
    /// An installer's effect is read out of the rule itself, which is why it works for every document whose rule
    /// is made of comparisons with registry values, files, products, packages and drivers. Rules about the system
    /// itself (version, processor, language) stay as they are: no installer changes those.
    pub fn install(&mut self, update: UpdateId, rules: &ApplicabilityRules, drivers: &[DriverMatch], restart: bool) {
        let mut effects = Vec::new();
        if let Some(rule) = &rules.is_installed {
            let wanted = Wanted { machine: self, metadata: &rules.metadata, drivers };
            wanted.effects(rule, true, &mut effects);
        }
        self.history.insert(update);
        if restart {
            self.waiting.extend(effects);
        } else {
            effects.into_iter().for_each(|effect| self.apply(effect));
        }
    }

    /// Removes what those rules detect: afterwards `IsInstalled` does not hold.
    pub fn uninstall(&mut self, rules: &ApplicabilityRules) {
        let mut effects = Vec::new();
        if let Some(rule) = &rules.is_installed {
            Wanted { machine: self, metadata: &rules.metadata, drivers: &[] }.effects(rule, false, &mut effects);
        }
        effects.into_iter().for_each(|effect| self.apply(effect));
    }

    /// Restarts: what waited for it is in force now.
    pub fn restart(&mut self) {
        for effect in std::mem::take(&mut self.waiting) {
            self.apply(effect);
        }
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::SetValue { key, value, data } => self.set_registry(&key, &value, data),
            Effect::RemoveValue { key, value } => {
                self.registry.remove(&(folded_key(&key), value.to_lowercase()));
            }
            Effect::WriteFile { path, version } => {
                let at = Timestamp::UNIX_EPOCH;
                let facts = FileFacts {
                    version: Some(version),
                    language: Some(1033),
                    created: at,
                    modified: at,
                    size: 1 << 20,
                };
                self.files.insert(path.to_lowercase(), facts);
            }
            Effect::RemoveFile { path } => {
                self.files.remove(&path.to_lowercase());
            }
            Effect::AddProduct { code, version } => {
                self.products.insert(code, MsiProduct { version, language: 1033 });
            }
            Effect::RemoveProduct { code } => {
                self.products.remove(&code);
            }
            Effect::AddPackage(package) => self.packages.push(package),
            Effect::RemovePackage(package) => self.packages.retain(|installed| !installed.is_same(&package)),
            Effect::InstallDriver(driver) => self.devices.iter_mut().for_each(|device| device.install(&driver)),
        }
    }
}

/// Reads changes out of rules.
struct Wanted<'a> {
    machine: &'a Machine,
    metadata: &'a RuleMetadata,
    drivers: &'a [DriverMatch],
}

impl Wanted<'_> {
    /// Adds the changes that give `rule` the value `value`.
    fn effects(&self, rule: &Expression, value: bool, effects: &mut Vec<Effect>) {
        match rule {
            Expression::Not(operands) => {
                for operand in operands {
                    self.effects(operand, !value, effects);
                }
            }
            // All operands of a conjunction must hold; of one that must not, the first need not.
            Expression::And(operands) | Expression::Or(operands) => {
                let every = matches!(rule, Expression::And(_)) == value;
                for operand in operands.iter().take(if every { operands.len() } else { 1 }) {
                    self.effects(operand, value, effects);
                }
            }
            Expression::Base(base) => effects.extend(self.base(base, value)),
            Expression::Msi(msi) => effects.extend(self.msi(msi, value)),
            Expression::Cbs(cbs) => effects.extend(self.cbs(cbs, value)),
            Expression::Driver(Driver::Installed) if value => {
                effects.extend(self.drivers.iter().cloned().map(Effect::InstallDriver));
            }
            _ => {}
        }
    }

    fn base(&self, base: &Base, value: bool) -> Option<Effect> {
        match base {
            Base::RegSz { value: place, comparison: TextComparison::EqualTo, data } => {
                registry(place, value, RegistryData::Sz(data.clone()))
            }
            Base::RegDword { value: place, comparison, data } => {
                registry(place, value, RegistryData::Dword(number(*comparison, *data)?))
            }
            Base::RegSzToVersion { value: place, comparison, data } => {
                registry(place, value, RegistryData::Sz(text(version(*comparison, *data)?)))
            }
            Base::RegValueExists { value: place, .. } => registry(place, value, RegistryData::Sz("1".to_owned())),
            Base::FileExists { file, attributes } => {
                self.file(file, value, attributes.version.unwrap_or(Version([1, 0, 0, 0])))
            }
            Base::FileVersion { file, comparison, version: data } => {
                self.file(file, value, version(*comparison, *data)?)
            }
            _ => None,
        }
    }

    fn file(&self, file: &FileLocation, value: bool, version: Version) -> Option<Effect> {
        let path = match &file.base {
            FileBase::Absolute => file.path.clone(),
            FileBase::Csidl(csidl) => {
                let folder = self.machine.known_folder(*csidl).ok()??;
                format!("{folder}\\{}", file.path.trim_start_matches('\\'))
            }
            FileBase::Registry(_) => return None,
        };
        Some(if value { Effect::WriteFile { path, version } } else { Effect::RemoveFile { path } })
    }

    fn msi(&self, msi: &Msi, value: bool) -> Option<Effect> {
        let (code, version) = match msi {
            Msi::ProductInstalled(test) => (test.product, test.version_min.map(|(version, _)| version)),
            Msi::ApplicationInstalled => (self.metadata.msi_application.as_ref()?.product, None),
            _ => return None,
        };
        let version = version.unwrap_or(Version([1, 0, 0, 0]));
        Some(if value { Effect::AddProduct { code, version } } else { Effect::RemoveProduct { code } })
    }

    fn cbs(&self, cbs: &Cbs, value: bool) -> Option<Effect> {
        let package = match cbs {
            Cbs::PackageInstalledByIdentity(package) => package.clone(),
            Cbs::PackageInstalled => self.metadata.cbs.clone()?,
            Cbs::PackageInstallable => return None,
        };
        Some(if value { Effect::AddPackage(package) } else { Effect::RemovePackage(package) })
    }
}

fn registry(place: &RegistryValue, value: bool, data: RegistryData) -> Option<Effect> {
    let (key, name) = match &place.key.root {
        RegistryRoot::LocalMachine => (place.key.subkey.clone(), place.name.clone()),
        _ => return None,
    };
    Some(if value { Effect::SetValue { key, value: name, data } } else { Effect::RemoveValue { key, value: name } })
}

/// A number that compares so with `data`.
fn number(comparison: Comparison, data: u32) -> Option<u32> {
    match comparison {
        Comparison::LessThan => data.checked_sub(1),
        Comparison::GreaterThan => data.checked_add(1),
        Comparison::LessThanOrEqualTo | Comparison::EqualTo | Comparison::GreaterThanOrEqualTo => Some(data),
    }
}

/// A version that compares so with `data`.
fn version(comparison: Comparison, data: Version) -> Option<Version> {
    let Version([a, b, c, d]) = data;
    match comparison {
        // Some earlier version: the empty one, unless that is the one not to reach.
        Comparison::LessThan => (data > Version([0; 4])).then_some(Version([0; 4])),
        Comparison::GreaterThan => Some(Version([a, b, c, d.checked_add(1)?])),
        Comparison::LessThanOrEqualTo | Comparison::EqualTo | Comparison::GreaterThanOrEqualTo => Some(data),
    }
}

fn text(Version([a, b, c, d]): Version) -> String {
    format!("{a}.{b}.{c}.{d}")
}
