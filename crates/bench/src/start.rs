//! `bench start`: how soon a server answers, and what a change of the catalog costs those who scan meanwhile.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use model::UpdateId;
use serde::Serialize;

use crate::administration::Administration;
use crate::figures::{Latency, Spread, rows};
use crate::loopback::Connection;
use crate::process::{self, Server};
use crate::scan::computer::{Computer, Office};
use crate::scan::estate::{self, Estate};

mod prober;

use prober::{Probed, Prober};

/// How long a change may take to be seen.
const VISIBLE_MAX: Duration = Duration::from_secs(120);
/// How long a started server may take to give its first answer.
const ANSWER_MAX: Duration = Duration::from_secs(300);
/// Of an approval, until the next one: long enough to tell its pause from the ones beside it.
const SETTLE: Duration = Duration::from_millis(250);

/// How starts and changes are measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Revisions in the catalog
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1_000..=500_000))]
    revisions: u32,
    /// Restarts, and approvals and declines
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
    /// Another seed makes another catalog
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What was seen.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    catalog: estate::Size,
    runs: u32,
    restart: Restart,
    /// From the request until a scan is told.
    approval: Change,
    decline: Change,
    /// Repeat scans of another computer, one each millisecond: nothing else happening, and beside the changes.
    others_before: Probed,
    others_meanwhile: Probed,
    /// Resident when nothing happens, and the highest while the catalog changed.
    memory_mib: f64,
    memory_peak_mib: f64,
}

/// From the start of the process.
#[derive(Debug, Serialize)]
struct Restart {
    listening_seconds: Spread,
    first_config_seconds: Spread,
    /// A repeat scan of a computer that was there before.
    first_scan_seconds: Spread,
    memory_mib: Spread,
    memory_peak_mib: Spread,
}

#[derive(Debug, Serialize)]
struct Change {
    visible_ms: Spread,
    answered_ms: Spread,
}

pub(crate) fn run(arguments: &Arguments, vanne: &Path) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("vanne-bench-").tempdir().context("could not make a folder")?;
    let data_dir = folder.path().join("data");
    eprintln!("making and importing a catalog of {} revisions", arguments.revisions);
    let estate = Estate::make(folder.path(), arguments.revisions as usize, arguments.seed)?;
    let server = Server::start(vanne, &data_dir)?;
    let _: serde_json::Value = process::vanne(vanne, &["catalog", "import"], &data_dir, &[&estate.documents])?;
    let approve = ["approve", "--group", "All Computers", "--update"].map(str::to_owned);
    let words: Vec<String> = approve.into_iter().chain(estate.approved.iter().map(ToString::to_string)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let _: serde_json::Value = process::vanne(vanne, &words, &data_dir, &[])?;

    let office = Office::new(server.port, &estate);
    let mut connection = office.connect()?;
    let mut computer = Computer::join(&office, &mut connection, 0)?;
    computer.scan(&office, &mut connection)?;
    let known: Vec<UpdateId> = estate.approved.iter().copied().filter(|update| office.has_seen(*update)).collect();
    drop(connection);
    server.stop()?;

    eprintln!("restarting, {} times", arguments.runs);
    let (server, restart) = restarts(arguments.runs, vanne, &data_dir, &estate, &computer)?;
    let office = Office::new(server.port, &estate);
    eprintln!("approving and declining, {} times", arguments.runs);
    let changes = Changes { office: &office, data_dir: &data_dir, runs: arguments.runs as usize, updates: &known };
    let memory_mib = server.process.memory_mib("VmRSS")?;
    server.process.forget_peak();
    let (approval, decline, others_before, others_meanwhile) = changes.run(computer)?;
    let memory_peak_mib = server.process.memory_mib("VmHWM")?;
    server.stop()?;
    Ok(Report {
        catalog: estate.size,
        runs: arguments.runs,
        restart,
        approval,
        decline,
        others_before,
        others_meanwhile,
        memory_mib,
        memory_peak_mib,
    })
}

/// Starts the server again and again, and keeps the last one.
fn restarts(
    runs: u32,
    vanne: &Path,
    data_dir: &Path,
    estate: &Estate,
    computer: &Computer,
) -> anyhow::Result<(Server, Restart)> {
    let mut measured: Vec<[f64; 5]> = Vec::new();
    loop {
        // What was imported is written out; a start is not slowed by that.
        File::open(data_dir.join("vanne.db"))
            .and_then(|file| file.sync_all())
            .context("could not sync the database")?;
        let started = Instant::now();
        let server = Server::start(vanne, data_dir)?;
        let listening = started.elapsed();
        let office = Office::new(server.port, estate);
        answered(started, &office, &office.get_config())?;
        let configured = started.elapsed();
        answered(started, &office, &computer.repeat(&office))?;
        let scanned = started.elapsed();
        let memory = ["VmRSS", "VmHWM"].map(|name| server.process.memory_mib(name));
        let [now, peak] = memory;
        let times = [listening, configured, scanned].map(|time| time.as_secs_f64());
        measured.push([times[0], times[1], times[2], now?, peak?]);
        if measured.len() == runs as usize {
            let each = |at: usize| Spread::of(measured.iter().map(|run| run[at]));
            let restart = Restart {
                listening_seconds: each(0),
                first_config_seconds: each(1),
                first_scan_seconds: each(2),
                memory_mib: each(3),
                memory_peak_mib: each(4),
            };
            return Ok((server, restart));
        }
        server.stop()?;
    }
}

/// Asks until it is answered.
fn answered(started: Instant, office: &Office, request: &[u8]) -> anyhow::Result<()> {
    while started.elapsed() < ANSWER_MAX {
        let status = office.connect().and_then(|mut connection| Ok(connection.exchange(request)?.status));
        if status.is_ok_and(|status| status == 200) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    bail!("the server does not answer")
}

/// Changes of the catalog beside a computer that scans.
struct Changes<'a> {
    office: &'a Office,
    data_dir: &'a Path,
    runs: usize,
    /// Updates the computer knows, to be taken back and given anew.
    updates: &'a [UpdateId],
}

impl Changes<'_> {
    fn run(&self, computer: Computer) -> anyhow::Result<(Change, Change, Probed, Probed)> {
        ensure!(self.updates.len() >= self.runs, "the computer knows too few approved updates");
        let mut administration = Administration::open(self.data_dir)?;
        let mut watcher = Watcher { office: self.office, connection: self.office.connect()?, computer };
        let probe = watcher.computer.repeat(self.office);
        let (mut approvals, mut declines) = (Vec::new(), Vec::new());
        let prober = Prober::start(self.office.connect()?, probe.clone());
        let began = Instant::now();
        for update in self.updates.iter().copied().take(self.runs) {
            // Out of the way first, so that the approval is one of an update that no computer has.
            watcher.after(|| administration.approve(update, "not-approved"))?;
            approvals.push(watcher.after(|| administration.approve(update, "install"))?);
            declines.push(watcher.after(|| administration.decline(update, false))?);
            watcher.after(|| administration.decline(update, true))?;
        }
        let took = began.elapsed();
        let meanwhile = prober.stop()?;
        // The same for the same time with nothing changing.
        let prober = Prober::start(self.office.connect()?, watcher.computer.repeat(self.office));
        std::thread::sleep(took);
        let before = prober.stop()?;
        Ok((Change::of(&approvals), Change::of(&declines), before, meanwhile))
    }
}

/// A computer that waits to be told of a change.
struct Watcher<'a> {
    office: &'a Office,
    connection: Connection,
    computer: Computer,
}

struct Seen {
    answered: Duration,
    visible: Duration,
}

impl Watcher<'_> {
    /// Makes a change, and scans until it is told something, and then until that is all.
    fn after(&mut self, change: impl FnOnce() -> anyhow::Result<()> + Send) -> anyhow::Result<Seen> {
        let started = Instant::now();
        let seen = std::thread::scope(|scope| {
            let changed = scope.spawn(move || change().map(|()| started.elapsed()));
            while !self.computer.sync(self.office, &mut self.connection)? {
                ensure!(started.elapsed() < VISIBLE_MAX, "no scan is told of the change");
                std::thread::sleep(Duration::from_millis(1));
            }
            let visible = started.elapsed();
            let answered = changed.join().ok().context("the administration failed")??;
            anyhow::Ok(Seen { answered, visible })
        })?;
        while self.computer.sync(self.office, &mut self.connection)? {}
        std::thread::sleep(SETTLE);
        Ok(seen)
    }
}

impl Change {
    fn of(seen: &[Seen]) -> Self {
        let ms = |time: &Duration| time.as_secs_f64() * 1_000.0;
        Self {
            visible_ms: Spread::of(seen.iter().map(|seen| ms(&seen.visible))),
            answered_ms: Spread::of(seen.iter().map(|seen| ms(&seen.answered))),
        }
    }

    fn text(&self) -> String {
        format!("{} ms; its request answered after {} ms", self.visible_ms, self.answered_ms)
    }
}

impl Probed {
    fn text(&self) -> String {
        let Latency { p50, p99, .. } = self.latency;
        format!("p50 {p50:.2} ms, p99 {p99:.2} ms, longest {:.1} ms ({} scans)", self.longest_ms, self.scans)
    }
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let Self { catalog, runs, restart, .. } = self;
        let restarts = rows(&[
            ("until listening", format!("{} s", restart.listening_seconds)),
            ("until GetConfig is answered", format!("{} s", restart.first_config_seconds)),
            ("until a scan is answered", format!("{} s", restart.first_scan_seconds)),
            ("server memory then", format!("{} MiB", restart.memory_mib)),
            ("server memory, peak", format!("{} MiB", restart.memory_peak_mib)),
        ]);
        let changes = rows(&[
            ("approval seen by a scan", self.approval.text()),
            ("decline seen by a scan", self.decline.text()),
            ("other scans, no change", self.others_before.text()),
            ("other scans, meanwhile", self.others_meanwhile.text()),
            ("server memory before, peak", format!("{:.0} MiB, {:.0} MiB", self.memory_mib, self.memory_peak_mib)),
        ]);
        format!(
            "{catalog};\n{runs} runs: median (lowest to highest)\n\nrestart\n{restarts}\nchange of one update\n{changes}"
        )
    }
}
