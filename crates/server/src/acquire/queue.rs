//! What is fetched next: computed anew from the store whenever something changed, so that nothing of it has to survive.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use catalog::Snapshot;
use model::{ApprovalAction, ChangeMark, ContentFile, Sha1};
use tokio::sync::{Mutex as AsyncMutex, Notify};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::choice::OfUse;
use super::download::{self, Failure};
use super::jittered;
use super::needs::{self, Needs};
use crate::admin::{ApiError, chain};
use crate::app::App;
use crate::config::ContentMode;
use crate::told::Told;

/// How often it is looked whether approvals changed, a failed file may be tried again, or there is room again.
const TICK: Duration = Duration::from_secs(1);
/// How often the store is asked though nothing is known to have changed: other servers may share it.
const REPLAN: Duration = Duration::from_secs(60);
/// The same while there is no room.
const PAUSED: Duration = Duration::from_secs(5);
/// How long a file rests after its first failure; twice as long after each further one,
const REST: Duration = Duration::from_secs(15);
/// and no longer than this.
const REST_MAX: Duration = Duration::from_secs(3600);
/// Most digests of which it is remembered that they were asked for or vanished.
const REMEMBERED_MAX: usize = 100_000;

/// The queue's memory. None of it is needed after a restart.
#[derive(Default)]
pub(super) struct Queue {
    poke: Notify,
    /// One pass at a time.
    running: AsyncMutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    seen: Seen,
    failed: HashMap<Sha1, Failed>,
    /// Why files that are wanted are not fetched now.
    paused: Option<String>,
    /// Files that were not in their place, whatever their rows say.
    vanished: HashSet<Sha1>,
    /// Files whose wish is noted in the store.
    asked: HashSet<Sha1>,
    told: Told,
}

/// What was last seen to be wanted, held and missing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) wanted: u64,
    pub(super) wanted_bytes: u64,
    pub(super) missing: u64,
    pub(super) missing_bytes: u64,
    pub(super) held: u64,
    pub(super) held_bytes: u64,
    pub(super) withheld: u64,
}

/// A file that could not be fetched.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub(super) name: String,
    pub(super) reason: String,
    attempts: u32,
    pub(super) until: Instant,
}

/// What became of a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) fetched: u64,
    pub(super) bytes: u64,
    pub(super) failed: u64,
}

/// What is wanted now, and was decided at that generation.
struct Plan {
    mark: ChangeMark,
    made: Instant,
    missing: VecDeque<ContentFile>,
    held_bytes: u64,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something changed: look again what is wanted.
    pub(super) fn poke(&self) {
        self.poke.notify_one();
    }

    /// Everything is tried again at once.
    pub(super) fn forget_failures(&self) {
        self.state().failed.clear();
    }

    pub(super) fn seen(&self) -> Seen {
        self.state().seen
    }

    pub(super) fn paused(&self) -> Option<String> {
        self.state().paused.clone()
    }

    /// The files that rest after a failure, by name.
    pub(super) fn failed(&self) -> Vec<(Sha1, Failed)> {
        let mut failed: Vec<(Sha1, Failed)> =
            self.state().failed.iter().map(|(sha1, failed)| (*sha1, failed.clone())).collect();
        failed.sort_by(|one, other| one.1.name.cmp(&other.1.name));
        failed
    }

    /// Notes that a file is not in its place. True when that is news.
    pub(super) fn note_vanished(&self, sha1: Sha1) -> bool {
        let mut state = self.state();
        state.vanished.len() < REMEMBERED_MAX && state.vanished.insert(sha1)
    }

    /// True when it is not remembered yet that this file was asked for.
    pub(super) fn is_new_wish(&self, sha1: Sha1) -> bool {
        let mut state = self.state();
        if state.asked.len() >= REMEMBERED_MAX {
            state.asked.clear();
        }
        state.asked.insert(sha1)
    }

    fn rests(&self, sha1: Sha1) -> bool {
        self.state().failed.get(&sha1).is_some_and(|failed| Instant::now() < failed.until)
    }

    /// True when something that failed may be tried again.
    fn is_due(&self) -> bool {
        self.state().failed.values().any(|failed| Instant::now() >= failed.until)
    }

    /// Notes what became of a file.
    fn note(&self, file: &ContentFile, done: &Result<(), Failure>) {
        let mut state = self.state();
        match done {
            // What is withheld came, and coming again would not change it.
            Ok(()) | Err(Failure::Withheld(_)) => {
                state.failed.remove(&file.sha1);
                state.vanished.remove(&file.sha1);
            }
            Err(error) => {
                let reason = chain(error);
                let failed = state.failed.entry(file.sha1).or_insert_with(|| Failed {
                    name: file.name.to_string(),
                    reason: String::new(),
                    attempts: 0,
                    until: Instant::now(),
                });
                let rest = (REST * 2_u32.saturating_pow(failed.attempts.min(16))).min(REST_MAX);
                // Where files are added by hand, that is how things are.
                let is_usual = matches!(error, Failure::NoSource { detail: None });
                let is_news = failed.reason != reason && !is_usual;
                failed.reason = reason;
                failed.attempts += 1;
                // Once there is room again it is tried at once.
                failed.until = Instant::now() + if error.is_full() { PAUSED } else { jittered(rest) };
                if is_news && let Some(files) = state.told.another(Instant::now()) {
                    let reason = chain(error);
                    tracing::warn!(
                        files, file.sha1 = %file.sha1, file.name = %file.name, reason,
                        "content files could not be fetched, this one among them; they are tried again, and `vanne content status` lists them all"
                    );
                }
            }
        }
    }

    fn pause(&self, reason: Option<String>) {
        let mut state = self.state();
        match &reason {
            Some(reason) if state.paused.is_none() => {
                tracing::warn!(reason, "content is not fetched for now; what is held goes on being served");
            }
            None if state.paused.is_some() => tracing::info!("content is fetched again"),
            _ => {}
        }
        state.paused = reason;
    }
}

/// Fetches what is wanted, for ever.
pub(crate) async fn run(app: &Arc<App>) {
    let queue = &app.acquire.queue;
    loop {
        let mut planned = None;
        match pass(app, false).await {
            Ok((_, mark)) => planned = Some(mark),
            Err(error) => tracing::warn!(error = error.error, "could not find out which content is wanted"),
        }
        let next = Instant::now() + if queue.paused().is_some() { PAUSED } else { REPLAN };
        loop {
            tokio::select! {
                () = queue.poke.notified() => break,
                () = sleep(TICK) => {}
            }
            let mark = app.publisher.current(app).await.map(|snapshot| snapshot.mark()).ok();
            if Instant::now() >= next || mark != planned || queue.is_due() {
                break;
            }
        }
    }
}

/// Fetches everything that is wanted and does not rest, each file once; with `anew` what rests and who lied is forgotten
/// first. Also says of which generation.
pub(super) async fn pass(app: &Arc<App>, anew: bool) -> Result<(Passed, ChangeMark), ApiError> {
    let queue = &app.acquire.queue;
    let _running = queue.running.lock().await;
    if anew {
        app.publisher.refresh(app).await?;
        queue.forget_failures();
        app.acquire.blame.forget_all();
    }
    let mut plan = plan(app).await?;
    let (mut passed, mut tried, mut tasks) = (Passed::default(), HashSet::new(), JoinSet::new());
    let mut no_room = None;
    loop {
        while tasks.len() < app.config.content.downloads_at_once
            && let Some(file) = plan.missing.pop_front()
        {
            if queue.rests(file.sha1) || tried.contains(&file.sha1) {
                continue;
            }
            if let Err(reason) = fits(app, &file, plan.held_bytes + passed.bytes).await? {
                no_room.get_or_insert(reason);
                continue;
            }
            tried.insert(file.sha1);
            let app = Arc::clone(app);
            tasks.spawn(async move {
                let done = download::fetch(&app, &file).await;
                (file, done)
            });
        }
        queue.pause(paused(app, no_room.clone()));
        tokio::select! {
            done = tasks.join_next() => match done {
                None => break,
                Some(Ok((file, done))) => {
                    queue.note(&file, &done);
                    match done {
                        Ok(()) => { passed.fetched += 1; passed.bytes += file.size; }
                        Err(error) => {
                            if error.is_full() { no_room.get_or_insert(chain(&error)); }
                            passed.failed += 1;
                        }
                    }
                }
                Some(Err(error)) => tracing::error!(%error, "a download ended by a fault of the server"),
            },
            () = queue.poke.notified() => { plan = self::plan(app).await?; passed.bytes = 0; }
            () = sleep(TICK) => {
                let mark = app.publisher.current(app).await?.mark();
                if mark != plan.mark || plan.made.elapsed() >= REPLAN {
                    plan = self::plan(app).await?;
                }
            }
        }
    }
    // What is missing now is told from what is here now.
    let plan = self::plan(app).await?;
    Ok((passed, plan.mark))
}

/// Why nothing is fetched at this moment, if that is so.
fn paused(app: &App, no_room: Option<String>) -> Option<String> {
    let transfers = match app.acquire.transfers() {
        Ok(transfers) => transfers,
        Err(reason) => return Some(reason),
    };
    let is_still = transfers.pace.cap(app.now()) == Some(0);
    no_room.or_else(|| is_still.then(|| "content.bandwidth allows nothing at this time of day".to_owned()))
}

/// Whether there is room for a file beside those that are on their way.
async fn fits(app: &App, file: &ContentFile, held_bytes: u64) -> Result<Result<(), String>, ApiError> {
    let Ok(transfers) = app.acquire.transfers() else { return Ok(Ok(())) };
    let disk = |error: content::FileError| ApiError::internal(&error);
    let partials = app.files.partials().await.map_err(disk)?;
    let here: u64 = partials.iter().filter(|partial| partial.sha1 == file.sha1).map(|partial| partial.bytes).sum();
    let used = partials.iter().map(|partial| partial.bytes).sum::<u64>() + held_bytes;
    let others = app.acquire.downloads.all().await;
    let others = others.iter().filter(|download| download.file.sha1 != file.sha1);
    let coming: u64 = others.map(|other| other.file.size.saturating_sub(other.partial.here_bytes())).sum();
    let needed = coming.saturating_add(file.size.saturating_sub(here));
    let free = app.files.free_bytes().await.map_err(disk)?;
    Ok(transfers.room.fits(free, used, needed).map_err(|reason| format!("no room for {}: {reason}", file.name)))
}

/// What anybody may want, by a snapshot, and the generation it was decided at.
pub(super) async fn needs(app: &App, snapshot: &Snapshot) -> Result<(Needs, ChangeMark), ApiError> {
    let installed = |action| matches!(action, ApprovalAction::Install | ApprovalAction::Optional);
    let of_use = OfUse::now(app).await?;
    let approved = of_use.files_of(&snapshot.approved(installed)).await?;
    let removed = of_use.files_of(&snapshot.approved(|action| action == ApprovalAction::Uninstall)).await?;
    let decided = approved.iter().chain(&removed).map(|file| file.sha1).collect();
    let every = match app.config.content.mode {
        ContentMode::Everything => of_use.files_of(&snapshot.offered()).await?,
        _ => Vec::new(),
    };
    let requests = app.store.content_requests().await?;
    Ok((Needs { approved, decided, every, requests }, snapshot.mark()))
}

/// Looks what is wanted and what is here, for [`Queue::seen`].
pub(super) async fn look(app: &App) -> Result<(), ApiError> {
    app.publisher.refresh(app).await?;
    plan(app).await.map(drop)
}

/// What is wanted and not here.
async fn plan(app: &App) -> Result<Plan, ApiError> {
    let made = Instant::now();
    // The one that is served: an import shall not have a snapshot built for every set because of this.
    let snapshot = app.publisher.current(app).await?;
    let (needs, mark) = needs(app, &snapshot).await?;
    let rows = app.store.content_rows().await?;
    let vanished = app.acquire.queue.state().vanished.clone();
    let wanted = needs.wanted(app.config.content.mode);
    let missing: Vec<&ContentFile> = needs::missing(&wanted, &rows, &vanished);
    // Those that nobody is given take room as well.
    let held: Vec<u64> = rows.iter().filter(|row| row.state.is_intact()).map(|row| row.size).collect();
    let seen = Seen {
        wanted: wanted.len() as u64,
        wanted_bytes: wanted.iter().map(|file| file.size).sum(),
        missing: missing.len() as u64,
        missing_bytes: missing.iter().map(|file| file.size).sum(),
        held: held.len() as u64,
        held_bytes: held.iter().sum(),
        withheld: rows.iter().filter(|row| row.state.is_withheld()).count() as u64,
    };
    app.metrics.content_withheld.set(i64::try_from(seen.withheld).unwrap_or(i64::MAX));
    app.metrics.content_wanted.set(i64::try_from(seen.wanted).unwrap_or(i64::MAX));
    app.metrics.content_to_fetch.set(i64::try_from(seen.missing).unwrap_or(i64::MAX));
    let still_wanted: HashSet<Sha1> = missing.iter().map(|file| file.sha1).collect();
    {
        let mut state = app.acquire.queue.state();
        state.seen = seen;
        state.failed.retain(|sha1, _| still_wanted.contains(sha1));
    }
    Ok(Plan { mark, made, missing: missing.into_iter().cloned().collect(), held_bytes: seen.held_bytes })
}
