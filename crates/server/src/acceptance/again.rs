//! Files are judged again when what decided about them changed: the policy, the lists, the time, or what updates say they are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::{ChangeMark, ContentFile, Sha1, Sha256};
use store::{ContentRow, NewContent, ToJudge};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::intent::Intents;
use super::rule::Promise;
use super::{look, trust};
use crate::admin::ApiError;
use crate::admin::content::set_aside;
use crate::app::App;

/// Files looked up at a time.
const STEP: u32 = 500;
/// Files noted at a time: as many changes of what is offered make one generation.
const NOTED: usize = 32;
/// How often it is looked whether anything changed,
const EVERY: Duration = Duration::from_secs(1);
/// and how often the files of the configuration are read again.
const RENEW_EVERY: Duration = Duration::from_secs(600);
/// After a look over all files so many times as long passes before the next, an import being a thousand reasons for one,
const REST: u32 = 9;
/// and no longer than this.
const REST_MAX: Duration = Duration::from_secs(60);

/// One pass at a time: whoever waits finds its work done.
#[derive(Default)]
pub(crate) struct Passes {
    running: Mutex<()>,
    seen: StdMutex<Option<Seen>>,
}

/// What was judged by: judges, generation and hour.
type Seen = (Sha256, ChangeMark, i64);

impl Passes {
    fn seen(&self) -> MutexGuard<'_, Option<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has another pass made though nothing else changes: something was left open.
    pub(super) fn another(&self) {
        *self.seen() = None;
    }
}

/// Judges again what has to be, for ever.
pub(crate) async fn run(app: &Arc<App>) {
    let mut renewed = Instant::now();
    loop {
        if renewed.elapsed() > RENEW_EVERY {
            trust::renew(app).await;
            renewed = Instant::now();
        }
        let rest = step(app).await.unwrap_or_else(|error| {
            tracing::warn!(error = error.error, "could not judge all content files again; trying again in a minute");
            REST_MAX
        });
        sleep(rest.max(EVERY)).await;
    }
}

/// One pass, if anything changed; how long to rest then.
async fn step(app: &App) -> Result<Duration, ApiError> {
    let mark = app.publisher.current(app).await?.mark();
    let now = (app.judges.current().id(), mark, app.now().as_second() / 3_600);
    if *app.passes.seen() == Some(now) {
        return Ok(Duration::ZERO);
    }
    // Before the pass, which takes it back if it leaves anything open.
    *app.passes.seen() = Some(now);
    let looked = all(app).await.inspect_err(|_| app.passes.another())?;
    Ok((looked * REST).min(REST_MAX))
}

/// Judges every file again whose verdict follows from something that is no longer so. How long it took to find out which.
///
/// One that cannot be looked at holds up no others.
pub(crate) async fn all(app: &App) -> Result<Duration, ApiError> {
    let _running = app.passes.running.lock().await;
    let (mut after, mut looked, mut count) = (None, Duration::ZERO, 0);
    loop {
        let started = Instant::now();
        let step = app.store.content_to_judge(after, STEP).await?;
        let Some(last) = step.last() else { break };
        after = Some(last.row.sha256);
        let stale = Stale::among(app, step).await?;
        looked += started.elapsed();
        count += stale.files.len();
        for files in stale.files.chunks(NOTED) {
            stale.judge(app, files).await?;
        }
    }
    if count > 0 {
        tracing::info!(
            files = count,
            "looked again who signed content files, because something changed that decides about it"
        );
    }
    Ok(looked)
}

/// Files that are to be judged again.
struct Stale {
    files: Vec<ToJudge>,
    intents: Intents,
    promised: HashMap<Sha1, ContentFile>,
}

impl Stale {
    async fn among(app: &App, step: Vec<ToJudge>) -> Result<Self, ApiError> {
        let named: Vec<Sha1> = step.iter().map(|one| one.row.sha1).collect();
        let promised = app.store.files_by_sha1(&named).await?.into_iter().map(|file| (file.sha1, file)).collect();
        let mut stale = Self { files: Vec::new(), intents: Intents::of(app, &named).await?, promised };
        let (judges, now) = (app.judges.current(), app.now());
        for one in step {
            let kinds = stale.intents.kinds(one.row.sha1);
            let promise = Promise::of(&file(&one.row), stale.promised.get(&one.row.sha1));
            let is_due = one.again_at.is_some_and(|at| at <= now) || one.basis != Some(judges.basis(&kinds, promise));
            // While a file of the configuration is missing, it is no reason to doubt what was proven with it.
            let is_open = judges.is_complete || one.basis.is_none();
            let is_unsure = one.row.state == store::ContentState::Unjudged;
            if !kinds.is_empty() && is_open && (is_due || is_unsure) {
                stale.files.push(one);
            }
        }
        Ok(stale)
    }

    async fn judge(&self, app: &App, files: &[ToJudge]) -> Result<(), ApiError> {
        let mut judged = Vec::new();
        for ToJudge { row, examination, .. } in files {
            let promised = self.promised.get(&row.sha1);
            match super::judge(app, &self.intents, &file(row), promised, look::Depth::Seen(*examination)).await {
                Ok(one) => judged.push(one),
                Err(error) => not_as_it_was(app, row, &error).await,
            }
        }
        super::note(app, &judged, true).await.map(drop)
    }
}

/// One that is gone or damaged is set aside, so that it is fetched again; of any other trouble the log is told.
async fn not_as_it_was(app: &App, row: &ContentRow, error: &ApiError) {
    tracing::warn!(file.sha256 = %row.sha256, error = error.error, "could not look again who signed a content file");
    if let Err(error) = set_aside(app, row).await {
        tracing::warn!(file.sha256 = %row.sha256, error = error.error, "could not look whether it is what it was, either");
    }
}

fn file(row: &ContentRow) -> NewContent {
    NewContent { sha1: row.sha1, sha256: row.sha256, size: row.size }
}
