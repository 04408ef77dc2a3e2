//! This server as a downstream that tells the one above how computers are doing (MS-WSUSSS 3.2.4.5).
//!
//! A round tells what changed since it was last acknowledged: servers, then computers, then the states of updates on
//! them, each in sets that the upstream takes at once. What was acknowledged is noted set by set, so that a round that
//! is cut short goes on with what is left. Once a day a round is *whole*: it tells of every computer and compares all
//! numbers, which finds what diverged behind both servers' backs.

pub(crate) mod details;
mod run;
pub(crate) mod schedule;
pub(crate) mod summaries;
mod tell;

use std::sync::Arc;

use model::Timestamp;
use policy::servers::{Hierarchy, Server};
use serde::{Deserialize, Serialize};
use store::{DownstreamRow, DownstreamState, Store, StoreError};
use sync::SyncError;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::sync::trust::TrustError;
pub(crate) use run::{after_synchronisation, run};

/// What is remembered of the server above: JSON in the store's settings.
const ABOVE: &str = "rollup.above";

/// What goes on; one round at a time.
#[derive(Default)]
pub(crate) struct Rollups {
    running: Arc<Mutex<()>>,
}

/// Why the server above was not told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RollupError {
    #[error("no upstream is set, so there is nobody to tell; name one with `vanne upstream set`")]
    NoUpstream,
    #[error("Microsoft's service is not told how computers are doing; only another server is")]
    Microsoft,
    #[error(
        "the server above is being told already, perhaps by another server of this database; `vanne sync` shows how that ended"
    )]
    UnderWay,
    #[error(transparent)]
    InvalidUpstream(#[from] TrustError),
    #[error(transparent)]
    Upstream(#[from] SyncError),
    #[error("the upstream was busy each of the {0} times it was told, a minute apart; it is told again the next time")]
    Busy(u32),
    #[error("what is to be told could not be read or noted")]
    Store(#[from] StoreError),
}

/// What a round told the server above; what was acknowledged, even if the round failed later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RollupDetails {
    /// The server's address.
    pub upstream: String,
    /// When it began.
    pub began_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The server above wants to know of each computer, not only figures.
    pub is_detailed: bool,
    /// Every computer was told of, changed or not.
    pub is_whole: bool,
    /// Servers, this one among them.
    pub servers: usize,
    /// Computers.
    pub computers: usize,
    /// Computers whose states were told.
    pub states: usize,
    /// Of these, computers whose states had diverged, or were not known above, and were told completely.
    pub healed: usize,
    /// Computers that were removed above, and here as well.
    pub removed: usize,
    /// Why it failed.
    pub error: Option<String>,
}

/// How far the server above has been told, and how that went last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RollupState {
    /// Its id, as it says.
    pub server: Uuid,
    /// What it wants to be told all anew under: another one than last time means that it wants that.
    pub reset: Uuid,
    /// When it was last told all there was to tell.
    pub told_at: Option<Timestamp>,
    /// When the last whole round ended.
    pub whole_at: Option<Timestamp>,
    /// How far one got that has not: up to this computer, by its number, all was told.
    pub whole_after: i32,
    /// The last round.
    pub last: RollupDetails,
}

/// How far the server above has been told; nothing before the first round.
pub(crate) async fn state(store: &Store) -> Result<Option<RollupState>, StoreError> {
    let Some(text) = store.setting(ABOVE).await? else { return Ok(None) };
    // What cannot be read is told anew, which is all that would be lost.
    Ok(serde_json::from_str(&text).ok())
}

async fn keep(store: &Store, state: &RollupState) -> Result<(), StoreError> {
    let text = serde_json::to_string(state)
        .map_err(|error| StoreError::Invalid { what: format!("cannot be written: {error}") })?;
    store.set_setting(ABOVE, &text).await
}

/// The servers below this one, as they hang together.
pub(crate) fn hierarchy_of(rows: &[DownstreamRow]) -> Hierarchy {
    let server = |row: &DownstreamRow| Server {
        id: row.id,
        parent: row.parent,
        is_refused: row.state == DownstreamState::Refused,
    };
    Hierarchy::new(rows.iter().map(server))
}
