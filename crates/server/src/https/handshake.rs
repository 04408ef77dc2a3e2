use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustls::HandshakeKind;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;

use super::complaint;
use crate::app::App;
use crate::http::Secured;
use crate::http::gate::{Gate, Pass};
use crate::metrics::Handshake;

/// Handshakes under way, in all and of one address: each costs memory before anybody knows who it is.
pub(crate) struct Handshakes(Gate);

impl Handshakes {
    pub(crate) fn new(max: usize) -> Self {
        // Half for one address: a whole site may come through one, and must not shut all others out.
        Self(Gate::new(max, max.div_ceil(2)))
    }

    fn begin(&self, peer: SocketAddr) -> Option<Pass> {
        self.0.enter(peer.ip())
    }
}

/// Shakes hands on a connection; `None` if that failed, which is counted and told.
///
/// Whoever is slow or says nothing costs his own connection only, for as long as the configuration allows.
pub(crate) async fn shake_hands(
    app: &App,
    acceptor: &TlsAcceptor,
    handshakes: &Handshakes,
    socket: tokio::net::TcpStream,
    peer: SocketAddr,
) -> Option<Secured> {
    let count = |outcome| app.metrics.handshakes.get_or_create(&Handshake { outcome }).inc();
    let Some(_pass) = handshakes.begin(peer) else {
        count("too many");
        app.metrics.connections_refused.inc();
        return None;
    };
    let limit = Duration::from_secs(app.config.limits.handshake_secs);
    let shaken = timeout(limit, acceptor.accept(socket.into())).await;
    match shaken.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
        Ok(stream) => {
            let (_, session) = stream.get_ref();
            count(if session.handshake_kind() == Some(HandshakeKind::Resumed) { "resumed" } else { "full" });
            let is_misdirected = session.server_name().is_some_and(|name| !app.https.serves(name));
            Some(Secured::new(stream, is_misdirected))
        }
        Err(error) => {
            let (word, remedy) = complaint::why(&error);
            count(word);
            if let Some(times) = app.https.failed.another(Instant::now()) {
                tracing::warn!(%peer, %error, times, remedy, "a TLS handshake failed");
            }
            None
        }
    }
}
