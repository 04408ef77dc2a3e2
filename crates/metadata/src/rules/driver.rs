//! Driver rules (metadata.md §5.5, §8).

use super::{Context, DriverStanding, Fact, Truth, Unknown};

/// How the revision's driver stands to the installed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// It is an equal match for a device, and no better one for any.
    Installed,
    /// It is a worse match for a device, and for none an equal or better one.
    Superseded,
    /// It is a better match for a device.
    Installable,
}

pub(super) fn read(name: &str) -> Option<Driver> {
    match name {
        "WindowsDriverInstalled" => Some(Driver::Installed),
        "WindowsDriverSuperseded" => Some(Driver::Superseded),
        "WindowsDriverInstallable" => Some(Driver::Installable),
        _ => None,
    }
}

impl Driver {
    pub(super) fn evaluate(self, context: &Context<'_>) -> Truth {
        // Without driver metadata there is nothing that could match.
        if context.drivers.is_empty() {
            return Truth::Unknown;
        }
        let standings: Vec<Fact<Option<DriverStanding>>> =
            context.drivers.iter().map(|driver| context.inventory.driver_standing(driver)).collect();
        let any = |wanted| {
            Truth::any(standings.iter().map(|standing| match standing {
                Ok(standing) => Truth::from(*standing == Some(wanted)),
                Err(Unknown) => Truth::Unknown,
            }))
        };
        let (better, equal, worse) =
            (any(DriverStanding::Better), any(DriverStanding::Equal), any(DriverStanding::Worse));
        match self {
            Self::Installable => better,
            Self::Installed => Truth::all([equal, !better]),
            Self::Superseded => Truth::all([worse, !equal, !better]),
        }
    }
}
