//! `bench soak`: everything at once at modest rates, for long: memory must stay flat, and nothing may fail.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;

use crate::content;
use crate::estate::{Wanted, seeded};
use crate::figures::{Latency, rows};
use crate::process::Server;
use crate::scan::computer::Office;
use crate::svg::{Chart, Line, Scale};

mod jobs;

/// Updates at the start.
const UPDATES: usize = 20_000;
/// Computers that are registered already.
const COMPUTERS: usize = 1_000;
/// How often memory and processor time are looked at.
const SAMPLE: Duration = Duration::from_secs(10);
/// Caches fill in this part of the time; what memory does behind it counts.
const WARM_UP_PART: f64 = 0.2;

/// How long it lasts.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Minutes; the computers' cookies are good for 60
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=50))]
    minutes: u32,
    /// Draw memory over time there
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// What was seen.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    minutes: u32,
    jobs: Vec<Done>,
    errors: usize,
    /// Resident when 20, 60 and 100 % of the time had passed.
    memory_mib_at_20: f64,
    memory_mib_at_60: f64,
    memory_mib_at_100: f64,
    memory_peak_mib: f64,
    /// Of the straight line through all samples behind the warm-up.
    memory_mib_per_hour: f64,
    samples: Vec<Sample>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Sample {
    seconds: f64,
    memory_mib: f64,
    cpu_seconds: f64,
}

/// What became of one kind of work.
#[derive(Debug, Serialize)]
struct Done {
    what: &'static str,
    every_ms: u128,
    calls: usize,
    latency: Latency,
    errors: usize,
    first_error: Option<String>,
}

/// Work that is done again and again.
struct Job<'a> {
    what: &'static str,
    every: Duration,
    step: Box<dyn FnMut() -> anyhow::Result<()> + Send + 'a>,
}

pub(crate) fn run(arguments: &Arguments, vanne: &Path) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("vanne-bench-").tempdir().context("could not make a folder")?;
    let estate = seeded(&Wanted { updates: UPDATES, computers: COMPUTERS, ..Wanted::default() })?;
    let copy = estate.copy()?;
    let data_dir = copy.path();
    let server = Server::start(vanne, data_dir)?;
    let file = content::small_file();
    content::hand_over(vanne, folder.path(), data_dir, &file)?;
    server.stop()?;

    let server = Server::start(vanne, data_dir)?;
    let office = Office::new(server.port, &estate);
    let jobs = jobs::all(&office, &estate, server.port, data_dir, &file)?;
    let time = Duration::from_secs(60 * u64::from(arguments.minutes));
    eprintln!("{} minutes of {} kinds of work", arguments.minutes, jobs.len());
    let (began, until) = (Instant::now(), Instant::now() + time);
    let (jobs, samples) = thread::scope(|scope| {
        let workers: Vec<_> = jobs.into_iter().map(|job| scope.spawn(move || job.keep_on(until))).collect();
        let samples = sample(&server, began, until);
        let done: Vec<Done> = workers.into_iter().filter_map(|worker| worker.join().ok()).collect();
        anyhow::Ok((done, samples?))
    })?;
    ensure!(jobs.len() == jobs::COUNT, "a load generator failed");
    let memory_peak_mib = server.process.memory_mib("VmHWM")?;
    server.stop()?;
    if let Some(file) = &arguments.svg {
        std::fs::write(file, chart(&samples)).with_context(|| format!("could not write {}", file.display()))?;
    }
    let at = |part: f64| {
        let last = samples.len().saturating_sub(1) as f64;
        samples.get((last * part).round() as usize).map_or(0.0, |sample| sample.memory_mib)
    };
    Ok(Report {
        minutes: arguments.minutes,
        errors: jobs.iter().map(|job| job.errors).sum(),
        jobs,
        memory_mib_at_20: at(WARM_UP_PART),
        memory_mib_at_60: at(0.6),
        memory_mib_at_100: at(1.0),
        memory_peak_mib,
        memory_mib_per_hour: slope(&behind_warm_up(&samples)) * 3_600.0,
        samples,
    })
}

impl Job<'_> {
    /// Works at a fixed pace; what fails is counted, and the next is tried.
    fn keep_on(mut self, until: Instant) -> Done {
        let (mut calls, mut errors, mut first_error) = (Vec::new(), 0, None);
        let mut next = Instant::now();
        while next < until {
            thread::sleep(next.saturating_duration_since(Instant::now()));
            let began = Instant::now();
            match (self.step)() {
                Ok(()) => calls.push(began.elapsed()),
                Err(error) => {
                    errors += 1;
                    first_error.get_or_insert_with(|| format!("{error:#}"));
                }
            }
            // Late work is not made up for: this is no load to be kept up whatever it costs.
            next = (next + self.every).max(Instant::now());
        }
        let latency = Latency::of(&mut calls);
        Done { what: self.what, every_ms: self.every.as_millis(), calls: calls.len(), latency, errors, first_error }
    }
}

fn sample(server: &Server, began: Instant, until: Instant) -> anyhow::Result<Vec<Sample>> {
    let mut samples = Vec::new();
    loop {
        samples.push(Sample {
            seconds: began.elapsed().as_secs_f64(),
            memory_mib: server.process.memory_mib("VmRSS")?,
            cpu_seconds: server.process.cpu_seconds()?,
        });
        if Instant::now() >= until {
            return Ok(samples);
        }
        thread::sleep(SAMPLE.min(until.saturating_duration_since(Instant::now())));
    }
}

fn behind_warm_up(samples: &[Sample]) -> Vec<(f64, f64)> {
    let from = samples.last().map_or(0.0, |last| last.seconds * WARM_UP_PART);
    let points = samples.iter().filter(|sample| sample.seconds >= from);
    points.map(|sample| (sample.seconds, sample.memory_mib)).collect()
}

/// Of the straight line that lies nearest to all points; 0 where they tell nothing.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len().max(1) as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x_mean, y_mean) = (mean(|point| point.0), mean(|point| point.1));
    let across: f64 = points.iter().map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
    let along: f64 = points.iter().map(|(x, _)| (x - x_mean).powi(2)).sum();
    if along > 0.0 { across / along } else { 0.0 }
}

fn chart(samples: &[Sample]) -> String {
    let points = samples.iter().enumerate().map(|(place, sample)| (place, sample.memory_mib)).collect();
    let places = samples.iter().map(|sample| format!("{:.0} min", sample.seconds / 60.0)).collect();
    let lines = vec![Line { name: "resident memory, MiB".to_owned(), points }];
    Chart { title: "Memory of the server under mixed load", scale: Scale::Linear, places, lines }.svg()
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let Self { minutes, errors, memory_peak_mib, .. } = self;
        let mut text = format!("{minutes} minutes of mixed load on {UPDATES} updates\n\n");
        for job in &self.jobs {
            let Latency { p50, p99, .. } = job.latency;
            let error = job.first_error.as_ref().map_or_else(String::new, |error| format!("; FIRST ERROR: {error}"));
            let line = format!(
                "{} calls, one every {} ms; p50 {p50:.1} ms, p99 {p99:.1} ms; {} errors{error}",
                job.calls, job.every_ms, job.errors
            );
            text.push_str(&rows(&[(&format!("{:22}", job.what), line)]));
        }
        let parts = [self.memory_mib_at_20, self.memory_mib_at_60, self.memory_mib_at_100];
        let [first, second, third] = parts.map(|mib| format!("{mib:.1}"));
        text.push('\n');
        text.push_str(&rows(&[
            ("errors", errors.to_string()),
            ("memory at 20, 60, 100 %", format!("{first}, {second}, {third} MiB; peak {memory_peak_mib:.1} MiB")),
            ("slope after warm-up", format!("{:.1} MiB an hour", self.memory_mib_per_hour)),
        ]));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_is_that_of_the_straight_line_through_the_points() {
        assert_eq!(slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]), 2.0);
        assert_eq!(slope(&[(0.0, 7.0), (10.0, 7.0)]), 0.0);
        assert_eq!(slope(&[(1.0, 1.0)]), 0.0);
        assert_eq!(slope(&[]), 0.0);
    }

    #[test]
    fn what_fails_is_counted_and_the_next_is_tried() {
        let mut calls = 0;
        let step = Box::new(|| {
            calls += 1;
            ensure!(calls != 2, "the second fails");
            Ok(())
        });
        let job = Job { what: "test", every: Duration::from_millis(1), step };
        let done = job.keep_on(Instant::now() + Duration::from_millis(200));
        assert_eq!((done.errors, done.first_error.as_deref()), (1, Some("the second fails")));
        assert!(done.calls >= 2, "it went on");
    }
}
