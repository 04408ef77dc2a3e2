//! `bench trust`: a verdict on a signed program beside its digests alone, and what digests of its pages add.

use std::io::Cursor;
use std::time::Instant;

use ::trust::DigestBoth;
use anyhow::ensure;
use authenticode::{Class, Outcome, Policy, Question, RevocationDemand, RevocationLists, Trust, Verdict, examine};
use forge::certificate::at;
use forge::{Publisher, image};
use serde::Serialize;

use crate::figures::{Spread, rows};

mod intake;

/// How verdicts are measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Length of the program
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    mib: u32,
    /// Runs of each
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    runs: u32,
}

/// What was seen.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    mib: u32,
    runs: u32,
    /// SHA-1 and SHA-256 of the file, and nothing else: the baseline.
    digests: Figures,
    /// The same and the digest that is signed, signatures, path and policy.
    verdict: Figures,
    /// The same with digests of every page.
    with_pages: Figures,
    /// A file of that length written, with both digests and those of its pieces, and judged: MiB for each second of this
    /// process's time on a core.
    taken_in: Spread,
    /// Held files read again.
    read_again: Spread,
    /// What does not grow with the file: a verdict on a program of 1 KiB.
    small_ms: Spread,
    /// Verdicts on files that were made to take long.
    worst: Vec<Worst>,
    /// The dearest of these, in the median.
    worst_ms: f64,
}

/// A file that was made to take long, or a revocation list.
#[derive(Debug, Serialize)]
struct Worst {
    what: &'static str,
    bytes: usize,
    ms: Spread,
}

#[derive(Debug, Serialize)]
struct Figures {
    ms: Spread,
    mib_a_second: Spread,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Report> {
    let publisher = Publisher::new("Bench");
    let mut trust = Trust { policy: Policy::builtin(), revocation_lists: RevocationLists::new() };
    trust.policy.add_local_publisher(&publisher.root.identity.certificate)?;
    let signed = |bytes: usize, with_pages| {
        image::sign(&image::image(true, &[bytes]), &publisher.signing_by_root_time(), with_pages)
    };
    let bytes = arguments.mib as usize * (1 << 20);
    let (plain, paged, small) = (signed(bytes, false), signed(bytes, true), signed(1024, false));
    let verdict = |file: &[u8]| -> anyhow::Result<()> {
        let verdict = judge(&trust, file)?;
        ensure!(verdict.outcome == Outcome::Accepted, "the program was not accepted: {:?}", verdict.reasons);
        Ok(())
    };
    let digests = |file: &[u8]| -> anyhow::Result<()> {
        let mut both = DigestBoth::new();
        both.update(file);
        ensure!(both.finish().2 == file.len() as u64, "not all was digested");
        Ok(())
    };
    let figures = |once: &dyn Fn(&[u8]) -> anyhow::Result<()>, file: &[u8]| -> anyhow::Result<Figures> {
        let runs = timed(arguments.runs, || once(file))?;
        let mib = file.len() as f64 / f64::from(1 << 20);
        let rate = Spread::of(runs.iter().map(|ms| mib / ms * 1_000.0));
        Ok(Figures { ms: Spread::of(runs), mib_a_second: rate })
    };
    let worst = worst(&trust, &publisher, arguments.runs)?;
    Ok(Report {
        worst_ms: worst.iter().map(|one| one.ms.median).fold(0.0, f64::max),
        worst,
        mib: arguments.mib,
        runs: arguments.runs,
        digests: figures(&digests, &plain)?,
        verdict: figures(&verdict, &plain)?,
        with_pages: figures(&verdict, &paged)?,
        taken_in: intake::taken_in(&trust, &plain, arguments.runs)?,
        read_again: intake::read_again(&plain, arguments.runs)?,
        small_ms: Spread::of(timed(arguments.runs, || verdict(&small))?),
    })
}

fn worst(trust: &Trust, publisher: &Publisher, runs: u32) -> anyhow::Result<Vec<Worst>> {
    let mut all = Vec::new();
    for (what, file) in forge::hostile::files(publisher, "Bench Root", "Bench Root") {
        let taken = timed(runs, || judge(trust, &file).map(drop))?;
        all.push(Worst { what, bytes: file.len(), ms: Spread::of(taken) });
    }
    let list = forge::hostile::list();
    let taken = timed(runs, || Ok(RevocationLists::new().add(&list)?))?;
    all.push(Worst { what: "a revocation list as long as lists may be", bytes: list.len(), ms: Spread::of(taken) });
    Ok(all)
}

fn judge(trust: &Trust, file: &[u8]) -> anyhow::Result<Verdict> {
    Ok(trust.judge(&examine(&mut Cursor::new(file))?, &question()))
}

fn question() -> Question {
    Question {
        class: Class::LocalPublish,
        at: at("2026-12-01T00:00:00Z"),
        revocation: RevocationDemand::IfAtHand,
        expected: None,
    }
}

/// Milliseconds of each run, after one that does not count.
fn timed(runs: u32, mut once: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Vec<f64>> {
    once()?;
    let mut taken = Vec::new();
    for _ in 0..runs {
        let started = Instant::now();
        once()?;
        taken.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(taken)
}

impl Figures {
    fn row(&self) -> String {
        format!("{} ms, {} MiB/s", self.ms, self.mib_a_second)
    }
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let Self { mib, runs, digests, verdict, with_pages, taken_in, read_again, small_ms, worst, .. } = self;
        let worst: Vec<(&str, String)> =
            worst.iter().map(|one| (one.what, format!("{} ms, {} KiB", one.ms, one.bytes >> 10))).collect();
        let worst = rows(&worst);
        format!(
            "a signed program of {mib} MiB in memory, one thread; {runs} runs: median (lowest to highest)\n\n{}\n\nmade to take long:\n\n{worst}",
            rows(&[
                ("SHA-1 and SHA-256 alone", digests.row()),
                ("these and the verdict", verdict.row()),
                ("the same with page hashes", with_pages.row()),
                ("taken in, digested, in pieces and judged", format!("{taken_in} MiB a second of CPU")),
                ("held files read again", format!("{read_again} MiB a second of CPU")),
                ("a verdict on 1 KiB", format!("{small_ms} ms")),
            ])
        )
    }
}
