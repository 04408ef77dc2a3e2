use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use testkit::documents::MadeFile;

use super::downstream::{Role, follow, synchronise};
use crate::content;
use crate::loopback::Connection;
use crate::process::{self, Server};

/// How often it is looked whether the file is there.
const LOOK: Duration = Duration::from_millis(2);
/// A file that has not come after so long does not come.
const ARRIVES_IN: Duration = Duration::from_secs(300);

/// What it cost a downstream server to fetch and to verify a file.
pub(super) struct Fetched {
    pub(super) mb: f64,
    /// From its approval until the file is served.
    pub(super) seconds: f64,
    /// Of the downstream.
    pub(super) cpu_seconds: f64,
}

/// Fetches a file of so many MiB from an upstream that holds it, into an empty server each time.
pub(super) fn fetch(vanne: &Path, mib: usize, runs: u32) -> anyhow::Result<Vec<Fetched>> {
    let folder = tempfile::Builder::new().prefix("vanne-bench-").tempdir().context("could not make a folder")?;
    let data_dir = folder.path().join("upstream");
    let upstream = Server::start(vanne, &data_dir)?;
    let file = MadeFile::of_size("payload.cab", mib << 20);
    let update = content::hand_over(vanne, folder.path(), &data_dir, &file)?.to_string();
    let once = |_| {
        let data_dir = folder.path().join("downstream");
        let server = Server::start(vanne, &data_dir)?;
        follow(vanne, Role::Autonomous, upstream.port, &data_dir)?;
        synchronise(vanne, &data_dir)?;
        let fetched = one(vanne, &server, &data_dir, &file, &update)?;
        server.stop()?;
        std::fs::remove_dir_all(&data_dir).context("could not remove a data folder")?;
        Ok(fetched)
    };
    let fetched = (0..runs).map(once).collect::<anyhow::Result<Vec<_>>>()?;
    upstream.stop()?;
    Ok(fetched)
}

fn one(vanne: &Path, server: &Server, data_dir: &Path, file: &MadeFile, update: &str) -> anyhow::Result<Fetched> {
    let cpu_before = server.process.cpu_seconds()?;
    let began = Instant::now();
    let words = ["approve", "--group", "All Computers", "--update", update];
    let _: Value = process::vanne(vanne, &words, data_dir, &[])?;
    while !is_served(server.port, file)? {
        ensure!(began.elapsed() < ARRIVES_IN, "the file did not come");
        thread::sleep(LOOK);
    }
    let seconds = began.elapsed().as_secs_f64();
    let cpu_seconds = server.process.cpu_seconds()? - cpu_before;
    Ok(Fetched { mb: file.bytes.len() as f64 / 1e6, seconds, cpu_seconds })
}

/// Asks for its last byte, over a connection of its own because an answer that there is none may close it.
fn is_served(port: u16, file: &MadeFile) -> anyhow::Result<bool> {
    let address = ::content::address(&file.sha1(), "cab");
    let request = format!("GET /Content/{address} HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes=-1\r\n\r\n");
    let mut connection = Connection::open(port).context("could not reach the downstream")?;
    Ok(connection.exchange_away(request.as_bytes())?.0 == 206)
}
