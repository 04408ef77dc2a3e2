//! The parts of the demonstration, each a process of its own, and how one is started and ended.

use std::ffi::OsString;
use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitCode, Stdio};

use anyhow::Context as _;
use model::Sha1;
use serde::{Deserialize, Serialize};
use server::Server;
use testkit::agent::Network;
use testkit::catalogs;
use testkit::edge::Edge;
use testkit::fleet::{self, Work};
use testkit::publisher::Publisher;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

use crate::administration::{configuration, system_clock};
use crate::arguments::{Place, PlayCommand};
use crate::commands::serve::StopSignal;
use crate::exit::Failure;
use crate::output;

/// A free port of this machine only.
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
/// What a part that stays says when it is ready, before its address.
const READY: &str = "listening ";
/// Computers that work at the same time.
const CONCURRENCY: usize = 8;

/// Plays one part: called by the demonstration itself.
pub(crate) async fn play(command: PlayCommand) -> Result<ExitCode, Failure> {
    match command {
        PlayCommand::Publisher => publisher().await?,
        PlayCommand::Edge { origin, alter } => edge(&origin, alter).await?,
        PlayCommand::Server { place, http } => server(&place, http).await?,
        PlayCommand::Computers { server, count, seed } => computers(&server, count, seed).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn publisher() -> Result<(), Failure> {
    let publisher = Publisher::start(ANY_PORT, &catalogs::demonstration()).await.context("could not listen")?;
    stay(&publisher.url()).await
}

async fn edge(origin: &str, alter: Sha1) -> Result<(), Failure> {
    let edge = Edge::start(ANY_PORT, origin).await.context("could not listen")?;
    edge.alter(alter);
    stay(&edge.url()).await
}

async fn server(place: &Place, http: SocketAddr) -> Result<(), Failure> {
    let mut config = configuration(place)?;
    config.server.http = http;
    // The actors of this play speak plain HTTP, on this machine only.
    (config.server.https, config.server.allow_http_metadata) = (Some(ANY_PORT), Some(true));
    let server = match Server::start(&place.data_dir, config.clone(), system_clock()).await {
        // Somebody has the usual port.
        Err(server::ServeError::Bind { .. }) => {
            config.server.http.set_port(0);
            Server::start(&place.data_dir, config, system_clock()).await?
        }
        started => started?,
    };
    stay(&format!("http://{}", server.address())).await?;
    server.stop().await;
    Ok(())
}

/// Says where it is, and stays until whoever started it closes its input, or is gone.
async fn stay(url: &str) -> Result<(), Failure> {
    let mut stop = StopSignal::install()?;
    output::line(&format!("{READY}{url}"))?;
    let (tell, closed) = oneshot::channel();
    // A thread of its own, which nobody waits for: a signal must not wait for the input.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = tell.send(());
    });
    tokio::select! {
        _ = closed => {}
        () = stop.wait() => {}
    }
    Ok(())
}

/// What the computers of a site did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Updated {
    /// Which gave up, and why.
    pub(super) failed: Vec<String>,
    /// What would have troubled a stock client.
    pub(super) findings: Vec<String>,
    pub(super) scans: u64,
    /// Web-service calls.
    pub(super) calls: u64,
    /// Bytes of answers as they came, and once decoded.
    pub(super) answer_bytes: u64,
    pub(super) decoded_bytes: u64,
    pub(super) files: u64,
    pub(super) file_bytes: u64,
    pub(super) installed: u64,
    pub(super) events: u64,
}

async fn computers(server: &str, count: usize, seed: u64) -> Result<(), Failure> {
    let network = Network::new(server).context("could not speak to the server")?;
    let agents = fleet::agents(&network, count, seed);
    let outcome = fleet::run(agents, Work::Update, CONCURRENCY, |_| ()).await;
    let summary = outcome.summary;
    let updated = Updated {
        failed: outcome.failures.iter().map(|(computer, error)| format!("{computer}: {error}")).collect(),
        findings: summary.findings.iter().map(|finding| format!("{finding:?}")).collect(),
        scans: summary.scans,
        calls: summary.trips,
        answer_bytes: summary.response_bytes,
        decoded_bytes: summary.decoded_bytes,
        files: summary.files,
        file_bytes: summary.file_bytes,
        installed: summary.installed,
        events: summary.events,
    };
    output::line(&serde_json::to_string(&updated).context("could not write JSON")?)
}

/// A part that stays, in a process of its own; it ends with this value.
pub(super) struct Part {
    process: Child,
    pub(super) url: String,
}

impl Part {
    /// Starts it, and waits until it is ready. What it logs goes to `<folder>/<name>.log`.
    pub(super) async fn start(
        folder: &Path,
        name: &str,
        words: impl IntoIterator<Item = OsString>,
    ) -> Result<Self, Failure> {
        let mut process = command(folder, name, words)?.spawn().with_context(|| format!("could not start {name}"))?;
        let said = process.stdout.take().context("a part has no output")?;
        let line = BufReader::new(said).lines().next_line().await.context("could not read what a part says")?;
        let url = line.as_deref().and_then(|line| line.strip_prefix(READY));
        let log = folder.join(format!("{name}.log"));
        let url = url.with_context(|| format!("{name} did not start; {} tells why", log.display()))?.to_owned();
        Ok(Self { process, url })
    }

    /// Lets it end.
    pub(super) async fn end(mut self) {
        drop(self.process.stdin.take());
        // One that does not is killed when this value goes.
        let _ = self.process.wait().await;
    }
}

/// Lets the computers of a site update themselves.
pub(super) async fn update(folder: &Path, server: &str, count: usize, seed: u64) -> Result<Updated, Failure> {
    let words = ["computers", "--server", server, "--count", &count.to_string(), "--seed", &seed.to_string()];
    let name = format!("computers-{seed}");
    let mut process = command(folder, &name, words.map(OsString::from))?;
    let done = process.output().await.context("could not start the computers")?;
    let log = folder.join(format!("{name}.log"));
    Ok(serde_json::from_slice(&done.stdout)
        .with_context(|| format!("the computers did not end well; {} tells why", log.display()))?)
}

fn command(folder: &Path, name: &str, words: impl IntoIterator<Item = OsString>) -> Result<Command, Failure> {
    let log = folder.join(format!("{name}.log"));
    let log = File::create(&log).with_context(|| format!("could not make {}", log.display()))?;
    let program = std::env::current_exe().context("could not find this program")?;
    let mut command = Command::new(program);
    command.arg("play").args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
    Ok(command)
}
