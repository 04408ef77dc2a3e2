//! From a configuration to a server that answers, and back down without losing anything.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, UnixListener};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{App, Clock, OpenError};
use crate::config::Config;
use crate::https::{self, HttpsError};
use crate::{admin, background, http, open_files};

/// Connections that may wait to be accepted, if the system allows as many. Past that a client's first packet is dropped, and
/// it tries again after a second: with the usual 128, a thousand computers that come at once take six seconds to connect.
const WAITING_CONNECTIONS_MAX: u32 = 4_096;

/// How long closing the database may take at the end.
const CLOSING: Duration = Duration::from_secs(10);

/// A server that is up.
pub struct Server {
    /// What it serves.
    pub app: Arc<App>,
    address: SocketAddr,
    https_address: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// Why a server cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Its state cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// An address cannot be listened on.
    #[error(
        "could not listen on {address}; another program may hold the port, or name a free one with --http or --https"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The administration socket cannot be made.
    #[error(transparent)]
    Socket(#[from] admin::socket::SocketError),
    /// There is no certificate to show.
    #[error("could not set up HTTPS")]
    Https(#[from] HttpsError),
    /// There are no threads to send files on.
    #[error("could not start the threads that send files; allow this user more threads and open files")]
    Threads(#[source] std::io::Error),
    /// The catalog cannot be read.
    #[error("could not read the catalog")]
    Catalog(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Server {
    /// Opens the state in `data_dir`, binds every address, and starts to answer.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn start(data_dir: &Path, config: Config, clock: Clock) -> Result<Self, ServeError> {
        let (http, https, metrics_address) = (config.server.http, config.server.https(), config.metrics.listen);
        open_files::allow(config.limits.connections_max);
        let app = App::open(data_dir, config, clock).await?;
        let socket = admin::socket::bind(data_dir).await?;
        https::start(&app).await?;
        let acceptor = https::acceptor(&app)?;
        let (http, address) = bind(http).await?;
        let (https, https_address) = bind(https).await?;
        app.bound_to(address.port(), https_address.port());
        if !https::is_usual_pair(address.port(), https_address.port()) && has_fixed_ports(&app.config) {
            tracing::warn!(
                http = address.port(),
                https = https_address.port(),
                "servers below look for files on the HTTPS port less one, and beside 443 on 80: choose the two ports so, or name this \
                 server in their content.sources"
            );
        }
        let listeners = http::Listeners { http, https, acceptor };
        let lanes = http::Lanes::start().map_err(ServeError::Threads)?;
        app.publisher.refresh(&app).await.map_err(|error| ServeError::Catalog(Box::new(error)))?;

        crate::sync::resume(&app).await;
        crate::sync::files::announce_settings(&app).await;
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        background::start(&app, &tasks, &stop);
        tasks.spawn(http::serve_connections(Arc::clone(&app), lanes, listeners, stop.clone()));
        tasks.spawn(administration(Arc::clone(&app), socket, stop.clone()));
        if let Some(metrics_address) = metrics_address {
            tasks.spawn(admin::metrics::serve(Arc::clone(&app), bind(metrics_address).await?.0, stop.clone()));
        }
        tasks.close();
        Ok(Self { app, address, https_address, stop, tasks })
    }

    /// Where clients reach it over plain HTTP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where clients reach it over HTTPS.
    pub fn https_address(&self) -> SocketAddr {
        self.https_address
    }

    /// Looks at the certificates again, and takes those that are new into service.
    ///
    /// # Errors
    /// [`HttpsError`]: why the present ones stay.
    pub async fn reload(&self) -> Result<(), HttpsError> {
        https::reload(&self.app).await
    }

    /// Stops accepting, lets open requests finish, writes what waits, and closes the database: then nobody has its files open.
    pub async fn stop(self) {
        self.stop.cancel();
        // An archive may take hours more, and goes on where it was the next time.
        self.app.air_gap.stop();
        self.tasks.wait().await;
        self.app.reports.drain().await;
        background::contacts::step(&self.app).await;
        // Work that was given up a moment ago may still hold a connection; a database that hangs is not waited for.
        if tokio::time::timeout(CLOSING, self.app.store.close()).await.is_err() {
            tracing::warn!("the database was not closed in time; nothing is lost by that");
        }
    }
}

/// Ports that a test or a demonstration takes are nobody's choice.
fn has_fixed_ports(config: &Config) -> bool {
    config.server.http.port() != 0 && config.server.https().port() != 0
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A port that was just left may be taken again at once.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(WAITING_CONNECTIONS_MAX)
    };
    let bound = listen().and_then(|listener| listener.local_addr().map(|address| (listener, address)));
    bound.map_err(|source| ServeError::Bind { address, source })
}

async fn administration(app: Arc<App>, socket: UnixListener, stop: CancellationToken) {
    let served = axum::serve(socket, admin::router(app)).with_graceful_shutdown(async move { stop.cancelled().await });
    if let Err(error) = served.await {
        tracing::error!(%error, "the administration socket stopped answering");
    }
}
