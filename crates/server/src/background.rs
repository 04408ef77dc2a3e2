//! Work that goes on beside requests. Each part takes no input: it is poked or timed, compares what
//! should be with what is, and moves one step; running it twice is harmless.

pub(crate) mod contacts;
pub(crate) mod keys;
mod pins;
pub(crate) mod publish;
pub(crate) mod retention;
mod scrub;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::acceptance;
use crate::acquire::queue;
use crate::app::App;
use crate::{https, rollup, sync};

/// How often the store is asked whether another process changed something.
const POLL: Duration = Duration::from_secs(1);
/// How long news of computers waits to be written in sets.
const FLUSH: Duration = Duration::from_secs(1);
/// How long a content file that nobody asks for is kept open, at least.
const HANDLES: Duration = Duration::from_secs(30);
/// How often old events are removed.
const RETENTION: Duration = Duration::from_secs(3600);
/// How often certificates are looked at,
const CERTIFICATES: Duration = Duration::from_secs(3600);
/// and how often the log is told what of HTTPS stays a danger.
const COMPLAINTS: Duration = Duration::from_secs(24 * 3600);

/// How often the log is told what is wrong with the way to the upstream and stays so until somebody changes it.
const PINS: Duration = Duration::from_secs(24 * 3_600);

/// Starts everything that runs beside requests, until `stop`.
pub(crate) fn start(app: &Arc<App>, tasks: &TaskTracker, stop: &CancellationToken) {
    every(app, tasks, stop, POLL, |app| async move { publish::step(&app).await });
    every(app, tasks, stop, FLUSH, |app| async move { contacts::step(&app).await });
    every(app, tasks, stop, POLL, |app| async move { keys::step(&app).await });
    every(app, tasks, stop, HANDLES, |app| async move { app.files.close_idle() });
    every(app, tasks, stop, CERTIFICATES, |app| async move { https::step(&app).await });
    every(app, tasks, stop, COMPLAINTS, |app| async move { https::complain(&app) });
    every(app, tasks, stop, RETENTION, |app| async move { retention::step(&app).await });
    every(app, tasks, stop, PINS, |app| async move { pins::step(&app).await });
    let (scheduled, end) = (Arc::clone(app), stop.clone());
    // Given up in the middle when the server stops: what was fetched is kept, and nothing is applied by halves.
    tasks.spawn(async move { end.run_until_cancelled(sync::schedule::run(&scheduled)).await });
    let (scheduled, end) = (Arc::clone(app), stop.clone());
    tasks.spawn(async move { end.run_until_cancelled(rollup::schedule::run(&scheduled)).await });
    let (judging, end) = (Arc::clone(app), stop.clone());
    tasks.spawn(async move { end.run_until_cancelled(acceptance::again::run(&judging)).await });
    let (fetching, end) = (Arc::clone(app), stop.clone());
    tasks.spawn(async move { end.run_until_cancelled(acceptance::lists::run(&fetching)).await });
    let (app, stop) = (Arc::clone(app), stop.clone());
    {
        let (app, stop) = (Arc::clone(&app), stop.clone());
        tasks.spawn(async move { stop.run_until_cancelled(queue::run(&app)).await });
    }
    tasks.spawn(async move { stop.run_until_cancelled(scrub::run(&app)).await });
}

fn every<F, S>(app: &Arc<App>, tasks: &TaskTracker, stop: &CancellationToken, period: Duration, step: F)
where
    F: Fn(Arc<App>) -> S + Send + 'static,
    S: Future<Output = ()> + Send,
{
    let (app, stop) = (Arc::clone(app), stop.clone());
    tasks.spawn(async move {
        loop {
            step(Arc::clone(&app)).await;
            tokio::select! {
                () = tokio::time::sleep(period) => {}
                () = stop.cancelled() => return,
            }
        }
    });
}
