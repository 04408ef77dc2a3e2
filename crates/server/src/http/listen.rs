use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection;
use super::gate::{Gate, Pass};
use super::lanes::Lanes;
use super::transport::Transport;
use crate::app::App;
use crate::https::{Handshakes, shake_hands};

/// Pause after a failed accept, so that a lack of file descriptors does not become a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where clients connect.
pub(crate) struct Listeners {
    pub(crate) http: TcpListener,
    pub(crate) https: TcpListener,
    /// What speaks TLS on the second.
    pub(crate) acceptor: TlsAcceptor,
}

/// What connections of both kinds share.
struct House {
    app: Arc<App>,
    lanes: Lanes,
    gate: Gate,
    handshakes: Handshakes,
    acceptor: TlsAcceptor,
    open: TaskTracker,
    stop: CancellationToken,
}

/// Accepts connections and answers their requests until `stop`, then lets open requests finish for so long as is configured.
pub(crate) async fn serve_connections(app: Arc<App>, lanes: Lanes, listeners: Listeners, stop: CancellationToken) {
    let limits = &app.config.limits;
    let Listeners { http, https, acceptor } = listeners;
    let house = Arc::new(House {
        gate: Gate::new(limits.connections_max, limits.connections_per_address_max),
        handshakes: Handshakes::new(limits.handshakes_max),
        app,
        lanes,
        acceptor,
        open: TaskTracker::new(),
        stop,
    });
    tokio::join!(accept(&house, http, serve), accept(&house, https, serve_secured));
    house.open.close();
    let drain = Duration::from_secs(house.app.config.server.drain_secs);
    if tokio::time::timeout(drain, house.open.wait()).await.is_err() {
        tracing::warn!(drain_secs = drain.as_secs(), "some requests were still open when the time to drain was over");
    }
    house.lanes.stop().await;
}

async fn accept<F: Future<Output = ()> + Send + 'static>(
    house: &Arc<House>,
    listener: TcpListener,
    serve: impl Fn(Arc<House>, TcpStream, SocketAddr, Pass) -> F,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = house.stop.cancelled() => return,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection; if this repeats, raise the limit of open files");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(pass) = house.gate.enter(peer.ip()) else {
            house.app.metrics.connections_refused.inc();
            continue;
        };
        // Answers are written whole; waiting to fill a packet only adds delay.
        let _ = socket.set_nodelay(true);
        house.open.spawn(serve(Arc::clone(house), socket, peer, pass));
    }
}

async fn serve(house: Arc<House>, socket: TcpStream, peer: SocketAddr, _pass: Pass) {
    house.app.metrics.connections_open.inc();
    house.answer(socket, peer).await;
    house.app.metrics.connections_open.dec();
}

async fn serve_secured(house: Arc<House>, socket: TcpStream, peer: SocketAddr, _pass: Pass) {
    house.app.metrics.connections_open.inc();
    let shaken = Box::pin(shake_hands(&house.app, &house.acceptor, &house.handshakes, socket, peer));
    if let Some(Some(secured)) = house.stop.run_until_cancelled(shaken).await {
        house.answer(secured, peer).await;
    }
    house.app.metrics.connections_open.dec();
}

impl House {
    async fn answer(&self, socket: impl Transport, peer: SocketAddr) {
        if let Err(error) = connection::serve(&self.app, &self.lanes, socket, peer, &self.stop).await {
            tracing::debug!(%error, %peer, "a connection ended early");
        }
    }
}
