//! Reports are written in sets: one commit, and one wait for the disk, for all that came while the last was under way.

use std::collections::VecDeque;
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};

use store::{Recorded, Report, Store, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Bytes of reports that wait or are being written. Whoever comes when they are taken waits for its turn, and its
/// computer with it: nothing is dropped.
pub const WAITING_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Reports written in one transaction: what else writes gets its turn in between.
pub const SET_REPORTS_MAX: usize = 512;

/// What a report costs beside the texts of its events: bytes a report, and bytes an event.
const REPORT_BYTES: usize = 256;
const EVENT_BYTES: usize = 128;

/// Takes reports from many requests at once and answers each when its own is durable.
///
/// There is no task to start or to stop. Whoever hands in a report also starts a writer, unless one is about to begin;
/// that one waits for the writer before it and then takes everything that waits by then. So a single report is
/// written at once, under load a set is what came within one commit, and there are never more than two writers.
pub(crate) struct ReportWriter {
    shared: Arc<Shared>,
}

struct Shared {
    room: Arc<Semaphore>,
    queue: Mutex<Queue>,
    /// One set at a time.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// A writer was started that has not begun: it will take what waits.
    has_writer: bool,
}

struct Waiting {
    report: Report,
    answer: oneshot::Sender<Outcome>,
    room: OwnedSemaphorePermit,
}

type Outcome = Result<Recorded, Arc<StoreError>>;

/// Why a report was not taken; nothing of it is kept.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum NotTaken {
    /// The store refused it.
    #[error(transparent)]
    Store(Arc<StoreError>),
    /// The writer ended before it came to this one.
    #[error("the server is stopping")]
    Stopping,
}

impl Default for ReportWriter {
    fn default() -> Self {
        let shared = Shared {
            room: Arc::new(Semaphore::new(WAITING_BYTES_MAX)),
            queue: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }
}

impl ReportWriter {
    /// Keeps a report; returns once it is durable. What was new is summed up over answers, not of this report alone.
    ///
    /// A caller that is dropped meanwhile does not stop the writing.
    pub(crate) async fn record(&self, store: &Store, report: Report) -> Result<Recorded, NotTaken> {
        let bytes = u32::try_from(cost(&report).min(WAITING_BYTES_MAX)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.shared.room).acquire_many_owned(bytes).await.map_err(|_| NotTaken::Stopping)?;
        let (answer, answered) = oneshot::channel();
        let has_writer = {
            let mut queue = self.shared.queue();
            queue.waiting.push_back(Waiting { report, answer, room });
            std::mem::replace(&mut queue.has_writer, true)
        };
        if !has_writer {
            self.shared.start_writer(store);
        }
        answered.await.map_err(|_| NotTaken::Stopping)?.map_err(NotTaken::Store)
    }

    /// Waits until everything handed in is answered.
    pub(crate) async fn drain(&self) {
        let all = u32::try_from(WAITING_BYTES_MAX).unwrap_or(u32::MAX);
        // Fails only if the semaphore were closed, and nobody closes it.
        let _ = self.shared.room.acquire_many(all).await;
    }
}

impl Shared {
    fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start_writer(self: &Arc<Self>, store: &Store) {
        let (shared, store) = (Arc::clone(self), store.clone());
        tokio::spawn(async move { shared.write_one_set(&store).await });
    }

    async fn write_one_set(self: &Arc<Self>, store: &Store) {
        let _one_at_a_time = self.writing.lock().await;
        let (set, is_more) = {
            let mut queue = self.queue();
            let size = queue.waiting.len().min(SET_REPORTS_MAX);
            let set: Vec<Waiting> = queue.waiting.drain(..size).collect();
            queue.has_writer = !queue.waiting.is_empty();
            (set, queue.has_writer)
        };
        if is_more {
            self.start_writer(store);
        }
        let (reports, callers): (Vec<_>, Vec<_>) =
            set.into_iter().map(|waiting| (waiting.report, (waiting.answer, waiting.room))).unzip();
        let outcomes = record_all(store, &reports).await;
        for ((answer, room), outcome) in callers.into_iter().zip(outcomes) {
            // Nobody listens any more when the connection is gone: the report is kept all the same.
            let _ = answer.send(outcome);
            drop(room);
        }
    }
}

/// Records a set at once; if the store refuses what is in it, each by itself, so that one cannot spoil the others.
async fn record_all(store: &Store, reports: &[Report]) -> Vec<Outcome> {
    let shared = |outcome: Result<Recorded, StoreError>| outcome.map_err(Arc::new);
    match shared(store.record(reports).await) {
        Ok(recorded) => {
            // What was new is known of the whole set only; the first answer carries it.
            let others = reports.iter().skip(1).map(|_| Ok(Recorded::default()));
            std::iter::once(Ok(recorded)).chain(others).collect()
        }
        Err(error) if reports.len() > 1 && is_of_the_data(&error) => {
            let mut outcomes = Vec::with_capacity(reports.len());
            for report in reports {
                outcomes.push(shared(store.record(slice::from_ref(report)).await));
            }
            outcomes
        }
        Err(error) => reports.iter().map(|_| Err(Arc::clone(&error))).collect(),
    }
}

/// Whether the data is at fault: it makes no sense to try each report on a full disk, or without a database.
fn is_of_the_data(error: &StoreError) -> bool {
    !matches!(error, StoreError::Unavailable { .. } | StoreError::Full { .. } | StoreError::ReadOnly { .. })
}

/// Bytes a report takes while it waits.
fn cost(report: &Report) -> usize {
    let events: usize = report.events.iter().map(|event| EVENT_BYTES + event.raw.len()).sum();
    REPORT_BYTES + events
}

#[cfg(test)]
mod tests {
    use model::{ComputerId, Timestamp};
    use store::{EventQuery, Location, StoredEvent};
    use testkit::postgres::Postgres;
    use uuid::Uuid;

    use super::*;

    fn report(number: u128, events: usize, bytes: usize) -> Report {
        let at = Timestamp::UNIX_EPOCH;
        let event = |nth: usize| StoredEvent {
            instance: Uuid::from_u128(number << 32 | nth as u128),
            at,
            event_id: 147,
            update: None,
            hresult: 0,
            raw: vec![b' '; bytes],
        };
        let computer: ComputerId = format!("computer-{number}").parse().unwrap();
        Report { computer, received_at: at, events: (0..events).map(event).collect(), effects: Vec::new() }
    }

    async fn kept(store: &Store) -> usize {
        store.events(&EventQuery { computer: None, limit: u32::MAX }).await.unwrap().len()
    }

    async fn store(folder: &tempfile::TempDir) -> Store {
        Store::open(&Location::Sqlite(folder.path().join("vanne.db")), Timestamp::UNIX_EPOCH).await.unwrap()
    }

    /// Runs `body` on a new store in SQLite, then in PostgreSQL if there is one.
    async fn on_both(body: impl AsyncFn(Store)) {
        let folder = tempfile::tempdir().unwrap();
        body(store(&folder).await).await;
        if let Some(server) = Postgres::shared() {
            let location = Location::Postgres(server.database().unwrap());
            body(Store::open(&location, Timestamp::UNIX_EPOCH).await.unwrap()).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_is_answered_only_when_it_is_in_the_database() {
        on_both(async |store| {
            let writer = ReportWriter::default();
            let all = (0..60).map(|number| {
                let (store, writer) = (&store, &writer);
                async move {
                    let own = report(number, 3, 10);
                    let computer = own.computer.clone();
                    writer.record(store, own).await.unwrap();
                    let query = EventQuery { computer: Some(computer), limit: 10 };
                    assert_eq!(store.events(&query).await.unwrap().len(), 3);
                }
            });
            futures::future::join_all(all).await;
            assert_eq!(kept(&store).await, 180);
        })
        .await;
    }

    #[tokio::test]
    async fn what_came_during_a_commit_is_one_set_and_counts_once() {
        on_both(async |store| {
            let writer = ReportWriter::default();
            let under_way = writer.shared.writing.lock().await;
            let all = futures::future::join_all((0..20).map(|number| writer.record(&store, report(number, 2, 10))));
            let mut all = std::pin::pin!(all);
            assert!(futures::poll!(&mut all).is_pending());
            assert_eq!(writer.shared.queue().waiting.len(), 20, "they wait, and none is written");
            assert_eq!(Arc::strong_count(&writer.shared), 2, "one writer waits for all of them");
            assert_eq!(kept(&store).await, 0);
            drop(under_way);
            let recorded: Vec<Recorded> = all.await.into_iter().map(Result::unwrap).collect();
            let sums: Vec<usize> = recorded.iter().map(|one| one.events).filter(|events| *events > 0).collect();
            assert_eq!(sums, [40], "one set, whose sum is told once");
        })
        .await;
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_and_a_server_that_stops_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (store, writer) = (store(&folder).await, ReportWriter::default());
        let under_way = writer.shared.writing.lock().await;
        {
            let gone = futures::future::join_all((0..5).map(|number| writer.record(&store, report(number, 1, 10))));
            let mut gone = std::pin::pin!(gone);
            assert!(futures::poll!(&mut gone).is_pending());
        }
        drop(under_way);
        writer.drain().await;
        assert_eq!(kept(&store).await, 5);
    }

    #[tokio::test]
    async fn what_is_more_than_one_set_is_written_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (store, writer) = (store(&folder).await, ReportWriter::default());
        let under_way = writer.shared.writing.lock().await;
        let count = SET_REPORTS_MAX as u128 * 2 + 1;
        let all = futures::future::join_all((0..count).map(|number| writer.record(&store, report(number, 1, 10))));
        let mut all = std::pin::pin!(all);
        assert!(futures::poll!(&mut all).is_pending());
        drop(under_way);
        let sets = all.await.into_iter().filter(|recorded| recorded.as_ref().unwrap().events > 0).count();
        assert_eq!(sets, 3);
        assert_eq!(kept(&store).await as u128, count);
    }

    #[tokio::test]
    async fn a_full_queue_lets_wait_and_drops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (store, writer) = (store(&folder).await, ReportWriter::default());
        let under_way = writer.shared.writing.lock().await;
        let third = WAITING_BYTES_MAX / 3;
        let all = futures::future::join_all((0..5).map(|number| writer.record(&store, report(number, 1, third))));
        let mut all = std::pin::pin!(all);
        assert!(futures::poll!(&mut all).is_pending());
        assert_eq!(writer.shared.queue().waiting.len(), 2, "the others wait for room");
        drop(under_way);
        assert!(all.await.into_iter().all(|outcome| outcome.is_ok()));
        assert_eq!(kept(&store).await, 5);
    }

    #[tokio::test]
    async fn a_report_the_store_refuses_does_not_take_its_neighbours_down() {
        let folder = tempfile::tempdir().unwrap();
        let (store, writer) = (store(&folder).await, ReportWriter::default());
        let beside = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("vanne.db"));
        let beside = sqlx::SqlitePool::connect_with(beside).await.unwrap();
        let poison = "CREATE TRIGGER poison BEFORE INSERT ON event WHEN NEW.event_id = 199 \
                      BEGIN SELECT RAISE(ABORT, 'poisoned'); END";
        sqlx::query(poison).execute(&beside).await.unwrap();
        beside.close().await;

        let under_way = writer.shared.writing.lock().await;
        let reports = (0..6).map(|number| {
            let mut report = report(number, 2, 10);
            if number == 3 {
                report.events[1].event_id = 199;
            }
            writer.record(&store, report)
        });
        let all = futures::future::join_all(reports);
        let mut all = std::pin::pin!(all);
        assert!(futures::poll!(&mut all).is_pending());
        drop(under_way);
        let refused: Vec<usize> =
            all.await.iter().enumerate().filter(|(_, it)| it.is_err()).map(|(at, _)| at).collect();
        assert_eq!(refused, [3]);
        assert_eq!(kept(&store).await, 10, "nothing of the refused one is kept");
    }
}
