//! `vanne serve`: configuration, start, a line when ready, and down again on a signal.

use std::process::ExitCode;

use anyhow::Context as _;
use server::Server;
use tokio::signal::unix::{SignalKind, signal};

use crate::administration::{configuration, system_clock};
use crate::arguments::ServeArguments;
use crate::exit::Failure;
use crate::output;

pub(crate) async fn run(arguments: ServeArguments) -> Result<ExitCode, Failure> {
    let mut config = configuration(&arguments.place)?;
    if let Some(address) = arguments.http {
        config.server.http = address;
    }
    if let Some(address) = arguments.https {
        config.server.https = address;
    }
    config.server.allow_http_metadata |= arguments.allow_http_metadata;
    if arguments.check_config {
        output::note("the configuration is valid");
        return Ok(ExitCode::SUCCESS);
    }
    let mut stop = StopSignal::install()?;
    let hangup = signal(SignalKind::hangup()).context("could not listen for signals")?;
    let server = Server::start(&arguments.place.data_dir, config, system_clock()).await?;
    output::line(&format!("listening http://{}", server.address()))?;
    output::line(&format!("listening https://{}", server.https_address()))?;
    tokio::select! {
        () = stop.wait() => {}
        () = reload_on(hangup, &server) => {}
    }
    tracing::info!("stopping: no new connections, open requests finish");
    server.stop().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Looks at the certificates again with each SIGHUP, as administrators expect of a server whose files they have changed.
async fn reload_on(mut hangup: tokio::signal::unix::Signal, server: &Server) {
    while hangup.recv().await.is_some() {
        match server.reload().await {
            Ok(()) => tracing::info!("looked at the certificates again, as SIGHUP asks"),
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the certificates were not replaced; the present ones stay in service"
            ),
        }
    }
    // No more of them come; the server goes on.
    std::future::pending().await
}

/// SIGTERM from a service manager, or Ctrl-C from a person.
pub(crate) struct StopSignal {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl StopSignal {
    /// Listens from now on, so that a signal during the start is not lost.
    pub(crate) fn install() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).context("could not listen for signals");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    pub(crate) async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
