use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A hardware or compatible id of a device, such as `USB\VID_8087&PID_0A2B`.
///
/// Compared without case: kept in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HardwareId(Box<str>);

impl HardwareId {
    /// The id written as `text`.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_lowercase().into())
    }

    /// The id in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `DriverVerVersion`: four parts of 16 bits, `a.b.c.d`, ordered as one number (MS-WUSP 3.1.5.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DriverVersion(pub u64);

/// A text that is not a driver version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a driver version of four numbers up to 65535")]
pub struct InvalidDriverVersion(String);

impl FromStr for DriverVersion {
    type Err = InvalidDriverVersion;

    fn from_str(text: &str) -> Result<Self, InvalidDriverVersion> {
        let invalid = || InvalidDriverVersion(text.chars().take(40).collect());
        let mut packed = 0_u64;
        let mut parts = text.trim().split('.');
        for _ in 0..4 {
            let part: u16 = match parts.next() {
                Some(part) => part.parse().map_err(|_| invalid())?,
                None => 0,
            };
            packed = packed << 16 | u64::from(part);
        }
        if parts.next().is_some() { Err(invalid()) } else { Ok(Self(packed)) }
    }
}

impl fmt::Display for DriverVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |shift: u32| (self.0 >> shift) & 0xffff;
        write!(out, "{}.{}.{}.{}", part(48), part(32), part(16), part(0))
    }
}

/// How well a driver suits an operating system; lower is better (MS-WUSP 3.1.5.7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureScore {
    /// The key it holds for, in lower case, such as `amd64.10.0`.
    pub operating_system: Box<str>,
    /// 0 (best) to 255 (worst, and what an absent score counts as).
    pub score: u8,
}

/// What a driver revision matches: one `WindowsDriverMetaData` element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriverMatch {
    /// The device id it is for.
    pub hardware_id: HardwareId,
    /// `DriverVerDate`, as days since 1970-01-01.
    pub date_days: i32,
    /// `DriverVerVersion`.
    pub version: DriverVersion,
    /// Device class, such as `Video` or `Printers`.
    pub class: Box<str>,
    /// The driver's manufacturer.
    pub manufacturer: Box<str>,
    /// The driver's provider.
    pub provider: Box<str>,
    /// Printers only: providers whose installed driver counts as the same provider's.
    pub compatible_providers: Vec<Box<str>>,
    /// Scores by operating system.
    pub feature_scores: Vec<FeatureScore>,
    /// `TargetComputerHardwareId`s.
    pub target_computers: Vec<Uuid>,
    /// `DistributionComputerHardwareId`s.
    pub distribution_computers: Vec<Uuid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn driver_versions_order_as_numbers() {
        let old: DriverVersion = "22.150.0.6".parse().unwrap();
        let new: DriverVersion = "22.150.0.10".parse().unwrap();
        assert!(old < new);
        assert_eq!(old.to_string(), "22.150.0.6");
        assert_eq!("7.1".parse::<DriverVersion>().unwrap().to_string(), "7.1.0.0");
        assert!("1.2.3.4.5".parse::<DriverVersion>().is_err());
        assert!("1.2.3.70000".parse::<DriverVersion>().is_err());
    }
}
