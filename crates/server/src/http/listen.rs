use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::config::LimitsConfig;
use crate::metrics::Metrics;

/// Most bytes of a request's head; IIS takes 16 KiB, and stock clients send less than one.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Most header fields of a request.
const HEADERS_MAX: usize = 64;
/// Pause after a failed accept, so that a lack of file descriptors does not become a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A bound socket and what it lets in.
pub(crate) struct Listening {
    /// The socket.
    pub(crate) listener: TcpListener,
    /// What a stranger may cost.
    pub(crate) limits: LimitsConfig,
    /// Where connections are counted.
    pub(crate) metrics: Arc<Metrics>,
}

/// Accepts connections and answers their requests until `stop`, then lets open requests finish for `drain`.
pub(crate) async fn serve_connections<F, A>(listening: Listening, answer: F, stop: CancellationToken, drain: Duration)
where
    F: Fn(Request<Incoming>, SocketAddr) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Body>> + Send + 'static,
{
    let Listening { listener, limits, metrics } = listening;
    let gate = Gate::new(&limits);
    let graceful = hyper_util::server::graceful::GracefulShutdown::new();
    let mut protocol = hyper::server::conn::http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limits.head_secs))
        .max_buf_size(HEAD_BYTES_MAX.max(8192))
        .max_headers(HEADERS_MAX)
        // Clients of this protocol send names in any letter case, and some proxies mind ours.
        .title_case_headers(true);

    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection; if this repeats, raise the limit of open files");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(pass) = gate.enter(peer.ip()) else {
            metrics.connections_refused.inc();
            continue;
        };
        // Answers are written whole; waiting to fill a packet only adds delay.
        let _ = socket.set_nodelay(true);
        let answer = answer.clone();
        let service = hyper::service::service_fn(move |request| {
            let answered = answer(request, peer);
            async move { Ok::<_, Infallible>(answered.await) }
        });
        let connection = graceful.watch(protocol.serve_connection(TokioIo::new(socket), service));
        let metrics = Arc::clone(&metrics);
        metrics.connections_open.inc();
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "a connection ended early");
            }
            metrics.connections_open.dec();
            drop(pass);
        });
    }
    drop(listener);
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!(drain_secs = drain.as_secs(), "some requests were still open when the time to drain was over");
    }
}

/// Lets in only so many connections, in all and from one address.
struct Gate {
    all: Arc<Semaphore>,
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
    per_address_max: usize,
}

/// Held by an open connection.
struct Pass {
    _permit: OwnedSemaphorePermit,
    address: IpAddr,
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Gate {
    fn new(limits: &LimitsConfig) -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits.connections_max)),
            by_address: Arc::default(),
            per_address_max: limits.connections_per_address_max,
        }
    }

    fn enter(&self, address: IpAddr) -> Option<Pass> {
        let permit = Arc::clone(&self.all).try_acquire_owned().ok()?;
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let open = by_address.entry(address).or_default();
        if *open >= self.per_address_max {
            return None;
        }
        *open += 1;
        drop(by_address);
        Some(Pass { _permit: permit, address, by_address: Arc::clone(&self.by_address) })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = by_address.get_mut(&self.address) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_connection() {
        let gate =
            Gate::new(&LimitsConfig { connections_max: 3, connections_per_address_max: 2, ..LimitsConfig::default() });
        let address = |last| IpAddr::from([192, 0, 2, last]);
        let first = gate.enter(address(1)).unwrap();
        let _second = gate.enter(address(1)).unwrap();
        assert!(gate.enter(address(1)).is_none(), "two are the most of one address");
        let _other = gate.enter(address(2)).unwrap();
        assert!(gate.enter(address(3)).is_none(), "three are the most in all");
        drop(first);
        assert!(gate.enter(address(1)).is_some());
        drop(gate.enter(address(9)));
        assert!(!gate.by_address.lock().unwrap().contains_key(&address(9)), "an address that left is forgotten");
    }
}
