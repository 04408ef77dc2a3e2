//! What it costs to take a file in, as a server does: written, digested, cut into pieces and judged; and to read it again.
//!
//! Counted is this process's time on a core, writing included, and not what the disk takes.

use std::io::BufReader;

use anyhow::{Context as _, ensure};
use authenticode::{Outcome, Trust, examine_digested};
use content::{Expected, Files, Stored, Verdict};

use super::question;
use crate::figures::Spread;

pub(super) fn taken_in(trust: &Trust, file: &[u8], runs: u32) -> anyhow::Result<Spread> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    rates(file, runs, |files| {
        let stored = runtime.block_on(files.put(file, Expected::default()))?;
        let held = runtime.block_on(files.open_file(&stored.sha256, stored.size))?.context("the file is not held")?;
        let mut reader = BufReader::new(held.reader());
        let examination = examine_digested(&mut reader, stored.sha1, stored.sha256)?;
        let verdict = trust.judge(&examination, &question());
        ensure!(verdict.outcome == Outcome::Accepted, "the program was not accepted: {:?}", verdict.reasons);
        Ok(())
    })
}

pub(super) fn read_again(file: &[u8], runs: u32) -> anyhow::Result<Spread> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut put: Option<Stored> = None;
    rates(file, runs, |files| {
        let stored = match put {
            Some(stored) => stored,
            None => *put.insert(runtime.block_on(files.put(file, Expected::default()))?),
        };
        let verdict = runtime.block_on(files.verify(&stored.sha256, &Expected::default()))?;
        ensure!(verdict == Verdict::Sound(stored), "the file is not what it was");
        Ok(())
    })
}

/// MiB for each second of CPU of each run, after one that does not count.
fn rates(file: &[u8], runs: u32, mut once: impl FnMut(&Files) -> anyhow::Result<()>) -> anyhow::Result<Spread> {
    let folder = tempfile::Builder::new().prefix("vanne-bench-").tempdir().context("could not make a folder")?;
    let files = Files::open(folder.path())?;
    let mib = file.len() as f64 / f64::from(1 << 20);
    once(&files)?;
    let mut rates = Vec::new();
    for _ in 0..runs {
        let before = own_seconds();
        once(&files)?;
        rates.push(mib / (own_seconds() - before));
    }
    Ok(Spread::of(rates))
}

/// What this process has had of cores so far, in seconds.
fn own_seconds() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
}
