use std::io;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;

/// Most reads of the disk at once, for each lane: as many as a fast disk answers at once, and no more threads than a
/// small machine has room for.
const DISK_READS_MAX: usize = 64;

/// Threads on which files are sent, one for each core, each with connections of its own and nothing else to do.
///
/// The runtime that answers everything else shares its connections among its threads: one of them waits for the
/// kernel, and wakes others when it has too much to do. With the four connections of a client that is downloading it
/// never had, and everything stayed on that one: 0.76 cores were used where nginx, whose processes each wait for
/// themselves, used 1.13. Here, too, each waits for itself.
pub(crate) struct Lanes {
    lanes: Vec<Lane>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    end: CancellationToken,
}

struct Lane {
    runtime: Handle,
    connections: Arc<AtomicUsize>,
}

/// One of the connections of a lane.
struct Seat(Arc<AtomicUsize>);

impl Lanes {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system has no more of them, or no more descriptors.
    pub(crate) fn start() -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, NonZero::get);
        let mut started = Self { lanes: Vec::new(), threads: Mutex::default(), end: CancellationToken::new() };
        for number in 0..count {
            started.add(number)?;
        }
        Ok(started)
    }

    fn add(&mut self, number: usize) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(DISK_READS_MAX).build()?;
        let handle = runtime.handle().clone();
        let end = self.end.clone();
        let thread = thread::Builder::new().name(format!("content-{number}")).spawn(move || {
            runtime.block_on(end.cancelled());
            // Not to wait for a disk that does not answer.
            runtime.shutdown_background();
        })?;
        self.lanes.push(Lane { runtime: handle, connections: Arc::default() });
        self.threads.get_mut().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    /// Has `work`, that of one connection, done on the lane with the fewest connections.
    ///
    /// # Errors
    /// When the lanes are stopped before it is done.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> io::Result<T> {
        let least = self.lanes.iter().min_by_key(|lane| lane.connections.load(Ordering::Relaxed));
        let lane = least.ok_or(io::ErrorKind::Unsupported)?;
        let seat = Seat::take(&lane.connections);
        let work = async move {
            let _seat = seat;
            work.await
        };
        lane.runtime.spawn(work).await.map_err(io::Error::other)
    }

    /// Gives up what is still done, and ends the threads.
    pub(super) async fn stop(&self) {
        self.end.cancel();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let ended = tokio::task::spawn_blocking(|| threads.into_iter().try_for_each(JoinHandle::join)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::error!("a thread that sends files ended by a fault of the server");
        }
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

impl Seat {
    fn take(connections: &Arc<AtomicUsize>) -> Self {
        connections.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(connections))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn as_many_connections_as_lanes_have_a_thread_each() {
        let lanes = Lanes::start().unwrap();
        let mut running = Vec::new();
        let mut threads = HashSet::new();
        for _ in 0..lanes.lanes.len() {
            let ((tell, told), (_open, closed)) = (oneshot::channel(), oneshot::channel::<()>());
            let mut run = Box::pin(lanes.run(async move {
                let _ = tell.send(thread::current().id());
                let _ = closed.await;
            }));
            assert!(futures::poll!(&mut run).is_pending());
            threads.insert(told.await.unwrap());
            running.push((run, _open));
        }
        assert_eq!(threads.len(), lanes.lanes.len());
        assert!(!threads.contains(&thread::current().id()));
        for (run, open) in running {
            drop(open);
            run.await.unwrap();
        }
        assert!(lanes.lanes.iter().all(|lane| lane.connections.load(Ordering::Relaxed) == 0));
        lanes.stop().await;
    }

    #[tokio::test]
    async fn what_is_not_done_when_they_stop_is_given_up() {
        let lanes = Lanes::start().unwrap();
        let mut run = Box::pin(lanes.run(std::future::pending::<()>()));
        assert!(futures::poll!(&mut run).is_pending());
        lanes.stop().await;
        assert!(run.await.is_err());
    }
}
