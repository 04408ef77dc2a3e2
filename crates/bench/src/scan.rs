//! `bench scan`: what it costs to tell computers what they need.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use crate::figures::rows;
use crate::process::{self, Server};

pub(crate) mod computer;
pub(crate) mod estate;
mod first;
mod plain;
mod repeat;

use computer::Office;
use estate::Estate;

/// How a scan is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Revisions in the catalog
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..=500_000))]
    revisions: u32,
    /// Computers that scan
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    computers: u32,
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

/// What was seen.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    catalog: estate::Size,
    import: Import,
    ready_seconds: f64,
    first: first::Report,
    repeat: repeat::Report,
    plain: plain::Report,
}

#[derive(Debug, Serialize)]
struct Import {
    documents_per_second: f64,
    cpu_seconds: f64,
    again_per_second: f64,
    memory_peak_mib: f64,
    database_mib: f64,
}

pub(crate) fn run(arguments: &Arguments, vanne: &Path) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("vanne-bench-").tempdir().context("could not make a folder")?;
    let data_dir = folder.path().join("data");

    eprintln!("making a catalog of {} revisions", arguments.revisions);
    let estate = Estate::make(folder.path(), arguments.revisions as usize, arguments.seed)?;
    eprintln!("importing it");
    let import = import(vanne, &data_dir, &estate)?;

    // A server that has only ever served: its memory is that of serving.
    let server = Server::start(vanne, &data_dir)?;
    let ready_seconds = server.ready_after.as_secs_f64();
    let office = Office::new(server.port, &estate);
    eprintln!("{} computers scan for the first time", arguments.computers);
    let (computers, first) = first::run(&server, &office, arguments.computers, arguments.connections)?;
    eprintln!("they scan again, {} runs of {} s", arguments.runs, arguments.seconds);
    let load = repeat::Load {
        connections: arguments.connections,
        runs: arguments.runs,
        run: Duration::from_secs(arguments.seconds),
    };
    let repeat = repeat::run(&server, &office, &computers, load)?;
    server.stop()?;

    eprintln!("the index beside the plain implementation");
    let plain = plain::run(arguments.revisions as usize, arguments.seed)?;
    Ok(Report { catalog: estate.size, import, ready_seconds, first, repeat, plain })
}

/// What `vanne catalog import` prints, as far as it matters here.
#[derive(Deserialize)]
struct Imported {
    added: std::collections::BTreeMap<String, u64>,
    unchanged: u64,
}

/// Imports through a running server, as an administrator does; then once more, when nothing is new.
fn import(vanne: &Path, data_dir: &Path, estate: &Estate) -> anyhow::Result<Import> {
    let server = Server::start(vanne, data_dir)?;
    let revisions = estate.size.revisions;
    let once = || -> anyhow::Result<(Imported, f64)> {
        let started = Instant::now();
        let done = process::vanne(vanne, &["catalog", "import"], data_dir, &[&estate.documents])?;
        Ok((done, revisions as f64 / started.elapsed().as_secs_f64()))
    };
    let cpu_before = server.process.cpu_seconds()?;
    let (done, documents_per_second) = once()?;
    ensure!(done.added.values().sum::<u64>() == revisions as u64, "not every document was added");
    let cpu_seconds = server.process.cpu_seconds()? - cpu_before;
    let memory_peak_mib = server.process.memory_mib("VmHWM")?;
    let (done, again_per_second) = once()?;
    ensure!(done.unchanged == revisions as u64, "the second import found something new");
    let approve = ["approve", "--group", "All Computers", "--update"].map(str::to_owned);
    let words: Vec<String> = approve.into_iter().chain(estate.approved.iter().map(ToString::to_string)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let _: serde_json::Value = process::vanne(vanne, &words, data_dir, &[])?;
    server.stop()?;
    // What was written last may not have left the log yet.
    let files = ["vanne.db", "vanne.db-wal"].map(|name| data_dir.join(name).metadata().map_or(0, |file| file.len()));
    let database_bytes: u64 = files.iter().sum();
    let database_mib = database_bytes as f64 / f64::from(1 << 20);
    Ok(Import { documents_per_second, cpu_seconds, again_per_second, memory_peak_mib, database_mib })
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let Self { catalog, import, ready_seconds, first, repeat, plain } = self;
        let import_rows = rows(&[
            ("documents a second", format!("{:.0}", import.documents_per_second)),
            ("the same again, nothing new", format!("{:.0}", import.again_per_second)),
            ("server CPU", format!("{:.2} s", import.cpu_seconds)),
            ("server memory, peak", format!("{:.0} MiB", import.memory_peak_mib)),
            ("database", format!("{:.0} MiB", import.database_mib)),
            ("restart until ready", format!("{ready_seconds:.2} s")),
        ]);
        format!(
            "{catalog}\n\nimport\n{import_rows}\nfirst scans\n{}\nrepeat scans\n{}\nindex beside the plain implementation\n{}",
            first.table(),
            repeat.table(),
            plain.table()
        )
    }
}
