//! `vanne serve`: configuration, start, a line when ready, and down again on a signal.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context as _;
use server::{Config, Server};
use tokio::signal::unix::{SignalKind, signal};

use crate::administration::{configuration, system_clock};
use crate::arguments::ServeArguments;
use crate::exit::Failure;
use crate::output;

pub(crate) async fn run(arguments: ServeArguments) -> Result<ExitCode, Failure> {
    let mut config = configuration(&arguments.place)?;
    listeners(&arguments, &mut config);
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

/// What the command line says of listeners wins. Whoever names `--http` there and nothing of HTTPS or of metadata anywhere asks for
/// plain HTTP, before which a proxy may end TLS: it then answers everything, which is complained about, and HTTPS takes no port that
/// another server may want.
fn listeners(arguments: &ServeArguments, config: &mut Config) {
    let is_said_of_https = !config.https.names.is_empty() || !config.https.certificates.is_empty();
    let server = &mut config.server;
    server.https = arguments.https.or(server.https);
    if arguments.allow_http_metadata {
        server.allow_http_metadata = Some(true);
    }
    let Some(address) = arguments.http else { return };
    server.http = address;
    if server.https.is_none() && server.allow_http_metadata.is_none() && !is_said_of_https {
        server.https = Some(SocketAddr::new(address.ip(), 0));
        server.allow_http_metadata = Some(true);
    }
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
    std::future::pending::<()>().await;
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Arguments, Command};

    /// HTTPS, plain HTTP, and whether metadata goes over that, when the file says `said`.
    fn after(words: &str, said: &str) -> (String, String, bool) {
        let line = format!("vanne serve --data-dir d {words}");
        let Command::Serve(arguments) = Arguments::parse_from(line.split_whitespace()).command else {
            panic!("{line}")
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(Config::FILE_NAME), said).unwrap();
        let mut config = Config::load(None, folder.path()).unwrap();
        listeners(&arguments, &mut config);
        let server = config.server;
        (server.https().to_string(), server.http.to_string(), server.allows_http_metadata())
    }

    #[test]
    fn metadata_goes_over_plain_http_only_where_that_was_asked_for() {
        let (https, http) = ("127.0.0.1:1".to_owned(), "127.0.0.1:2".to_owned());
        let usual = "0.0.0.0:8531".to_owned();
        assert_eq!(after("", ""), (usual.clone(), "0.0.0.0:8530".into(), false));
        assert_eq!(after("--https 127.0.0.1:1", ""), (https.clone(), "0.0.0.0:8530".into(), false));
        assert_eq!(after("--https 127.0.0.1:1 --http 127.0.0.1:2", ""), (https.clone(), http.clone(), false));
        assert_eq!(after("--http 127.0.0.1:2", ""), ("127.0.0.1:0".into(), http.clone(), true));
        let allowed = after("--https 127.0.0.1:1 --http 127.0.0.1:2 --allow-http-metadata", "");
        assert_eq!(allowed, (https.clone(), http.clone(), true));
        let named = "[server]\nhttps = \"127.0.0.1:1\"\n";
        assert_eq!(after("--http 127.0.0.1:2", named), (https, http, false));
    }

    #[test]
    fn what_is_usual_counts_as_named_where_it_is_named() {
        let (usual, http) = ("0.0.0.0:8531".to_owned(), "127.0.0.1:2".to_owned());
        for said in [
            "[server]\nhttps = \"0.0.0.0:8531\"\n",
            "[server]\nallow_http_metadata = false\n",
            "[https]\nnames = [\"wsus.example\"]\n",
            "[https]\ncertificates = [{ chain = \"a\", key = \"a\" }]\n",
        ] {
            assert_eq!(after("--http 127.0.0.1:2", said), (usual.clone(), http.clone(), false), "{said}");
        }
        assert_eq!(after("--http 127.0.0.1:2 --https 0.0.0.0:8531", ""), (usual.clone(), http.clone(), false));
        assert_eq!(after("--http 127.0.0.1:2 --allow-http-metadata", ""), (usual, http, true));
    }
}
