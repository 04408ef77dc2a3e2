use jiff::civil::Date;
use metadata::rules::DriverStanding;
use model::{DriverMatch, DriverVersion, HardwareId};

/// A device of a computer.
#[derive(Clone, Debug)]
pub struct Device {
    /// Hardware ids, most specific first.
    pub hardware_ids: Vec<String>,
    /// Compatible ids, most specific first.
    pub compatible_ids: Vec<String>,
    /// The driver it runs with, if any.
    pub installed: Option<InstalledDriver>,
}

/// The driver a device runs with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledDriver {
    /// The id by which it was chosen.
    pub matching_id: String,
    /// `DriverVerDate`.
    pub date: Date,
    /// `DriverVerVersion`.
    pub version: DriverVersion,
    /// Device class.
    pub class: String,
    /// Manufacturer.
    pub manufacturer: String,
    /// Provider.
    pub provider: String,
    /// Model.
    pub model: String,
    /// Windows' rank, `0xSSGGTHHH`: the feature score is GG.
    pub rank: u32,
}

impl Device {
    /// A device with those hardware ids, most specific first, and no driver.
    pub fn new<'a>(hardware_ids: impl IntoIterator<Item = &'a str>) -> Self {
        let hardware_ids = hardware_ids.into_iter().map(ToOwned::to_owned).collect();
        Self { hardware_ids, compatible_ids: Vec::new(), installed: None }
    }

    /// With those compatible ids.
    pub fn compatible_with<'a>(mut self, ids: impl IntoIterator<Item = &'a str>) -> Self {
        self.compatible_ids.extend(ids.into_iter().map(ToOwned::to_owned));
        self
    }

    /// Running with that driver.
    pub fn driven_by(mut self, driver: InstalledDriver) -> Self {
        self.installed = Some(driver);
        self
    }

    /// Where an id stands in the device's list; earlier is more specific.
    fn position(&self, id: &HardwareId) -> Option<usize> {
        let ids = self.hardware_ids.iter().chain(&self.compatible_ids);
        ids.map(|own| HardwareId::new(own)).position(|own| own == *id)
    }

    /// How a driver stands to the installed one; `None` when it is not for this device.
    ///
    /// Only what a core fragment says is compared: position of the id, date, version (MS-WUSP 3.1.5.7,
    /// rules 3 to 5). The server has applied rules 1 and 2 by then.
    pub(super) fn standing(&self, driver: &DriverMatch) -> Option<DriverStanding> {
        let offered = (self.position(&driver.hardware_id)?, driver.date_days, driver.version);
        let Some(installed) = &self.installed else { return Some(DriverStanding::Better) };
        let position = self.position(&HardwareId::new(&installed.matching_id)).unwrap_or(usize::MAX);
        // An earlier id is better, a later date and a higher version are.
        let order = position
            .cmp(&offered.0)
            .then(offered.1.cmp(&installed.date_days()))
            .then(offered.2.cmp(&installed.version));
        Some(match order {
            std::cmp::Ordering::Greater => DriverStanding::Better,
            std::cmp::Ordering::Equal => DriverStanding::Equal,
            std::cmp::Ordering::Less => DriverStanding::Worse,
        })
    }

    /// Takes the driver over if it is better.
    pub(super) fn install(&mut self, driver: &DriverMatch) {
        if self.standing(driver) != Some(DriverStanding::Better) {
            return;
        }
        self.installed = Some(InstalledDriver {
            matching_id: driver.hardware_id.as_str().to_owned(),
            date: Date::constant(1970, 1, 1).saturating_add(jiff::Span::new().days(i64::from(driver.date_days))),
            version: driver.version,
            class: driver.class.as_ref().to_owned(),
            manufacturer: driver.manufacturer.as_ref().to_owned(),
            provider: driver.provider.as_ref().to_owned(),
            model: driver.class.as_ref().to_owned(),
            rank: 0x00_80_20_00,
        });
    }
}

impl InstalledDriver {
    fn date_days(&self) -> i32 {
        let days = self.date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
        i32::try_from(days).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn driver(id: &str, date_days: i32, version: u64) -> DriverMatch {
        DriverMatch {
            hardware_id: HardwareId::new(id),
            date_days,
            version: DriverVersion(version),
            class: "Video".into(),
            manufacturer: "Fabrikam".into(),
            provider: "Fabrikam".into(),
            compatible_providers: Vec::new(),
            feature_scores: Vec::new(),
            target_computers: Vec::new(),
            distribution_computers: Vec::new(),
        }
    }

    #[test]
    fn a_driver_is_better_by_id_then_date_then_version() {
        let mut device = Device::new(["PCI\\A", "PCI\\B"]).compatible_with(["PCI\\C"]);
        assert_eq!(device.standing(&driver("pci\\x", 1, 1)), None);
        assert_eq!(device.standing(&driver("pci\\b", 1, 1)), Some(DriverStanding::Better));
        device.install(&driver("pci\\b", 100, 7));
        let standing = |id, date, version| device.standing(&driver(id, date, version)).unwrap();
        assert_eq!(standing("PCI\\B", 100, 7), DriverStanding::Equal);
        assert_eq!(standing("PCI\\A", 1, 1), DriverStanding::Better);
        assert_eq!(standing("PCI\\C", 999, 9), DriverStanding::Worse);
        assert_eq!(standing("PCI\\B", 101, 1), DriverStanding::Better);
        assert_eq!(standing("PCI\\B", 100, 6), DriverStanding::Worse);
    }
}
