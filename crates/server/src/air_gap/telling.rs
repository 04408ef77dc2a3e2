//! What whoever asked for an archive is told while it is made or taken in, and when that has to end.

use std::convert::Infallible;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::AirGapError;
use crate::admin::ApiError;
use crate::admin::api::{ArchiveEvent, ArchiveProgress, ArchiveStep};
use crate::app::App;

/// How often it is told how far a step is.
const EVERY: Duration = Duration::from_millis(200);
/// Events that may wait for whoever is told.
const WAITING: usize = 16;

/// A way to whoever is told. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Telling {
    events: mpsc::Sender<ArchiveEvent>,
    stop: CancellationToken,
    last: Arc<Mutex<Option<(ArchiveStep, Instant)>>>,
}

/// Does `job`, and makes a body of what it tells: a line of JSON for each event, the last of which says how it ended.
pub(crate) fn told<F>(app: Arc<App>, job: impl FnOnce(Arc<App>, Telling) -> F) -> Body
where
    F: Future<Output = Result<ArchiveEvent, AirGapError>> + Send + 'static,
{
    let (events, receive) = mpsc::channel(WAITING);
    let telling = Telling { events: events.clone(), stop: app.air_gap.stop.clone(), last: Arc::default() };
    let job = job(app, telling);
    tokio::spawn(async move {
        let end = job.await.unwrap_or_else(|error| {
            let error = ApiError::from(error);
            // Whoever asked is told; the log of a server has it too.
            tracing::info!(error = error.error, "an archive was not exported or imported");
            ArchiveEvent::Failed { status: error.status, error }
        });
        // Whoever went away is not told, and finds out by asking again.
        let _ = events.send(end).await;
    });
    let lines = stream::unfold(receive, |mut receive| async move {
        let event = receive.recv().await?;
        let mut line = serde_json::to_vec(&event).unwrap_or_default();
        line.push(b'\n');
        Some((Ok::<_, Infallible>(Bytes::from(line)), receive))
    });
    Body::from_stream(lines)
}

impl Telling {
    /// Refuses to go on once nobody listens any more or the server stops.
    pub(super) fn go_on(&self) -> Result<(), AirGapError> {
        if self.stop.is_cancelled() {
            Err(AirGapError::Stopping)
        } else if self.events.is_closed() {
            Err(AirGapError::Abandoned)
        } else {
            Ok(())
        }
    }

    /// Tells how far `step` is, unless it was told a moment ago; refuses to go on as [`go_on`](Self::go_on) does.
    pub(super) fn progress(&self, step: ArchiveStep, done: u64, total: u64) -> Result<(), AirGapError> {
        let is_due = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = done >= total || last.is_none_or(|(before, at)| before != step || at.elapsed() >= EVERY);
            if is_due {
                *last = Some((step, Instant::now()));
            }
            is_due
        };
        if is_due {
            // Whoever reads slowly is told less.
            let _ = self.events.try_send(ArchiveEvent::Progress(ArchiveProgress { step, done, total }));
        }
        self.go_on()
    }
}

/// Reads from `inner` and tells how far that is; an error of its own means that it must not go on.
pub(super) struct Told<'a, R> {
    pub(super) inner: R,
    pub(super) telling: &'a Telling,
    pub(super) step: ArchiveStep,
    pub(super) done: &'a mut u64,
    pub(super) total: u64,
}

impl<R: Read> Read for Told<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.telling.progress(self.step, *self.done, self.total).map_err(io::Error::other)?;
        let read = self.inner.read(buffer)?;
        *self.done += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn telling() -> (Telling, mpsc::Receiver<ArchiveEvent>) {
        let (events, receive) = mpsc::channel(WAITING);
        (Telling { events, stop: CancellationToken::new(), last: Arc::default() }, receive)
    }

    #[tokio::test]
    async fn whoever_reads_slowly_is_told_less_and_keeps_nobody_waiting() {
        let (telling, mut receive) = telling();
        for done in 0..10_000 {
            // Another step each time, so that each is due.
            let step = if done % 2 == 0 { ArchiveStep::Documents } else { ArchiveStep::Files };
            telling.progress(step, done, 20_000).unwrap();
        }
        let mut told = 0;
        while receive.try_recv().is_ok() {
            told += 1;
        }
        assert_eq!(told, WAITING);
    }

    #[tokio::test]
    async fn a_job_ends_when_nobody_listens_or_the_server_stops() {
        let (abandoned, receive) = telling();
        assert!(abandoned.progress(ArchiveStep::Files, 1, 2).is_ok());
        drop(receive);
        assert!(matches!(abandoned.progress(ArchiveStep::Files, 2, 2), Err(AirGapError::Abandoned)));
        let (stopped, _receive) = telling();
        stopped.stop.cancel();
        let mut done = 5;
        let inner: &[u8] = b"bytes";
        let mut told = Told { inner, telling: &stopped, step: ArchiveStep::Files, done: &mut done, total: 10 };
        assert!(told.read(&mut [0; 4]).is_err());
        assert_eq!(done, 5);
    }
}
