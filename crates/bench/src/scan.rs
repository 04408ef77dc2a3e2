//! `bench scan`: what it costs to tell computers what they need.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde::Serialize;
use store::Location;
use tempfile::TempDir;
use testkit::catalogs::Profile;
use testkit::postgres::Postgres;

use crate::estate::{BUILDS, Estate, Size, Wanted, fill, seeded};
use crate::figures::rows;
use crate::process::Server;

pub(crate) mod asking;
pub(crate) mod computer;
pub(crate) mod drivers;
mod first;
mod fleet;
mod plain;
mod repeat;

use asking::Seal;
use computer::Office;

/// How a scan is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Updates in the catalog; up to 4,270 categories and detectoids come on top
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1_000..=500_000))]
    revisions: u32,
    /// How heavy documents are: little text, or component manifests as large as real ones
    #[arg(long, value_enum, default_value = "lean")]
    profile: Documents,
    /// Computers that are registered, and scan
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    computers: u32,
    /// How many computers in 100 are unlike any other, instead of one of 40 builds
    #[arg(long, default_value_t = 5, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    odd: u8,
    /// Measure driver passes of computers with 75 devices as well
    #[arg(long)]
    drivers: bool,
    /// Where the server keeps its state
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Engine,
    /// How long each run of repeat scans takes
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Runs of repeat scans
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
    /// Connections that are kept busy at once
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=256))]
    connections: u32,
    /// Another seed makes another catalog
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Documents {
    Lean,
    Real,
}

impl From<Documents> for Profile {
    fn from(documents: Documents) -> Self {
        match documents {
            Documents::Lean => Self::Lean,
            Documents::Real => Self::RealSizes,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Engine {
    Sqlite,
    Postgres,
}

/// What was seen.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    database: Engine,
    catalog: Size,
    ready_seconds: f64,
    /// Before the first computer came.
    memory_ready_mib: f64,
    first: first::Report,
    odd_percent: u8,
    odd_sets: usize,
    /// Ids that a computer of the first build sends.
    known: usize,
    repeat: repeat::Report,
    /// The odd computers alone: hardly two are alike.
    odd_repeat: Option<repeat::Report>,
    driver_pass: Option<DriverPass>,
    plain: plain::Report,
}

#[derive(Debug, Serialize)]
struct DriverPass {
    drivers_each: usize,
    repeat: repeat::Report,
}

pub(crate) fn run(arguments: &Arguments, vanne: &Path) -> anyhow::Result<Report> {
    let wanted = Wanted {
        updates: arguments.revisions as usize,
        profile: arguments.profile.into(),
        seed: arguments.seed,
        computers: arguments.computers as usize,
    };
    let prepared = Prepared::new(arguments.database, &wanted)?;
    let estate = &prepared.estate;
    let seal = Seal::of(&prepared.location)?;

    let server = Server::start(vanne, prepared.data_dir.path())?;
    let ready_seconds = server.ready_after.as_secs_f64();
    let memory_ready_mib = server.process.memory_mib("VmRSS")?;
    let office = Office::new(server.port, estate);
    eprintln!("a computer of each of {BUILDS} builds scans for the first time");
    let (mut builds, first) = first::run(&server, &office, BUILDS as u32, arguments.connections)?;
    builds.sort_by_key(computer::Computer::build);
    let mut connection = office.connect()?;
    builds.iter().try_for_each(|computer| computer.check_repeat(&office, &mut connection))?;

    eprintln!("{} computers come to full cache, {} % of them odd", wanted.computers, arguments.odd);
    let (connections, odd) = (arguments.connections as usize, usize::from(arguments.odd));
    let fleet = fleet::assemble(&office, &seal, &builds, wanted.computers, odd, connections)?;
    let run = Duration::from_secs(arguments.seconds);
    let load = repeat::Load { connections: arguments.connections, runs: arguments.runs, run };
    eprintln!("they scan again, {} runs of {} s", arguments.runs, arguments.seconds);
    let repeat = repeat::run(&server, &office, &fleet.asking, load)?;
    let (odd_sets, known) = (fleet.odd_sets, fleet.known);
    let odd = fleet.odd_alone();
    let odd_repeat = odd.map(|odd| repeat::run(&server, &office, &odd, load)).transpose()?;

    let mut driver_pass = None;
    if arguments.drivers {
        eprintln!("computers with devices ask for drivers");
        let (asking, drivers_each) = drivers::systems(&office, &seal, &builds, estate)?;
        let repeat = repeat::run(&server, &office, &asking, load)?;
        driver_pass = Some(DriverPass { drivers_each, repeat });
    }
    server.stop()?;

    eprintln!("the index beside the plain implementation");
    let plain = plain::run(wanted.shape())?;
    Ok(Report {
        database: arguments.database,
        catalog: estate.size.clone(),
        ready_seconds,
        memory_ready_mib,
        first,
        odd_percent: arguments.odd,
        odd_sets,
        known,
        repeat,
        odd_repeat,
        driver_pass,
        plain,
    })
}

/// A server's state, ready to be served.
struct Prepared {
    estate: Estate,
    data_dir: TempDir,
    location: Location,
    /// Runs as long as this.
    _postgres: Option<Postgres>,
}

impl Prepared {
    /// What is in SQLite is copied from what is kept; PostgreSQL is filled each time.
    fn new(engine: Engine, wanted: &Wanted) -> anyhow::Result<Self> {
        if engine == Engine::Sqlite {
            let estate = seeded(wanted)?;
            let data_dir = estate.copy()?;
            let location = Location::Sqlite(data_dir.path().join("vanne.db"));
            return Ok(Self { estate, data_dir, location, _postgres: None });
        }
        let postgres = Postgres::start().context("there is no PostgreSQL to measure")?;
        let url = postgres.database().context("PostgreSQL makes no database")?;
        let data_dir = tempfile::Builder::new().prefix("vanne-bench-").tempdir().context("could not make a folder")?;
        ensure!(!url.contains(['"', '\\']), "the address of PostgreSQL cannot be written into a configuration");
        fs::write(data_dir.path().join("vanne.toml"), format!("[database]\nurl = \"{url}\"\n"))?;
        eprintln!("filling PostgreSQL with {} updates and {} computers", wanted.updates, wanted.computers);
        let estate = fill(data_dir.path(), Some(&url), wanted)?;
        Ok(Self { estate, data_dir, location: Location::Postgres(url), _postgres: Some(postgres) })
    }
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let Self { catalog, first, odd_percent, odd_sets, known, repeat, plain, .. } = self;
        let engine = if self.database == Engine::Sqlite { "SQLite" } else { "PostgreSQL" };
        let start = rows(&[
            ("ready after", format!("{:.2} s", self.ready_seconds)),
            ("server memory then", format!("{:.0} MiB", self.memory_ready_mib)),
        ]);
        let odd =
            self.odd_repeat.as_ref().map_or_else(String::new, |odd| format!("\nodd computers alone\n{}", odd.table()));
        let drivers = self.driver_pass.as_ref().map_or_else(String::new, |pass| {
            let (each, table) = (pass.drivers_each, pass.repeat.table());
            format!("\ndriver passes (75 devices, 250 ids; {each} drivers each, all cached)\n{table}")
        });
        format!(
            "{engine}; {catalog}\n\nstart\n{start}\nfirst scans, one computer of each build\n{}\nrepeat scans ({known} ids \
             of one build; {odd_percent} % odd computers, {odd_sets} distinct sets among them)\n{}{odd}{drivers}\nindex beside \
             the plain implementation\n{}",
            first.table(),
            repeat.table(),
            plain.table()
        )
    }
}
