//! What is told, step by step.

mod computers;
mod parts;
mod servers;
mod states;

use std::num::NonZeroU32;

use sync::Session;
use uuid::Uuid;
use wire::reporting::rollup::RollupConfiguration;

use super::{RollupDetails, RollupState};
use crate::app::App;

/// A round under way.
pub(super) struct Round<'a> {
    pub(super) app: &'a App,
    pub(super) session: &'a Session,
    /// What the upstream wants to know.
    pub(super) wanted: RollupConfiguration,
    /// This server.
    pub(super) own: Uuid,
    /// The round's number in the store.
    pub(super) number: i64,
    /// What is remembered of the upstream.
    pub(super) state: &'a mut RollupState,
    pub(super) details: &'a mut RollupDetails,
}

/// As many as the upstream takes, and no more than a slow line carries in time: a line of 256 kbit/s takes half a minute
/// for a megabyte, and an upstream waits for a minute.
fn at_most(announced: NonZeroU32, ours: u32) -> u32 {
    announced.get().min(ours)
}
