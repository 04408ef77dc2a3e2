//! `bench fragment`: the largest fragment there is, served to many at once.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use testkit::documents::Draft;

use crate::estate::{Wanted, seeded};
use crate::figures::{Spread, rows};
use crate::loopback::Connection;
use crate::process::{self, Server};
use crate::scan::computer::{Computer, Office};

/// The largest core fragment of a real store.
const FRAGMENT_BYTES: usize = 46_000_000;
/// Updates beside it.
const UPDATES: usize = 1_000;

/// How a large fragment is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Clients that ask at once
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    clients: u32,
    /// Runs with Xpress and without
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
}

/// What was seen.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    clients: u32,
    runs: u32,
    /// Right after a start: the fragment is read, unpacked and escaped while all wait for it.
    cold: Figures,
    xpress: Figures,
    plain: Figures,
}

#[derive(Debug, Serialize)]
struct Figures {
    answer_bytes: usize,
    /// Resident before a run.
    memory_mib: Spread,
    /// The peak of a run above that.
    memory_more_mib: Spread,
    /// Until the last client had all of it.
    seconds: Spread,
    cpu_seconds: Spread,
}

pub(crate) fn run(arguments: &Arguments, vanne: &Path) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("vanne-bench-").tempdir().context("could not make a folder")?;
    let estate = seeded(&Wanted { updates: UPDATES, ..Wanted::default() })?;
    let copy = estate.copy()?;
    let data_dir = copy.path();
    let large = Draft::cbs("bench large", "Bench-Large", "amd64", "10.0.1.1").padded_to(FRAGMENT_BYTES);
    let bundle = Draft::bundle("bench large bundle").bundling([large.identity()]);
    for (name, draft) in [("large.xml", &large), ("bundle.xml", &bundle)] {
        std::fs::write(folder.path().join(name), draft.finish().document).context("could not write a document")?;
    }
    let server = Server::start(vanne, data_dir)?;
    for name in ["large.xml", "bundle.xml"] {
        let document = folder.path().join(name);
        let _: serde_json::Value = process::vanne(vanne, &["catalog", "import"], data_dir, &[&document])?;
    }
    let update = bundle.id().to_string();
    let words = ["approve", "--group", "All Computers", "--update", &update];
    let _: serde_json::Value = process::vanne(vanne, &words, data_dir, &[])?;
    server.stop()?;

    let server = Server::start(vanne, data_dir)?;
    let office = Office::new(server.port, &estate);
    let mut connection = office.connect()?;
    let mut computer = Computer::join(&office, &mut connection, 0)?;
    let xpress = loop {
        let request = computer.repeat(&office);
        let (status, bytes) = connection.exchange_away(&plain(&request))?;
        ensure!(status == 200, "a scan was answered with status {status}");
        if bytes > FRAGMENT_BYTES / 2 {
            break request;
        }
        ensure!(computer.sync(&office, &mut connection)?, "no page holds the large fragment");
    };
    drop((connection, computer));
    let Arguments { clients, runs } = *arguments;
    let several = |request: &[u8], once: &dyn Fn(&[u8]) -> anyhow::Result<Run>| {
        let runs = (0..runs).map(|run| {
            eprintln!("{clients} clients at once, run {} of {runs}", run + 1);
            once(request)
        });
        runs.collect::<anyhow::Result<Vec<Run>>>().map(|runs| Figures::of(&runs))
    };
    let warm = |request: &[u8]| once(&server, clients, request);
    let (with, without) = (several(&xpress, &warm)?, several(&plain(&xpress), &warm)?);
    server.stop()?;
    let cold = |request: &[u8]| {
        let server = Server::start(vanne, data_dir)?;
        let run = once(&server, clients, request)?;
        server.stop()?;
        Ok(run)
    };
    Ok(Report { clients, runs, cold: several(&xpress, &cold)?, xpress: with, plain: without })
}

/// The same request of a client that takes no compressed answer.
fn plain(request: &[u8]) -> Vec<u8> {
    let field = b"Accept-Encoding: xpress\r\n";
    match request.windows(field.len()).position(|window| window == field) {
        Some(at) => [&request[..at], &request[at + field.len()..]].concat(),
        None => request.to_vec(),
    }
}

/// What one crowd of clients cost.
struct Run {
    answer_bytes: usize,
    memory_mib: f64,
    memory_more_mib: f64,
    seconds: f64,
    cpu_seconds: f64,
}

/// Has so many clients ask at the same moment.
fn once(server: &Server, clients: u32, request: &[u8]) -> anyhow::Result<Run> {
    thread::sleep(Duration::from_secs(1));
    let (memory_mib, cpu_before) = (server.process.memory_mib("VmRSS")?, server.process.cpu_seconds()?);
    let (started, is_over) = (Instant::now(), AtomicBool::new(false));
    let (answers, peak) = thread::scope(|scope| {
        let watch = scope.spawn(|| highest_memory(server, &is_over));
        let one = || -> anyhow::Result<usize> {
            let (status, bytes) = Connection::open(server.port)?.exchange_away(request)?;
            ensure!(status == 200, "a scan was answered with status {status}");
            Ok(bytes)
        };
        let clients: Vec<_> = (0..clients).map(|_| scope.spawn(one)).collect();
        let answers: Vec<_> = clients.into_iter().map(|client| client.join().ok()).collect();
        is_over.store(true, Ordering::Relaxed);
        let peak = watch.join().ok().context("a load generator failed")??;
        let answers = answers.into_iter().map(|answer| answer.context("a load generator failed")?);
        anyhow::Ok((answers.collect::<anyhow::Result<Vec<usize>>>()?, peak))
    })?;
    Ok(Run {
        answer_bytes: answers.first().copied().unwrap_or_default(),
        memory_mib,
        memory_more_mib: peak - memory_mib,
        seconds: started.elapsed().as_secs_f64(),
        cpu_seconds: server.process.cpu_seconds()? - cpu_before,
    })
}

/// Looks every few milliseconds: the kernel's own peak is of all time.
fn highest_memory(server: &Server, is_over: &AtomicBool) -> anyhow::Result<f64> {
    let mut highest: f64 = 0.0;
    while !is_over.load(Ordering::Relaxed) {
        highest = highest.max(server.process.memory_mib("VmRSS")?);
        thread::sleep(Duration::from_millis(2));
    }
    Ok(highest)
}

impl Figures {
    fn of(runs: &[Run]) -> Self {
        let each = |figure: fn(&Run) -> f64| runs.iter().map(figure);
        Self {
            answer_bytes: runs.first().map_or(0, |run| run.answer_bytes),
            memory_mib: Spread::of(each(|run| run.memory_mib)),
            // How many are served at the same moment differs from run to run.
            memory_more_mib: Spread::among(each(|run| run.memory_more_mib)),
            seconds: Spread::of(each(|run| run.seconds)),
            cpu_seconds: Spread::of(each(|run| run.cpu_seconds)),
        }
    }

    fn table(&self) -> String {
        rows(&[
            ("answer", format!("{} bytes", self.answer_bytes)),
            ("server memory before", format!("{} MiB", self.memory_mib)),
            ("above that, peak", format!("{} MiB", self.memory_more_mib)),
            ("until all have it", format!("{} s", self.seconds)),
            ("server CPU", format!("{} s", self.cpu_seconds)),
        ])
    }
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let Self { clients, runs, cold, xpress, plain } = self;
        format!(
            "a page with a core fragment of 46 MB to {clients} clients at once; {runs} runs: median (lowest to highest)\n\n\
             right after a start, with Xpress\n{}\nwith Xpress\n{}\nwithout\n{}",
            cold.table(),
            xpress.table(),
            plain.table()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_the_coding_is_the_same_otherwise() {
        assert_eq!(plain(b"A: 1\r\nAccept-Encoding: xpress\r\nB: 2\r\n"), b"A: 1\r\nB: 2\r\n");
        assert_eq!(plain(b"A: 1\r\n"), b"A: 1\r\n");
    }
}
