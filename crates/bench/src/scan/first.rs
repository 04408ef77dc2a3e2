use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;

use super::computer::{Computer, Office, Traffic};
use crate::figures::{Spread, rows};
use crate::process::Server;

/// What first scans cost; of one computer unless it says otherwise.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    computers: u32,
    trips: Spread,
    revisions: Spread,
    sent_kib: Spread,
    received_kib: Spread,
    /// The very first one, when the server has everything to read yet.
    cold_seconds: f64,
    /// The others, several at a time.
    seconds: Spread,
    /// All computers together.
    total_seconds: f64,
    /// Server CPU of all computers together, joining included.
    cpu_seconds: f64,
    cpu_seconds_per_thousand_calls: f64,
}

/// Lets computers join and scan: the first alone, the others on `connections` connections at once.
pub(super) fn run(
    server: &Server,
    office: &Office,
    count: u32,
    connections: u32,
) -> anyhow::Result<(Vec<Computer>, Report)> {
    let cpu_before = server.process.cpu_seconds()?;
    let started = Instant::now();
    let next = AtomicUsize::new(1);
    let mut scanned = vec![one(office, 0)?];
    thread::scope(|scope| {
        let worker = || {
            let mut scanned = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count as usize {
                    return anyhow::Ok(scanned);
                }
                scanned.push(one(office, number)?);
            }
        };
        let workers: Vec<_> = (0..connections).map(|_| scope.spawn(worker)).collect();
        for worker in workers {
            scanned.extend(worker.join().ok().context("a load generator failed")??);
        }
        anyhow::Ok(())
    })?;
    let total_seconds = started.elapsed().as_secs_f64();
    let cpu_seconds = server.process.cpu_seconds()? - cpu_before;
    let calls: usize = scanned.iter().map(|one| one.traffic.trips).sum();
    let each = |figure: fn(&Scanned) -> usize| Spread::among(scanned.iter().map(|one| figure(one) as f64));
    let report = Report {
        computers: count,
        trips: each(|one| one.traffic.trips),
        revisions: each(|one| one.computer.knows()),
        sent_kib: each(|one| one.traffic.sent / 1_024),
        received_kib: each(|one| one.traffic.received / 1_024),
        cold_seconds: scanned.first().map_or(0.0, |one| one.seconds),
        seconds: Spread::among(scanned.iter().skip(1).map(|one| one.seconds)),
        total_seconds,
        cpu_seconds,
        cpu_seconds_per_thousand_calls: cpu_seconds * 1_000.0 / calls as f64,
    };
    Ok((scanned.into_iter().map(|one| one.computer).collect(), report))
}

struct Scanned {
    computer: Computer,
    traffic: Traffic,
    seconds: f64,
}

fn one(office: &Office, number: usize) -> anyhow::Result<Scanned> {
    let mut connection = office.connect()?;
    let mut computer = Computer::join(office, &mut connection, number)?;
    let started = Instant::now();
    let traffic = computer.scan(office, &mut connection)?;
    Ok(Scanned { computer, traffic, seconds: started.elapsed().as_secs_f64() })
}

impl Report {
    pub(super) fn table(&self) -> String {
        rows(&[
            ("computers", self.computers.to_string()),
            ("trips of one", self.trips.to_string()),
            ("revisions told to one", self.revisions.to_string()),
            ("sent by one", format!("{} KiB", self.sent_kib)),
            ("received by one", format!("{} KiB, compressed", self.received_kib)),
            ("the very first", format!("{:.2} s", self.cold_seconds)),
            ("the others, several at once", format!("{} s", self.seconds)),
            ("all", format!("{:.2} s", self.total_seconds)),
            ("server CPU, all", format!("{:.2} s", self.cpu_seconds)),
            ("server CPU, 1,000 calls", format!("{:.2} s", self.cpu_seconds_per_thousand_calls)),
        ])
    }
}
