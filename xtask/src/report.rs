//! What ran, how it ended, how long it took, and what was skipped.

use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Gathers the outcome of every step of a chore.
#[derive(Default)]
pub(crate) struct Report {
    steps: Vec<Step>,
    skipped: Vec<String>,
}

struct Step {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well.
    Passed,
    /// Something is wrong.
    Failed,
    /// It could not run here; not a failure, but said loudly.
    Skipped,
}

impl Report {
    /// Runs a step. An error that keeps it from running is a failure of it; the steps after it still run, so that
    /// one run shows all there is to mend.
    pub(crate) fn step(&mut self, name: &'static str, run: impl FnOnce(&mut Self) -> anyhow::Result<Outcome>) {
        eprintln!("\n==> {name}");
        let start = Instant::now();
        let outcome = run(self).unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Outcome::Failed
        });
        self.steps.push(Step { name, outcome, took: start.elapsed() });
    }

    /// Says what is skipped and why, now and once more at the end.
    pub(crate) fn skip(&mut self, what: impl Into<String>) {
        let what = what.into();
        eprintln!("SKIPPED: {what}");
        self.note_skipped(what);
    }

    /// Keeps for the end what a program said it skipped.
    pub(crate) fn note_skipped(&mut self, what: String) {
        if !self.skipped.contains(&what) {
            self.skipped.push(what);
        }
    }

    /// Prints the closing table, and gives the exit status of the whole.
    pub(crate) fn close(self) -> ExitCode {
        println!("\n{}", self.table());
        let failed = self.steps.iter().any(|step| step.outcome == Outcome::Failed);
        if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    fn table(&self) -> String {
        let width = self.steps.iter().map(|step| step.name.len()).max().unwrap_or_default();
        let line = |step: &Step| {
            let outcome = match step.outcome {
                Outcome::Passed => "ok",
                Outcome::Failed => "FAILED",
                Outcome::Skipped => "skipped",
            };
            format!("{:width$}  {outcome:7}  {:6.1} s", step.name, step.took.as_secs_f64())
        };
        let skipped = self.skipped.iter().map(|what| format!("SKIPPED: {what}"));
        self.steps.iter().map(line).chain(skipped).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_every_step_and_every_skipped_line_once() {
        let mut report = Report::default();
        report.step("format", |_| Ok(Outcome::Passed));
        report.step("licences", |report| {
            report.note_skipped("cargo-deny is absent".into());
            report.note_skipped("cargo-deny is absent".into());
            Ok(Outcome::Skipped)
        });
        report.step("tests", |_| anyhow::bail!("no cargo here"));
        report.steps.iter_mut().for_each(|step| step.took = Duration::from_millis(1_500));
        assert_eq!(
            report.table(),
            "format    ok          1.5 s\n\
             licences  skipped     1.5 s\n\
             tests     FAILED      1.5 s\n\
             SKIPPED: cargo-deny is absent"
        );
    }

    #[test]
    fn a_step_that_fails_or_cannot_run_fails_the_whole() {
        for outcome in [Ok(Outcome::Failed), Err(anyhow::anyhow!("no cargo here"))] {
            let mut report = Report::default();
            report.step("tests", |_| outcome);
            report.step("more tests", |_| Ok(Outcome::Passed));
            assert_eq!(report.close(), ExitCode::FAILURE);
        }
    }

    #[test]
    fn a_skipped_step_fails_nothing() {
        let mut report = Report::default();
        report.step("licences", |_| Ok(Outcome::Skipped));
        assert_eq!(report.close(), ExitCode::SUCCESS);
    }
}
