use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection;
use super::gate::{Gate, Pass};
use super::lanes::Lanes;
use crate::app::App;

/// Pause after a failed accept, so that a lack of file descriptors does not become a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections and answers their requests until `stop`, then lets open requests finish for so long as is configured.
pub(crate) async fn serve_connections(app: Arc<App>, lanes: Lanes, listener: TcpListener, stop: CancellationToken) {
    let lanes = Arc::new(lanes);
    let gate = Gate::new(&app.config.limits);
    let open = TaskTracker::new();
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
            app.metrics.connections_refused.inc();
            continue;
        };
        open.spawn(serve(Arc::clone(&app), Arc::clone(&lanes), socket, peer, stop.clone(), pass));
    }
    drop(listener);
    open.close();
    let drain = Duration::from_secs(app.config.server.drain_secs);
    if tokio::time::timeout(drain, open.wait()).await.is_err() {
        tracing::warn!(drain_secs = drain.as_secs(), "some requests were still open when the time to drain was over");
    }
    lanes.stop().await;
}

async fn serve(
    app: Arc<App>,
    lanes: Arc<Lanes>,
    socket: TcpStream,
    peer: SocketAddr,
    stop: CancellationToken,
    _pass: Pass,
) {
    // Answers are written whole; waiting to fill a packet only adds delay.
    let _ = socket.set_nodelay(true);
    app.metrics.connections_open.inc();
    if let Err(error) = connection::serve(&app, &lanes, socket, peer, &stop).await {
        tracing::debug!(%error, %peer, "a connection ended early");
    }
    app.metrics.connections_open.dec();
}
