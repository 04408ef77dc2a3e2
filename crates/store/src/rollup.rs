//! Status flows up: what servers below tell of themselves and their computers, and what the server above was told.
//!
//! A computer is one server's, by `computer.server_id`; of two that tell of it, the one it spoke to last has it. Every
//! figure about states counts all of them alike.
//!
//! Towards the server above, what it acknowledged is kept for each computer, so that a round that was cut short goes on
//! with what is left. States that changed are noted as they do (`fact_change`), under the round in which that was:
//! those of earlier rounds are settled when they are acknowledged, those of the present one wait for the next.

mod below;
mod due;
mod figures;
mod servers;
mod states;
mod summaries;
mod systems;
#[cfg(test)]
mod tests;
mod told;

use model::{ComputerId, TargetGroupId, Timestamp};
use uuid::Uuid;

pub use below::{COMPUTERS_BELOW_MAX, ComputerChange, ComputersTaken};
pub use due::DueStates;
pub use figures::ServerFigures;
pub use servers::ServerNews;
pub use states::{StatesNews, StatesTaken, ToldState};
pub use summaries::{ACTIVITIES_MAX, SUMMARIES_MAX, SummariesTaken};
pub(crate) use systems::is_counted;
pub use systems::{ActivityRow, ClientSummary, ClientSystem, InstallActivity, SystemRow};
pub use told::ComputerToTell;
pub(crate) use told::is_tracked;

use crate::Registration;

/// What one server tells another of a computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComputerNews {
    /// The computer.
    pub computer: ComputerId,
    /// The server below that it asks; this one if there is none.
    pub server: Option<Uuid>,
    /// When it last asked for updates.
    pub last_contact: Option<Timestamp>,
    /// Whether its last scan went well, if it said so.
    pub last_detection_ok: Option<bool>,
    /// When it last reported compliance.
    pub last_report: Option<Timestamp>,
    /// What it is, if that is told.
    pub details: Option<ComputerDetails>,
}

/// What a computer is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ComputerDetails {
    /// Its name.
    pub dns_name: Option<String>,
    /// Where it spoke from.
    pub address: String,
    /// Its groups, the built-in ones left out.
    pub groups: Vec<TargetGroupId>,
    /// The group names it requests; never taken from a server below.
    pub requested: Vec<String>,
    /// What it told of itself.
    pub registration: Registration,
}
