use std::collections::HashSet;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use testkit::random::Random;

use super::asking::Asking;
use super::computer::Office;
use crate::figures::{Latency, Spread, rows};
use crate::loopback::Connection;
use crate::process::Server;

/// Most calls of one connection in one run.
const CALLS_MAX: usize = 10_000_000;
/// Not counted: until caches and connections are warm.
const WARM_UP: Duration = Duration::from_secs(1);

/// How repeat scans are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) connections: u32,
    pub(super) runs: u32,
    pub(super) run: Duration,
}

/// What calls cost of which each is one `SyncUpdates` that has nothing new to say.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    connections: u32,
    runs: u32,
    run_seconds: f64,
    /// Computers they are drawn from at random, each with a cookie of its own.
    computers: usize,
    /// Distinct requests among them, cookies apart.
    distinct: usize,
    request_bytes: usize,
    response_bytes: usize,
    calls_per_second: Spread,
    p50_ms: Spread,
    p90_ms: Spread,
    p99_ms: Spread,
    cpu_seconds_per_thousand_calls: Spread,
    memory_mib: f64,
    memory_peak_mib: f64,
}

/// Keeps all connections busy, each with one request at a time, in runs.
pub(super) fn run(server: &Server, office: &Office, asking: &Asking, load: Load) -> anyhow::Result<Report> {
    let mut connections =
        (0..load.connections).map(|_| office.connect()).collect::<anyhow::Result<Vec<Connection>>>()?;
    let first = connections.first_mut().context("there is no connection")?;
    let mut request = Vec::new();
    asking.write(|_| 0, &mut request)?;
    let response_bytes = first.exchange(&request)?.bytes;

    busy(&mut connections, asking, WARM_UP)?;
    let mut runs = Vec::new();
    for _ in 0..load.runs {
        let cpu_before = server.process.cpu_seconds()?;
        let started = Instant::now();
        let mut calls = busy(&mut connections, asking, load.run)?;
        let seconds = started.elapsed().as_secs_f64();
        let cpu = server.process.cpu_seconds()? - cpu_before;
        let count = calls.len() as f64;
        runs.push((count / seconds, Latency::of(&mut calls), cpu * 1_000.0 / count));
    }
    Ok(Report {
        connections: load.connections,
        runs: load.runs,
        run_seconds: load.run.as_secs_f64(),
        computers: asking.computers.len(),
        distinct: asking.computers.iter().map(|(template, _)| template).collect::<HashSet<_>>().len(),
        request_bytes: request.len(),
        response_bytes,
        calls_per_second: Spread::of(runs.iter().map(|(rate, ..)| *rate)),
        p50_ms: Spread::of(runs.iter().map(|(_, latency, _)| latency.p50)),
        p90_ms: Spread::of(runs.iter().map(|(_, latency, _)| latency.p90)),
        p99_ms: Spread::of(runs.iter().map(|(_, latency, _)| latency.p99)),
        cpu_seconds_per_thousand_calls: Spread::of(runs.iter().map(|(.., cpu)| *cpu)),
        memory_mib: server.process.memory_mib("VmRSS")?,
        memory_peak_mib: server.process.memory_mib("VmHWM")?,
    })
}

/// Sends requests on every connection for so long; how long each call took.
fn busy(connections: &mut [Connection], asking: &Asking, time: Duration) -> anyhow::Result<Vec<Duration>> {
    let until = Instant::now() + time;
    thread::scope(|scope| {
        let one = |connection: &mut Connection, seed: u64| {
            let (mut random, mut request, mut calls) = (Random::new(seed), Vec::new(), Vec::new());
            while calls.len() < CALLS_MAX && Instant::now() < until {
                asking.write(|count| random.below(count), &mut request)?;
                let began = Instant::now();
                let status = connection.exchange(&request)?.status;
                calls.push(began.elapsed());
                ensure!(status == 200, "a repeat scan was answered with status {status}");
            }
            anyhow::Ok(calls)
        };
        let workers: Vec<_> = (0..)
            .zip(connections.iter_mut())
            .map(|(seed, connection)| scope.spawn(move || one(connection, seed)))
            .collect();
        let mut calls = Vec::new();
        for worker in workers {
            calls.extend(worker.join().ok().context("a load generator failed")??);
        }
        Ok(calls)
    })
}

impl Report {
    pub(super) fn table(&self) -> String {
        let Self { connections, runs, run_seconds, .. } = self;
        rows(&[
            (
                "load",
                format!(
                    "{connections} connections, always busy; {runs} runs of {run_seconds} s: median (lowest to highest)"
                ),
            ),
            (
                "request",
                format!(
                    "{} bytes; answer {} bytes; {} computers, {} distinct apart from cookies",
                    self.request_bytes, self.response_bytes, self.computers, self.distinct
                ),
            ),
            ("SyncUpdates a second", self.calls_per_second.to_string()),
            ("p50", format!("{} ms", self.p50_ms)),
            ("p90", format!("{} ms", self.p90_ms)),
            ("p99", format!("{} ms", self.p99_ms)),
            ("server CPU, 1,000 calls", format!("{} s", self.cpu_seconds_per_thousand_calls)),
            ("server memory now, peak", format!("{:.0} MiB, {:.0} MiB", self.memory_mib, self.memory_peak_mib)),
        ])
    }
}
