//! `bench reports`: what it costs to take in what computers report, and whether all of it is kept.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;

use crate::estate::{Wanted, seeded};
use crate::figures::{Latency, Spread, rows};
use crate::loopback::Connection;
use crate::process::Server;
use crate::scan::computer::{Computer, Office};

mod batch;
mod kept;

pub(crate) use batch::Reporter;

/// Updates in the catalog: reports are about some of them, and cost the same whatever else there is.
const UPDATES: usize = 2_000;
/// Not counted: until caches and connections are warm.
const WARM_UP: Duration = Duration::from_secs(1);

/// How taking in reports is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Computers that report
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    computers: u32,
    /// Connections that are kept busy at once, each by one computer after the other
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    connections: u32,
    /// Events in a batch; measured one size after the other
    #[arg(long, default_values_t = [1, 5, 40], value_parser = clap::value_parser!(u32).range(1..=1_000))]
    events: Vec<u32>,
    /// How long each run takes
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Runs of each size
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
}

/// What was seen.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    computers: u32,
    connections: u32,
    runs: u32,
    run_seconds: u64,
    sizes: Vec<OfSize>,
    memory_mib: f64,
    memory_peak_mib: f64,
    /// Answered with `true`, warm-up included.
    events_accepted: u64,
    /// Of those, read back from the database after the server was killed: all, or the bench fails.
    events_kept: u64,
}

/// What was seen of batches of one size.
#[derive(Debug, Serialize)]
struct OfSize {
    events: u32,
    request_bytes: usize,
    batches_per_second: Spread,
    p50_ms: Spread,
    p99_ms: Spread,
    cpu_seconds_per_thousand_batches: Spread,
}

pub(crate) fn run(arguments: &Arguments, vanne: &Path) -> anyhow::Result<Report> {
    let computers = arguments.computers as usize;
    let estate = seeded(&Wanted { updates: UPDATES, computers, ..Wanted::default() })?;
    let copy = estate.copy()?;
    let data_dir = copy.path();
    let server = Server::start(vanne, data_dir)?;

    let office = Office::new(server.port, &estate);
    eprintln!("{} computers join", arguments.computers);
    let mut connections =
        (0..arguments.connections).map(|_| office.connect()).collect::<anyhow::Result<Vec<Connection>>>()?;
    let first = connections.first_mut().context("there is no connection")?;
    let mut reporters = (0..computers)
        .map(|number| Ok(Reporter::new(number, Computer::join(&office, first, number)?)))
        .collect::<anyhow::Result<Vec<Reporter>>>()?;

    let mut sizes = Vec::new();
    for events in arguments.events.iter().copied() {
        eprintln!("batches of {events} events, {} runs of {} s", arguments.runs, arguments.seconds);
        reporters.iter_mut().for_each(|reporter| reporter.prepare(&office, events as usize, &estate.approved));
        busy(&mut connections, &mut reporters, WARM_UP)?;
        let mut runs = Vec::new();
        for _ in 0..arguments.runs {
            let cpu_before = server.process.cpu_seconds()?;
            let started = Instant::now();
            let mut calls = busy(&mut connections, &mut reporters, Duration::from_secs(arguments.seconds))?;
            let seconds = started.elapsed().as_secs_f64();
            let (cpu, count) = (server.process.cpu_seconds()? - cpu_before, calls.len() as f64);
            runs.push((count / seconds, Latency::of(&mut calls), cpu * 1_000.0 / count));
        }
        sizes.push(OfSize {
            events,
            request_bytes: reporters.first().map_or(0, Reporter::request_bytes),
            batches_per_second: Spread::of(runs.iter().map(|(rate, ..)| *rate)),
            p50_ms: Spread::of(runs.iter().map(|(_, latency, _)| latency.p50)),
            p99_ms: Spread::of(runs.iter().map(|(_, latency, _)| latency.p99)),
            cpu_seconds_per_thousand_batches: Spread::of(runs.iter().map(|(.., cpu)| *cpu)),
        });
    }
    let (memory_mib, memory_peak_mib) = (server.process.memory_mib("VmRSS")?, server.process.memory_mib("VmHWM")?);
    // Killed, not stopped: what was accepted has to be kept already.
    server.kill()?;
    eprintln!("reading back what was kept");
    let (events_accepted, events_kept) = kept::count(data_dir, &reporters)?;
    ensure!(
        events_accepted == events_kept,
        "{events_accepted} events were accepted, {events_kept} are in the database"
    );
    Ok(Report {
        computers: arguments.computers,
        connections: arguments.connections,
        runs: arguments.runs,
        run_seconds: arguments.seconds,
        sizes,
        memory_mib,
        memory_peak_mib,
        events_accepted,
        events_kept,
    })
}

/// Lets computers report on every connection for so long; how long each call took.
fn busy(connections: &mut [Connection], reporters: &mut [Reporter], time: Duration) -> anyhow::Result<Vec<Duration>> {
    let until = Instant::now() + time;
    let share = reporters.len().div_ceil(connections.len().max(1));
    let one = |connection: &mut Connection, reporters: &mut [Reporter]| {
        let mut calls = Vec::new();
        while Instant::now() < until {
            for reporter in &mut *reporters {
                let began = Instant::now();
                reporter.report(connection)?;
                calls.push(began.elapsed());
                if Instant::now() >= until {
                    break;
                }
            }
        }
        anyhow::Ok(calls)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = connections
            .iter_mut()
            .zip(reporters.chunks_mut(share))
            .map(|(connection, reporters)| scope.spawn(move || one(connection, reporters)))
            .collect();
        let mut calls = Vec::new();
        for worker in workers {
            calls.extend(worker.join().ok().context("a load generator failed")??);
        }
        Ok(calls)
    })
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let Self { computers, connections, runs, run_seconds, .. } = self;
        let mut text = format!(
            "{computers} computers over {connections} kept connections, always busy; {runs} runs of {run_seconds} s: \
             median (lowest to highest)\n"
        );
        for size in &self.sizes {
            text.push_str(&format!("\nbatches of {} events, {} bytes\n", size.events, size.request_bytes));
            text.push_str(&rows(&[
                ("batches a second, durable", size.batches_per_second.to_string()),
                ("p50", format!("{} ms", size.p50_ms)),
                ("p99", format!("{} ms", size.p99_ms)),
                ("server CPU, 1,000 batches", format!("{} s", size.cpu_seconds_per_thousand_batches)),
            ]));
        }
        let kept = format!("{} of {}, after the server was killed", self.events_kept, self.events_accepted);
        let memory = format!("{:.0} MiB, {:.0} MiB", self.memory_mib, self.memory_peak_mib);
        text.push('\n');
        text.push_str(&rows(&[("events kept", kept), ("server memory now, peak", memory)]));
        text
    }
}
