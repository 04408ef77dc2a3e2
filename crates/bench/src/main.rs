//! The load generators behind `cargo xtask bench`.
//!
//! A bench starts a real `vanne serve` as a process of its own, loads it over loopback HTTP with requests that were
//! prepared once, and prints what it saw beside a baseline of the same run. It asserts no time.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal: what it says is its result")]

use std::env;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

mod administration;
mod content;
mod estate;
mod figures;
mod first_scan;
mod fragment;
mod history;
mod idle;
mod import;
mod loopback;
mod machine;
mod prober;
mod process;
mod relay;
mod report;
mod reports;
mod scan;
mod soak;
mod start;
mod strain;
mod svg;
mod sync;
mod tls;
mod trust;

use machine::Machine;
use report::{Build, Report, Seen};

/// Measures a server on this machine.
#[derive(Debug, Parser)]
#[command(name = "bench", bin_name = "cargo xtask bench")]
struct Arguments {
    #[command(subcommand)]
    what: What,
    /// The server to measure; the one beside this program when absent
    #[arg(long, global = true, value_name = "FILE")]
    vanne: Option<PathBuf>,
    /// Write all figures there as JSON as well
    #[arg(long, global = true, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Add the figures to docs/bench-history.jsonl, and draw docs/benchmarks.svg anew
    #[arg(long, global = true)]
    record: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Repeat scans and driver passes, and the index beside the plain implementation
    Scan(scan::Arguments),
    /// First scans: of one computer, and of very many at the same moment
    FirstScan(first_scan::Arguments),
    /// A catalog taken in, and taken in once more
    Import(import::Arguments),
    /// Ranges of a large file, beside nginx
    Content(content::Arguments),
    /// The largest fragment, served to many at once
    Fragment(fragment::Arguments),
    /// Connections that say nothing
    Idle(idle::Arguments),
    /// Batches of events from many computers, and whether all are kept
    Reports(reports::Arguments),
    /// Restarts, and approvals beside computers that scan
    Start(start::Arguments),
    /// The dearest messages there are, from one client and from hundreds, beside computers that scan
    Strain(strain::Arguments),
    /// Everything at once at modest rates, for long
    Soak(soak::Arguments),
    /// A catalog and a file taken from an upstream, and many who ask the same upstream at once
    Sync(sync::Arguments),
    /// Handshakes, scans and ranges over TLS, beside plain HTTP and nginx
    Tls(tls::Arguments),
    /// Verdicts on signed programs, beside their digests alone
    Trust(trust::Arguments),
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    raise_open_files()?;
    let vanne = arguments.vanne.map_or_else(beside_this_program, Ok)?;
    let (build, machine) = (Build::of(&vanne)?, Machine::before());
    let (bench, seen) = match &arguments.what {
        What::Scan(scan) => ("scan", Seen::of(&scan::run(scan, &vanne)?, scan::Report::table)),
        What::FirstScan(first) => ("first-scan", Seen::of(&first_scan::run(first, &vanne)?, first_scan::Report::table)),
        What::Import(import) => ("import", Seen::of(&import::run(import, &vanne)?, import::Report::table)),
        What::Fragment(fragment) => ("fragment", Seen::of(&fragment::run(fragment, &vanne)?, fragment::Report::table)),
        What::Idle(idle) => ("idle", Seen::of(&idle::run(idle, &vanne)?, idle::Report::table)),
        What::Soak(soak) => ("soak", Seen::of(&soak::run(soak, &vanne)?, soak::Report::table)),
        What::Tls(tls) => ("tls", Seen::of(&tls::run(tls, &vanne)?, tls::Report::table)),
        What::Trust(trust) => ("trust", Seen::of(&trust::run(trust)?, trust::Report::table)),
        What::Sync(sync) => ("sync", Seen::of(&sync::run(sync, &vanne)?, sync::Report::table)),
        What::Reports(reports) => ("reports", Seen::of(&reports::run(reports, &vanne)?, reports::Report::table)),
        What::Strain(strain) => ("strain", Seen::of(&strain::run(strain, &vanne)?, strain::Report::table)),
        What::Start(start) => ("start", Seen::of(&start::run(start, &vanne)?, start::Report::table)),
        What::Content(content) => ("content", Seen::of(&content::run(content, &vanne)?, content::Report::table)),
    };
    let report = Report::new(bench, machine.after(), build, seen?);
    println!("{}", report.text());
    arguments.json.map_or(Ok(()), |file| report.write(&file))?;
    if arguments.record { history::record(&report) } else { Ok(()) }
}

/// As many open files as this user may have: thousands of connections here, and as many in the server, which
/// inherits it.
fn raise_open_files() -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).context("could not raise the open files")
}

fn beside_this_program() -> anyhow::Result<PathBuf> {
    let vanne = env::current_exe().context("could not find this program's folder")?.with_file_name("vanne");
    anyhow::ensure!(
        vanne.is_file(),
        "there is no {}; use `cargo xtask bench`, or name it with --vanne",
        vanne.display()
    );
    Ok(vanne)
}
