//! This server as a downstream: what an upstream has is planned, fetched, kept and applied as one generation.

pub mod amounts;
mod apply;
mod details;
mod drift;
mod drivers;
mod failover;
pub(crate) mod files;
pub(crate) mod give_back;
mod keep;
mod languages;
mod lists;
mod mirror;
mod related;
mod room;
mod run;
pub(crate) mod schedule;
pub mod settings;
pub(crate) mod trust;

use std::sync::Arc;

use sync::Progress;
use tokio::sync::{Mutex, watch};

pub use details::{MirroredDetails, RefusedRevision, RunDetails};
pub(crate) use failover::Failover;
pub(crate) use lists::{account, plan};
pub(crate) use run::{RunError, run};

use crate::app::App;

/// What goes on; one synchronisation at a time.
pub(crate) struct Syncs {
    running: Arc<Mutex<()>>,
    stage: watch::Sender<Stage>,
}

/// How far the one under way is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// None is under way.
    Idle,
    /// Asking which revisions there are.
    Listing,
    /// Fetching documents.
    Fetching(Progress),
    /// Taking so many of so many documents into the catalog.
    Applying { done: usize, total: usize },
}

impl Default for Syncs {
    fn default() -> Self {
        Self { running: Arc::default(), stage: watch::Sender::new(Stage::Idle) }
    }
}

impl Syncs {
    /// How far the one under way is, now and from now on.
    pub(crate) fn watch(&self) -> watch::Receiver<Stage> {
        self.stage.subscribe()
    }

    fn at(&self, stage: Stage) {
        self.stage.send_replace(stage);
    }
}

/// Notes that what was under way when this server stopped was cut short. What it fetched is kept.
pub(crate) async fn resume(app: &App) {
    match app.store.cut_runs_short(app.now()).await {
        Ok(0) => {}
        Ok(_) => tracing::warn!("a synchronisation was cut short; the next one goes on where it was"),
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "could not note what was cut short"),
    }
    // The configuration file may name another upstream than before.
    if let Err(error) = give_back::of_strangers(app).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "could not give back what another upstream left");
    }
}
