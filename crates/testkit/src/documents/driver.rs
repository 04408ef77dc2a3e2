use jiff::civil::Date;
use model::{DriverMatch, DriverVersion, FeatureScore, HardwareId};
use uuid::Uuid;

use super::element::Element;

/// What a driver package says of itself, whatever the device.
#[derive(Clone, Debug)]
pub struct DriverFacts {
    /// Device class, such as `Video` or `Networking`.
    pub class: &'static str,
    /// Company, provider and manufacturer in one, as with most drivers.
    pub maker: String,
    /// The model's name.
    pub model: String,
    /// `DriverVerDate`.
    pub date: Date,
    /// `DriverVerVersion`: four numbers up to 65535.
    pub version: DriverVersion,
}

/// One device id a driver is for.
#[derive(Clone, Debug)]
pub(crate) struct Hardware {
    pub(crate) id: String,
    pub(crate) scores: Vec<(String, u8)>,
    pub(crate) computers: Vec<Uuid>,
}

impl DriverFacts {
    pub(crate) fn element(&self, hardware: &Hardware) -> Element {
        let scores = hardware.scores.iter().map(|(system, score)| {
            Element::new("drv:FeatureScore")
                .with("FeatureScore", format!("{score:02X}"))
                .with("OperatingSystem", system)
        });
        let computers = hardware
            .computers
            .iter()
            .map(|computer| Element::new("drv:DistributionComputerHardwareId").text(computer.to_string()));
        Element::new("drv:WindowsDriverMetaData")
            .with("HardwareID", &hardware.id)
            .with("DriverVerDate", self.date)
            .with("DriverVerVersion", self.version)
            .with("WhqlDriverID", 0)
            .with("Class", self.class)
            .with("Company", &self.maker)
            .with("Provider", &self.maker)
            .with("Manufacturer", &self.maker)
            .with("Model", &self.model)
            .children(scores.chain(computers))
    }

    pub(crate) fn row(&self, hardware: &Hardware) -> DriverMatch {
        let epoch = Date::constant(1970, 1, 1);
        let days = self.date.duration_since(epoch).as_hours() / 24;
        DriverMatch {
            hardware_id: HardwareId::new(&hardware.id),
            date_days: i32::try_from(days).unwrap_or(0),
            version: self.version,
            class: self.class.into(),
            manufacturer: self.maker.as_str().into(),
            provider: self.maker.as_str().into(),
            compatible_providers: Vec::new(),
            feature_scores: hardware
                .scores
                .iter()
                .map(|(system, score)| FeatureScore { operating_system: system.to_lowercase().into(), score: *score })
                .collect(),
            target_computers: Vec::new(),
            distribution_computers: hardware.computers.clone(),
        }
    }
}
