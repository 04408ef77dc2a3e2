//! Publishing: a new snapshot is built beside the one that is served, and takes its place at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwapOption;
use catalog::{Declined, Snapshot, Source};
use policy::targeting::Targeting;
use policy::{GroupTree, GroupTreeError};
use store::{Store, StoreError};
use tokio::sync::Mutex;

use crate::app::App;

/// Holds the snapshot that is served.
#[derive(Default)]
pub(crate) struct Publisher {
    current: ArcSwapOption<Snapshot>,
    /// Computers say themselves which groups they are in.
    client_side: AtomicBool,
    /// One build at a time; whoever waits finds its work done.
    building: Mutex<()>,
}

/// Why no snapshot can be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublishError {
    /// The store does not answer.
    #[error("could not read the catalog from the database")]
    Store(#[from] StoreError),
    /// The groups in the store do not form a tree.
    #[error("the target groups in the database are damaged")]
    Groups(#[from] GroupTreeError),
    /// The build did not end.
    #[error("building the catalog was cut short")]
    Interrupted,
}

impl Publisher {
    /// The snapshot that is served; the first caller builds it.
    pub(crate) async fn current(&self, app: &App) -> Result<Arc<Snapshot>, PublishError> {
        match self.current.load_full() {
            Some(snapshot) => Ok(snapshot),
            None => self.refresh(app).await,
        }
    }

    /// Builds and publishes a snapshot if the store has moved on, and returns the one that is served then.
    pub(crate) async fn refresh(&self, app: &App) -> Result<Arc<Snapshot>, PublishError> {
        let _one_at_a_time = self.building.lock().await;
        let wanted = app.store.mark().await?;
        if let Some(snapshot) = self.current.load_full()
            && snapshot.mark() == wanted
        {
            return Ok(snapshot);
        }
        let snapshot = Arc::new(build(&app.store).await?);
        self.client_side.store(app.store.client_targeting().await?, Ordering::Relaxed);
        app.computers.load_memberships(&app.store).await?;
        app.metrics.revisions.set(i64::try_from(snapshot.revisions()).unwrap_or(i64::MAX));
        app.metrics.generation.set(i64::try_from(snapshot.mark().0).unwrap_or(i64::MAX));
        tracing::info!(generation = snapshot.mark().0, revisions = snapshot.revisions(), "published the catalog");
        self.current.store(Some(Arc::clone(&snapshot)));
        Ok(snapshot)
    }

    /// Who says which groups a computer is in.
    pub(crate) fn targeting(&self) -> Targeting {
        if self.client_side.load(Ordering::Relaxed) { Targeting::Client } else { Targeting::Server }
    }
}

async fn build(store: &Store) -> Result<Snapshot, PublishError> {
    let rows = store.catalog().await?;
    let source = Source {
        entries: rows.entries,
        declined: rows.declined.into_iter().map(|(update_id, changed)| Declined { update_id, changed }).collect(),
        approvals: rows.approvals,
        groups: GroupTree::new(rows.groups)?,
        mark: rows.mark,
    };
    // Half a million revisions take a while: not on a thread that answers requests.
    tokio::task::spawn_blocking(move || Snapshot::build(source)).await.map_err(|_| PublishError::Interrupted)
}

/// Publishes what another process changed. While the store is away the last snapshot goes on being served.
pub(crate) async fn step(app: &App) {
    if let Err(error) = app.publisher.refresh(app).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "could not publish the catalog; the last one stays in service"
        );
    }
}
