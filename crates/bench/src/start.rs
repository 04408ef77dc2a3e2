//! `bench start`: how soon a server answers, and what a change of the catalog costs those who scan meanwhile.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use model::UpdateId;
use serde::Serialize;

use crate::administration::Administration;
use crate::estate::{BUILDS, Estate, Size, Wanted, seeded};
use crate::figures::{Spread, rows};
use crate::loopback::Connection;
use crate::prober::{Probed, Prober};
use crate::process::Server;
use crate::scan::computer::{Computer, Office};

/// How long a change may take to be seen.
const VISIBLE_MAX: Duration = Duration::from_secs(120);
/// How long a started server may take to give its first answer.
const ANSWER_MAX: Duration = Duration::from_secs(300);
/// Of an approval, until the next one: long enough to tell its pause from the ones beside it.
const SETTLE: Duration = Duration::from_millis(250);

/// How starts and changes are measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Updates in the catalog; up to 4,270 categories and detectoids come on top
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1_000..=500_000))]
    revisions: u32,
    /// Computers that are registered; one of each of 40 builds scans
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(40..=1_000_000))]
    computers: u32,
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
    catalog: Size,
    runs: u32,
    restart: Restart,
    /// From the request until a scan is told.
    approval: Change,
    decline: Change,
    /// Repeat scans of other computers, one each millisecond: nothing else happening, and beside the changes.
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
    let wanted = Wanted {
        updates: arguments.revisions as usize,
        seed: arguments.seed,
        computers: arguments.computers as usize,
        ..Wanted::default()
    };
    let estate = seeded(&wanted)?;
    let copy = estate.copy()?;
    let data_dir = copy.path();

    eprintln!("a computer of each of {BUILDS} builds scans for the first time");
    let server = Server::start(vanne, data_dir)?;
    let office = Office::new(server.port, &estate);
    let mut connection = office.connect()?;
    let mut scanned = |number| {
        let mut computer = Computer::join(&office, &mut connection, number)?;
        computer.scan(&office, &mut connection).map(|_| computer)
    };
    // The first is told of changes; all others are those who scan meanwhile.
    let computer = scanned(0)?;
    let known: Vec<UpdateId> = estate.approved.iter().copied().filter(|update| office.has_seen(*update)).collect();
    let others = (1..BUILDS).map(&mut scanned).collect::<anyhow::Result<Vec<Computer>>>()?;
    drop(connection);
    server.stop()?;

    eprintln!("restarting, {} times", arguments.runs);
    let (server, restart) = restarts(arguments.runs, vanne, data_dir, &estate, &computer)?;
    let office = Office::new(server.port, &estate);
    eprintln!("approving and declining, {} times", arguments.runs);
    let changes = Changes { office: &office, data_dir, runs: arguments.runs as usize, updates: &known };
    let memory_mib = server.process.memory_mib("VmRSS")?;
    server.process.forget_peak();
    let (approval, decline, others_before, others_meanwhile) = changes.run(computer, others)?;
    let memory_peak_mib = server.process.memory_mib("VmHWM")?;
    server.stop()?;
    Ok(Report {
        catalog: estate.size.clone(),
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
    fn run(&self, computer: Computer, mut others: Vec<Computer>) -> anyhow::Result<(Change, Change, Probed, Probed)> {
        ensure!(self.updates.len() >= self.runs, "the computer knows too few approved updates");
        let mut administration = Administration::open(self.data_dir)?;
        let mut watcher = Watcher { office: self.office, connection: self.office.connect()?, computer };
        let (mut approvals, mut declines) = (Vec::new(), Vec::new());
        let prober = Prober::start(self.office.connect()?, self.repeats(&mut others)?);
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
        let prober = Prober::start(self.office.connect()?, self.repeats(&mut others)?);
        std::thread::sleep(took);
        let before = prober.stop()?;
        ensure!(before.refused + meanwhile.refused == 0, "a repeat scan was refused");
        Ok((Change::of(&approvals), Change::of(&declines), before, meanwhile))
    }

    /// The requests of computers that know all there is to know: each is at full cache, whatever has changed.
    fn repeats(&self, computers: &mut [Computer]) -> anyhow::Result<Vec<Vec<u8>>> {
        let mut connection = self.office.connect()?;
        let repeat = |computer: &mut Computer| {
            while computer.sync(self.office, &mut connection)? {}
            Ok(computer.repeat(self.office))
        };
        computers.iter_mut().map(repeat).collect()
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
