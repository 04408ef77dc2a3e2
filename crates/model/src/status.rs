use std::fmt;

use serde::{Deserialize, Serialize};

/// What is known of an update on a computer (MS-WSUSOD; `native-behaviour` §4).
///
/// The numbers are what the store keeps, and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum UpdateState {
    /// The computer has not reported compliance yet.
    Unknown = 0,
    /// The computer reported, and the update is in none of its lists.
    NotApplicable = 1,
    /// Applicable and not installed.
    Needed = 2,
    /// Needed, and its files are on the computer.
    Downloaded = 3,
    /// Installed.
    Installed = 4,
    /// Installed once the computer has restarted.
    PendingReboot = 5,
    /// The last attempt to install it failed.
    Failed = 6,
}

impl UpdateState {
    /// Every state, in order of its number.
    pub const ALL: [Self; 7] = [
        Self::Unknown,
        Self::NotApplicable,
        Self::Needed,
        Self::Downloaded,
        Self::Installed,
        Self::PendingReboot,
        Self::Failed,
    ];

    /// The number the store keeps.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The state with that number, if there is one.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

impl fmt::Display for UpdateState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Unknown => "unknown",
            Self::NotApplicable => "not applicable",
            Self::Needed => "needed",
            Self::Downloaded => "downloaded",
            Self::Installed => "installed",
            Self::PendingReboot => "pending reboot",
            Self::Failed => "failed",
        })
    }
}
