//! `bench first-scan`: what it costs to tell computers everything, one alone and very many at the same moment.

use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use store::Location;

use crate::estate::{BUILDS, Size, Wanted, seeded};
use crate::figures::{Spread, rows};
use crate::process::Server;
use crate::scan::Documents;
use crate::scan::asking::Seal;
use crate::scan::computer::Office;

mod call;
mod herd;
mod recorded;

use recorded::Recorded;

/// How first scans are measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Updates in the catalog; of 8,000 and what comes with them, some 2,000 revisions concern a computer
    #[arg(long, default_value_t = 8_000, value_parser = clap::value_parser!(u32).range(1_000..=500_000))]
    revisions: u32,
    /// How heavy documents are: little text, or component manifests as large as real ones
    #[arg(long, value_enum, default_value = "lean")]
    profile: Documents,
    /// Computers that scan for the first time at the same moment
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=15_000))]
    computers: u32,
    /// Servers that are started to be scanned cold and warm
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
    cold: Alone,
    warm: Alone,
    herd: herd::Report,
}

/// First scans of one computer at a time.
#[derive(Debug, Serialize)]
struct Alone {
    /// Revisions that it was told of, drivers included.
    told: Spread,
    /// Calls of the software scan.
    software_trips: Spread,
    /// All of them: the driver pass and the details of what is approved as well.
    trips: Spread,
    sent_kib: Spread,
    received_kib: Spread,
    seconds: Spread,
    /// Of the server; the kernel counts in hundredths of a second.
    cpu_seconds: Spread,
}

pub(crate) fn run(arguments: &Arguments, vanne: &Path) -> anyhow::Result<Report> {
    let wanted = Wanted {
        updates: arguments.revisions as usize,
        profile: arguments.profile.into(),
        seed: arguments.seed,
        computers: arguments.computers as usize,
    };
    let estate = seeded(&wanted)?;
    let data_dir = estate.copy()?;
    let seal = Seal::of(&Location::Sqlite(data_dir.path().join("vanne.db")))?;
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for run in 0..arguments.runs {
        eprintln!("server {} of {} is scanned cold, then warm", run + 1, arguments.runs);
        let server = Server::start(vanne, data_dir.path())?;
        let office = Office::new(server.port, &estate);
        cold.push(Recorded::of(&server, &office, &seal, &estate, 0)?);
        warm.push(Recorded::of(&server, &office, &seal, &estate, 1)?);
        server.stop()?;
    }

    let server = Server::start(vanne, data_dir.path())?;
    let office = Office::new(server.port, &estate);
    eprintln!("a computer of each of {BUILDS} builds scans, to know what the others will say");
    let builds = (0..BUILDS).map(|build| Ok(Recorded::of(&server, &office, &seal, &estate, build)?.steps));
    let builds = builds.collect::<anyhow::Result<Vec<_>>>()?;
    server.stop()?;
    // Another one, with cold caches and a peak of its own.
    let server = Server::start(vanne, data_dir.path())?;
    eprintln!("{} computers scan at the same moment", arguments.computers);
    let herd = herd::run(&server, builds, seal, wanted.computers).context("the computers could not scan")?;
    server.stop()?;
    Ok(Report {
        catalog: estate.size.clone(),
        runs: arguments.runs,
        cold: Alone::of(&cold),
        warm: Alone::of(&warm),
        herd,
    })
}

impl Alone {
    fn of(scans: &[Recorded]) -> Self {
        let each = |figure: fn(&Recorded) -> f64| Spread::of(scans.iter().map(figure));
        Self {
            told: each(|scan| scan.told as f64),
            software_trips: each(|scan| scan.software_trips as f64),
            trips: each(|scan| scan.steps.len() as f64),
            sent_kib: each(|scan| scan.sent as f64 / 1_024.0),
            received_kib: each(|scan| scan.received as f64 / 1_024.0),
            seconds: each(|scan| scan.seconds),
            cpu_seconds: each(|scan| scan.cpu_seconds),
        }
    }

    fn table(&self) -> String {
        rows(&[
            ("revisions told, drivers included", self.told.to_string()),
            ("trips of the software scan", self.software_trips.to_string()),
            ("all trips, drivers and details too", self.trips.to_string()),
            ("sent", format!("{} KiB", self.sent_kib)),
            ("received", format!("{} KiB, compressed", self.received_kib)),
            ("time", format!("{} s", self.seconds)),
            ("server CPU", format!("{} s", self.cpu_seconds)),
        ])
    }
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let Self { catalog, runs, cold, warm, herd } = self;
        format!(
            "{catalog}\n\none computer, cold caches ({runs} servers: median, lowest to highest)\n{}\none computer of another \
             build, warm caches\n{}\nall at the same moment, cold caches\n{}",
            cold.table(),
            warm.table(),
            herd.table()
        )
    }
}
