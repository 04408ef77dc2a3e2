use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{self, Server};
use crate::relay::Relay;

/// Who decides.
#[derive(Clone, Copy)]
pub(super) enum Role {
    /// The server itself.
    Autonomous,
    /// Its upstream.
    Replica,
}

impl Role {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Autonomous => "autonomous server",
            Self::Replica => "replica",
        }
    }
}

/// What it cost one server.
pub(super) struct Taken {
    pub(super) seconds: f64,
    pub(super) cpu_seconds: f64,
    pub(super) upstream_cpu_seconds: f64,
    pub(super) memory_peak_mib: f64,
    /// After a restart, with all that was taken.
    pub(super) catalog_mib: f64,
    pub(super) again_seconds: f64,
    pub(super) again_bytes: u64,
}

/// Has an empty server take all that `upstream` has, and look once more.
pub(super) fn take(
    vanne: &Path,
    role: Role,
    upstream: &Server,
    relay: &Relay,
    revisions: usize,
) -> anyhow::Result<Taken> {
    let folder = empty_server()?;
    let data_dir = folder.path();
    let server = Server::start(vanne, data_dir)?;
    follow(vanne, role, relay.port, data_dir)?;

    let (own_before, upstream_before) = (server.process.cpu_seconds()?, upstream.process.cpu_seconds()?);
    let began = Instant::now();
    let taken = synchronise(vanne, data_dir)?;
    let seconds = began.elapsed().as_secs_f64();
    let cpu_seconds = server.process.cpu_seconds()? - own_before;
    let upstream_cpu_seconds = upstream.process.cpu_seconds()? - upstream_before;
    ensure!(taken == revisions as u64, "{taken} of {revisions} revisions were taken");
    let memory_peak_mib = server.process.memory_mib("VmHWM")?;
    server.stop()?;

    let server = Server::start(vanne, data_dir)?;
    let catalog_mib = server.process.memory_mib("VmRSS")?;
    let (passed_before, began) = (relay.passed(), Instant::now());
    let taken = synchronise(vanne, data_dir)?;
    let again_seconds = began.elapsed().as_secs_f64();
    let again_bytes = relay.passed() - passed_before;
    ensure!(taken == 0, "{taken} revisions were taken once more");
    server.stop()?;
    Ok(Taken { seconds, cpu_seconds, upstream_cpu_seconds, memory_peak_mib, catalog_mib, again_seconds, again_bytes })
}

/// Has a replica of the upstream take all that it has, and then a server below that one: how long the second took.
pub(super) fn third_level(vanne: &Path, upstream: &Server, revisions: usize) -> anyhow::Result<f64> {
    let (middle, leaf) = (empty_server()?, empty_server()?);
    let middle_server = Server::start(vanne, middle.path())?;
    follow(vanne, Role::Replica, upstream.port, middle.path())?;
    synchronise(vanne, middle.path())?;
    let leaf_server = Server::start(vanne, leaf.path())?;
    follow(vanne, Role::Autonomous, middle_server.port, leaf.path())?;
    let began = Instant::now();
    let taken = synchronise(vanne, leaf.path())?;
    let seconds = began.elapsed().as_secs_f64();
    ensure!(taken == revisions as u64, "{taken} of {revisions} revisions came down to the third level");
    leaf_server.stop()?;
    middle_server.stop()?;
    Ok(seconds)
}

/// The data folder of a server that fetches no files: those of an estate are only spoken of.
fn empty_server() -> anyhow::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("vanne-bench-").tempdir().context("could not make a folder")?;
    std::fs::write(folder.path().join("vanne.toml"), "[content]\nmode = \"none\"\n")
        .context("could not write a configuration")?;
    Ok(folder)
}

/// Tells a server whose downstream it is.
pub(super) fn follow(vanne: &Path, role: Role, port: u16, data_dir: &Path) -> anyhow::Result<()> {
    let url = format!("http://127.0.0.1:{port}");
    let mut words = vec!["upstream", "set", "--kind", "vanne", "--url", &url];
    if matches!(role, Role::Replica) {
        words.push("--replica");
    }
    process::vanne::<Value>(vanne, &words, data_dir, &[]).map(drop)
}

/// Synchronises and waits for it; how many revisions were taken.
pub(super) fn synchronise(vanne: &Path, data_dir: &Path) -> anyhow::Result<u64> {
    let answer: Value = process::vanne(vanne, &["sync", "--now", "--wait"], data_dir, &[])?;
    answer.pointer("/details/taken").and_then(Value::as_u64).with_context(|| format!("nothing is told: {answer}"))
}
