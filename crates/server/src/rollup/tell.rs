//! What is told, step by step.

mod computers;
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

/// As many as the upstream takes, and no more than may be answered.
fn at_most(announced: NonZeroU32, limit: usize) -> u32 {
    announced.get().min(u32::try_from(limit).unwrap_or(u32::MAX))
}
