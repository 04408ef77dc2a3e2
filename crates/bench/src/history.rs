//! What benches recorded over time: a line of JSON for each in `docs/bench-history.jsonl`, and a chart of all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use crate::report::Report;
use crate::svg::{Chart, Line, Scale};

/// The figures that are followed: of which bench, where in its figures, what it is called, and its target.
const FOLLOWED: [(&str, &str, &str, Target); 36] = [
    ("scan", "/repeat/calls_per_second/median", "repeat scans a second", Target::AtLeast(2_000.0)),
    ("scan", "/repeat/p99_ms/median", "repeat scan, p99", Target::AtMost(20.0)),
    // Two cores that do nothing else would be used up by 2,000 a second at that.
    ("scan", "/repeat/cpu_seconds_per_thousand_calls/median", "1,000 repeat scans, CPU", Target::AtMost(1.0)),
    ("scan", "/odd_repeat/calls_per_second/median", "odd computers a second", Target::AtLeast(800.0)),
    ("scan", "/driver_pass/repeat/calls_per_second/median", "driver passes a second", Target::AtLeast(500.0)),
    ("scan", "/repeat/memory_peak_mib", "memory while scanning, peak", Target::AtMost(512.0)),
    ("first-scan", "/warm/software_trips/median", "first scan, trips", Target::AtMost(70.0)),
    ("first-scan", "/warm/cpu_seconds/median", "first scan, CPU", Target::AtMost(0.3)),
    ("import", "/new/documents_per_second/median", "documents imported a second", Target::AtLeast(5_000.0)),
    ("reports", "/sizes/0/batches_per_second/median", "report batches a second", Target::AtLeast(1_000.0)),
    ("start", "/restart/first_config_seconds/median", "restart until the first answer", Target::AtMost(3.0)),
    ("start", "/restart/first_scan_seconds/median", "restart until a scan is answered", Target::AtMost(3.0)),
    ("start", "/restart/memory_mib/median", "memory after a restart", Target::AtMost(512.0)),
    ("start", "/approval/visible_ms/median", "approval until a scan sees it", Target::AtMost(1_000.0)),
    ("start", "/decline/visible_ms/median", "decline until a scan sees it", Target::AtMost(1_000.0)),
    ("start", "/others_meanwhile/longest_ms", "longest pause beside changes", Target::AtMost(20.0)),
    ("fragment", "/xpress/memory_more_mib/highest", "large fragment, Xpress, memory", Target::AtMost(200.0)),
    ("fragment", "/plain/memory_more_mib/highest", "large fragment, plain, memory", Target::AtMost(200.0)),
    ("fragment", "/cold/memory_more_mib/highest", "large fragment after a start, memory", Target::AtMost(200.0)),
    ("sync", "/autonomous/seconds/median", "catalog from an upstream", Target::AtMost(120.0)),
    ("sync", "/replica/seconds/median", "catalog into a replica", Target::AtMost(60.0)),
    ("sync", "/replica/again_seconds/median", "nothing new upstream", Target::AtMost(2.0)),
    ("sync", "/crowd/list_milliseconds/p50", "the list of an upstream", Target::AtMost(500.0)),
    ("sync", "/file_mb_per_cpu_second/median", "a file from an upstream, MB a second of CPU", Target::AtLeast(400.0)),
    ("idle", "/silent_mib", "idle connections, memory", Target::AtMost(100.0)),
    ("content", "/sizes/0/ratio/median", "1 MiB ranges, of nginx", Target::AtLeast(0.9)),
    ("content", "/sizes/1/ratio/median", "64 KiB ranges, of nginx", Target::AtLeast(0.8)),
    ("content", "/sizes/3/ratio/median", "4 KiB ranges, of nginx", Target::AtLeast(0.8)),
    ("tls", "/full/per_second/median", "full handshakes a second", Target::AtLeast(2_000.0)),
    ("tls", "/resumed/per_second/median", "resumed handshakes a second", Target::AtLeast(8_000.0)),
    ("tls", "/scans/ratio/median", "a scan over TLS, of plain", Target::AtMost(1.1)),
    ("tls", "/ranges/ratio/median", "1 MiB ranges over TLS, of nginx", Target::AtLeast(0.9)),
    ("trust", "/verdict/ms/median", "a verdict with digests, 10 MiB", Target::AtMost(40.0)),
    ("trust", "/worst_ms", "a verdict on the worst file", Target::AtMost(50.0)),
    // MiB: 600 MB and 1 GB.
    ("trust", "/taken_in/median", "files taken in, MiB a second of CPU", Target::AtLeast(572.2)),
    ("trust", "/read_again/median", "files read again, MiB a second of CPU", Target::AtLeast(953.7)),
];

/// What is better than that, or worse than the reciprocal, is drawn at the edge.
const CHARTED_MAX: f64 = 1_000.0;

#[derive(Clone, Copy)]
enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    /// How many times better than the target: 1 just meets it. A chart ends somewhere, and nothing is infinitely good.
    fn times(self, figure: f64) -> f64 {
        let times = match self {
            Self::AtLeast(target) => figure / target,
            Self::AtMost(target) => target / figure,
        };
        if times.is_nan() { CHARTED_MAX } else { times.clamp(CHARTED_MAX.recip(), CHARTED_MAX) }
    }
}

/// One bench, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    date: jiff::Timestamp,
    commit: String,
    bench: String,
    noisy: bool,
    /// By the names they are followed under.
    figures: BTreeMap<String, f64>,
}

/// Adds what a bench saw, and draws the chart anew.
pub(crate) fn record(report: &Report) -> anyhow::Result<()> {
    ensure!(report.server.is_release(), "not recorded: the server is not release-built");
    let docs: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "..", "docs"].iter().collect();
    add(&docs, &Record::of(report))
}

impl Record {
    fn of(report: &Report) -> Self {
        let mut figures = BTreeMap::new();
        for (_, place, name, _) in FOLLOWED.iter().filter(|(bench, ..)| *bench == report.bench) {
            match report.figures.pointer(place).and_then(serde_json::Value::as_f64) {
                Some(figure) => drop(figures.insert((*name).to_owned(), figure)),
                None => eprintln!("not recorded: {name}; this run has nothing at {place}"),
            }
        }
        Self {
            date: report.date,
            commit: report.machine.commit.clone(),
            bench: report.bench.to_owned(),
            noisy: report.noisy,
            figures,
        }
    }
}

fn add(docs: &Path, record: &Record) -> anyhow::Result<()> {
    ensure!(!record.figures.is_empty(), "not recorded: no figure of this bench is followed over time");
    let file = docs.join("bench-history.jsonl");
    let mut text = match fs::read_to_string(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.with_context(|| format!("could not read {}", file.display()))?,
    };
    text.push_str(&serde_json::to_string(record)?);
    text.push('\n');
    let records: Vec<Record> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    fs::write(&file, &text).with_context(|| format!("could not write {}", file.display()))?;
    fs::write(docs.join("benchmarks.svg"), chart(&records)).context("could not write the chart")
}

/// Every figure in parts of its target, so that they share a scale.
fn chart(records: &[Record]) -> String {
    let lines = FOLLOWED.iter().map(|(_, _, name, target)| {
        let points = records.iter().enumerate();
        let points = points.filter_map(|(place, record)| Some((place, target.times(*record.figures.get(*name)?))));
        Line { name: (*name).to_owned(), points: points.collect() }
    });
    let title = "Times better than the target, by commit: above 1 it is met";
    let places = records.iter().map(|record| record.commit.chars().take(7).collect()).collect();
    let lines = lines.filter(|line| !line.points.is_empty()).collect();
    Chart { title, scale: Scale::Logarithmic, places, lines }.svg()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(figure: f64) -> Record {
        let figures = BTreeMap::from([("repeat scans a second".to_owned(), figure)]);
        let (date, commit, bench) = (jiff::Timestamp::UNIX_EPOCH, "0123456789".to_owned(), "scan".to_owned());
        Record { date, commit, bench, noisy: false, figures }
    }

    #[test]
    fn every_record_adds_a_line_and_a_point() {
        let docs = tempfile::tempdir().unwrap();
        for count in 1..=3 {
            add(docs.path(), &record(1_000.0 * f64::from(count))).unwrap();
            let svg = fs::read_to_string(docs.path().join("benchmarks.svg")).unwrap();
            assert_eq!(svg.matches("<circle").count(), usize::try_from(count).unwrap());
            crate::svg::check_well_formed(&svg);
        }
        let text = fs::read_to_string(docs.path().join("bench-history.jsonl")).unwrap();
        assert_eq!(text.lines().count(), 3);
    }

    #[test]
    fn what_follows_nothing_is_not_recorded() {
        let docs = tempfile::tempdir().unwrap();
        assert!(add(docs.path(), &Record { figures: BTreeMap::new(), ..record(1.0) }).is_err());
        assert!(!docs.path().join("bench-history.jsonl").exists());
    }

    #[test]
    fn a_figure_is_shown_by_how_much_better_it_is_than_its_target() {
        assert_eq!(Target::AtLeast(2_000.0).times(4_000.0), 2.0);
        assert_eq!(Target::AtMost(20.0).times(5.0), 4.0);
        assert_eq!(Target::AtMost(20.0).times(0.0), CHARTED_MAX, "nothing at all is drawn at the edge");
        assert_eq!(Target::AtLeast(20.0).times(0.0), CHARTED_MAX.recip());
    }
}
