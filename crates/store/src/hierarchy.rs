//! Servers above and below this one: what a synchronisation fetched, how it becomes part of the catalog, and what
//! others are told.

mod apply;
mod documents;
mod downstreams;
mod driver_sets;
mod files;
mod licences;
mod replica;
mod runs;
mod staging;

pub use apply::Applying;
pub use documents::StoredDocument;
pub use downstreams::{DOWNSTREAMS_MAX, DownstreamRow, DownstreamState};
pub use licences::LicenceRow;
pub use replica::{Mirrored, ReplicaDeployment, ReplicaState};
pub use runs::{RunOutcome, RunRow};
pub use staging::StagedDocument;
