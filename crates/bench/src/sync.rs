//! `bench sync`: what it costs to take a catalog from an upstream, to see that nothing is new, to have many others take
//! the same, and to fetch a file.

use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use crate::estate::{Size, Wanted, seeded};
use crate::figures::{Spread, rows};
use crate::process::Server;
use crate::relay::Relay;

mod crowd;
mod downstream;
mod file;

use crowd::Crowd;
use downstream::{Role, Taken};
use file::Fetched;

/// How synchronising is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Updates of the upstream; categories and detectoids come on top
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..=500_000))]
    updates: u32,
    /// Runs of each part, into an empty server each
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
    /// Servers that ask the same upstream at once
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    crowd: u32,
    /// Revisions that each of those fetches
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=500_000))]
    crowd_revisions: u32,
    /// Size of the file that is fetched
    #[arg(long, default_value_t = 1_024, value_parser = clap::value_parser!(u32).range(1..=4_096))]
    mib: u32,
}

/// What was seen.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    catalog: Size,
    runs: u32,
    autonomous: OfRole,
    replica: OfRole,
    /// An autonomous server below a replica, once.
    third_level_seconds: f64,
    crowd: Crowd,
    file_mib: u32,
    file_mb_per_second: Spread,
    /// By the downstream alone: what one core of it would fetch.
    file_mb_per_cpu_second: Spread,
    /// Of the upstream when all was done.
    upstream_memory_peak_mib: f64,
}

/// What it cost an empty server.
#[derive(Debug, Serialize)]
struct OfRole {
    seconds: Spread,
    revisions_per_second: Spread,
    cpu_seconds: Spread,
    upstream_cpu_seconds: Spread,
    /// Peak while it synchronised.
    memory_peak_mib: Spread,
    /// The same above what the server has after a restart with that catalog.
    memory_more_mib: Spread,
    /// Synchronising once more, when nothing is new.
    again_seconds: Spread,
    /// What both servers exchanged for that.
    again_kb: Spread,
}

pub(crate) fn run(arguments: &Arguments, vanne: &Path) -> anyhow::Result<Report> {
    let Arguments { updates, runs, crowd, crowd_revisions, mib } = *arguments;
    let estate = seeded(&Wanted { updates: updates as usize, ..Wanted::default() })?;
    let copy = estate.copy()?;
    let upstream = Server::start(vanne, copy.path())?;
    let relay = Relay::start(upstream.port).context("could not start the relay")?;
    let revisions = estate.size.revisions;

    let taken = |role: Role| {
        let one = |number| {
            eprintln!("{revisions} revisions into an empty {}, run {} of {runs}", role.name(), number + 1);
            downstream::take(vanne, role, &upstream, &relay, revisions)
        };
        (0..runs).map(one).collect::<anyhow::Result<Vec<Taken>>>().map(|taken| OfRole::of(&taken, revisions))
    };
    let (autonomous, replica) = (taken(Role::Autonomous)?, taken(Role::Replica)?);
    eprintln!("three levels");
    let third_level_seconds = downstream::third_level(vanne, &upstream, revisions)?;
    eprintln!("{crowd} servers ask for {crowd_revisions} revisions each, at once");
    let crowd = crowd::ask(&upstream, crowd, crowd_revisions as usize)?;

    eprintln!("a file of {mib} MiB, {runs} runs");
    let fetched = file::fetch(vanne, mib as usize, runs)?;
    let upstream_memory_peak_mib = upstream.process.memory_mib("VmHWM")?;
    upstream.stop()?;
    let each = |figure: fn(&Fetched) -> f64| Spread::of(fetched.iter().map(figure));
    Ok(Report {
        catalog: estate.size,
        runs,
        autonomous,
        replica,
        third_level_seconds,
        crowd,
        file_mib: mib,
        file_mb_per_second: each(|run| run.mb / run.seconds),
        file_mb_per_cpu_second: each(|run| run.mb / run.cpu_seconds),
        upstream_memory_peak_mib,
    })
}

impl OfRole {
    fn of(taken: &[Taken], revisions: usize) -> Self {
        let each = |figure: &dyn Fn(&Taken) -> f64| Spread::of(taken.iter().map(figure));
        Self {
            seconds: each(&|run| run.seconds),
            revisions_per_second: each(&|run| revisions as f64 / run.seconds),
            cpu_seconds: each(&|run| run.cpu_seconds),
            upstream_cpu_seconds: each(&|run| run.upstream_cpu_seconds),
            memory_peak_mib: each(&|run| run.memory_peak_mib),
            memory_more_mib: each(&|run| run.memory_peak_mib - run.catalog_mib),
            again_seconds: each(&|run| run.again_seconds),
            again_kb: each(&|run| run.again_bytes as f64 / 1e3),
        }
    }

    fn table(&self) -> String {
        rows(&[
            ("seconds", self.seconds.to_string()),
            ("revisions a second", self.revisions_per_second.to_string()),
            ("CPU, here and upstream", format!("{} s, {} s", self.cpu_seconds, self.upstream_cpu_seconds)),
            ("memory, peak", format!("{} MiB", self.memory_peak_mib)),
            ("above the catalog", format!("{} MiB", self.memory_more_mib)),
            ("once more, nothing new", format!("{} s, {} kB", self.again_seconds, self.again_kb)),
        ])
    }
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let Self { catalog, runs, third_level_seconds, file_mib, upstream_memory_peak_mib, .. } = self;
        format!(
            "{catalog}\n{runs} runs, each into an empty server, through a relay that counts: median (lowest to \
             highest)\n\nautonomous\n{}\nreplica\n{}\nan autonomous server below a replica, once: {third_level_seconds:.1} s\n\n{}\na file of {file_mib} MiB\n{}\nupstream memory, peak  \
             {upstream_memory_peak_mib:.0} MiB\n",
            self.autonomous.table(),
            self.replica.table(),
            self.crowd.table(),
            rows(&[
                ("MB a second, verified", self.file_mb_per_second.to_string()),
                ("MB a second of CPU", self.file_mb_per_cpu_second.to_string()),
            ]),
        )
    }
}
