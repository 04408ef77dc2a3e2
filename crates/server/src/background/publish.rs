//! Publishing: a new snapshot is built beside the one that is served, and takes its place at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use catalog::{BorrowedEntry, Decisions, Declined, Gathered, Snapshot, Withheld};
use policy::targeting::Targeting;
use policy::{GroupTree, GroupTreeError};
use store::{StoreError, StoredEntry};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::app::App;

/// After revisions were taken in, the next ones rest unseen for so many times as long as that took, unless someone
/// asks for them: an import of 100,000 documents arrives in hundreds of sets, and with half a million revisions in the
/// catalog a snapshot for each would keep a core busy throughout. This way it is a tenth of one.
const REST: u32 = 9;
/// Memberships are read anew so often when other servers write them too: of computers that another server met, or
/// whose request for groups it heard, this one learns no other way until they come here.
const MEMBERSHIPS_EVERY: Duration = Duration::from_secs(600);
/// How often it is looked whether the last request let go of a snapshot.
const RETIRE_EVERY: Duration = Duration::from_millis(20);

/// Holds the snapshot that is served.
#[derive(Default)]
pub(crate) struct Publisher {
    current: ArcSwapOption<Snapshot>,
    /// Computers say themselves which groups they are in.
    client_side: AtomicBool,
    /// One build at a time; whoever waits finds its work done.
    building: Mutex<Building>,
}

/// What is kept from build to build.
#[derive(Default)]
struct Building {
    /// Every revision that was read: the next build reads only those behind them.
    gathered: Arc<StdMutex<Gathered>>,
    declined: Vec<Declined>,
    /// Revisions in the snapshot that is served.
    built: usize,
    rest_until: Option<Instant>,
    memberships_read: Option<Instant>,
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
        let mut building = self.building.lock().await;
        let wanted = app.store.mark().await?;
        let before = self.current.load_full();
        if let Some(snapshot) = &before
            && snapshot.mark() == wanted
        {
            return Ok(Arc::clone(snapshot));
        }
        let started = Instant::now();
        let (snapshot, client_side) = building.next(app, before.as_ref()).await?;
        if let Some(before) = &before {
            app.computers.load_changed(&app.store, before.mark()).await?;
        }
        self.client_side.store(client_side, Ordering::Relaxed);
        app.metrics.revisions.set(i64::try_from(snapshot.revisions()).unwrap_or(i64::MAX));
        app.metrics.generation.set(i64::try_from(snapshot.mark().0).unwrap_or(i64::MAX));
        tracing::info!(generation = snapshot.mark().0, revisions = snapshot.revisions(), "published the catalog");
        self.current.store(Some(Arc::clone(&snapshot)));
        if snapshot.revisions() != building.built {
            building.built = snapshot.revisions();
            building.rest_until = Some(Instant::now() + started.elapsed() * REST);
        }
        before.into_iter().for_each(retire);
        Ok(snapshot)
    }

    /// Who says which groups a computer is in.
    pub(crate) fn targeting(&self) -> Targeting {
        if self.client_side.load(Ordering::Relaxed) { Targeting::Client } else { Targeting::Server }
    }
}

impl Building {
    /// The next snapshot, which shares with the one `before` what did not change; and whether computers choose their
    /// groups themselves.
    async fn next(&mut self, app: &App, before: Option<&Arc<Snapshot>>) -> Result<(Arc<Snapshot>, bool), PublishError> {
        let known = lock(&self.gathered).last();
        let gathered = Arc::clone(&self.gathered);
        let take = move |stored: StoredEntry<'_>| {
            let StoredEntry { id, imported, imported_at, .. } = stored;
            let revision = stored.revision()?;
            lock(&gathered).push(&BorrowedEntry { id, revision, imported, imported_at });
            Ok(())
        };
        let decided = app.store.stored_since(known, before.map(|before| before.mark()), take).await?;
        let declines_changed = decided.declined.is_some();
        if let Some(declined) = decided.declined {
            let declined = declined.into_iter().map(|(update_id, changed)| Declined { update_id, changed });
            self.declined = declined.collect();
        }
        let groups = GroupTree::new(decided.groups)?;
        let withheld = decided.withheld.into_iter().map(|one| Withheld {
            revision: one.revision,
            is_now: one.is_withheld,
            changed: one.changed,
        });
        let decisions =
            Decisions { approvals: decided.approvals, groups, withheld: withheld.collect(), mark: decided.mark };
        let (gathered, declined, built) = (Arc::clone(&self.gathered), self.declined.clone(), self.built);
        let is_first = before.is_none();
        let before = before.cloned();
        // Half a million revisions take a while: not on a thread that answers requests.
        let build = move || {
            let gathered = lock(&gathered);
            match before.filter(|_| gathered.revisions() == built) {
                Some(before) if declines_changed => before.declining(&declined, decisions),
                Some(before) => before.deciding(decisions),
                None => Snapshot::of(&gathered, &declined, decisions),
            }
        };
        let build = async { tokio::task::spawn_blocking(build).await.map_err(|_| PublishError::Interrupted) };
        let snapshot = if is_first {
            // Beside the build, and not before the catalog was read: they must not be older than its generation.
            tokio::try_join!(build, async { Ok(self.load_memberships(app).await?) })?.0
        } else {
            build.await?
        };
        Ok((Arc::new(snapshot), decided.client_targeting))
    }

    async fn load_memberships(&mut self, app: &App) -> Result<(), StoreError> {
        app.computers.load_memberships(&app.store).await?;
        self.memberships_read = Some(Instant::now());
        Ok(())
    }
}

fn lock(gathered: &StdMutex<Gathered>) -> std::sync::MutexGuard<'_, Gathered> {
    gathered.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Drops a snapshot that is served no longer, once no request holds it any more: half a million revisions take 90 ms to
/// drop, which must not fall to the request that happens to be the last.
fn retire(snapshot: Arc<Snapshot>) {
    tokio::task::spawn_blocking(move || {
        while Arc::strong_count(&snapshot) > 1 {
            std::thread::sleep(RETIRE_EVERY);
        }
    });
}

/// Publishes what another process changed. While the store is away the last snapshot goes on being served.
pub(crate) async fn step(app: &App) {
    if let Err(error) = look(app).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "could not publish the catalog; the last one stays in service"
        );
    }
}

async fn look(app: &App) -> Result<(), PublishError> {
    {
        let mut building = app.publisher.building.lock().await;
        if building.rest_until.is_some_and(|until| Instant::now() < until) {
            return Ok(());
        }
        let is_old = building.memberships_read.is_some_and(|read| read.elapsed() > MEMBERSHIPS_EVERY);
        if is_old && app.store.is_shared() {
            building.load_memberships(app).await?;
        }
    }
    app.publisher.refresh(app).await.map(drop)
}
