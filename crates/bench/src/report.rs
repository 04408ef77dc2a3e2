//! What every bench says beside its figures: on which machine, of which server, and whether to believe them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::figures::noisy_places;
use crate::machine::Machine;

/// What a bench saw, and how it reads.
pub(crate) struct Seen {
    figures: Value,
    table: String,
}

impl Seen {
    pub(crate) fn of<R: Serialize>(report: &R, table: impl FnOnce(&R) -> String) -> anyhow::Result<Self> {
        let figures = serde_json::to_value(report).context("could not write the figures as JSON")?;
        Ok(Self { figures, table: table(report) })
    }
}

/// How the server was built, by its own account.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Build {
    version: String,
    debug_assertions: bool,
}

impl Build {
    /// Asks the program. One that cannot say is not taken for a release build.
    pub(crate) fn of(vanne: &Path) -> anyhow::Result<Self> {
        let output = Command::new(vanne).args(["version", "--output", "json"]).output();
        let output = output.with_context(|| format!("could not run {}", vanne.display()))?;
        let told = output.status.success().then(|| serde_json::from_slice(&output.stdout).ok()).flatten();
        Ok(told.unwrap_or_else(|| Self { version: "unknown".to_owned(), debug_assertions: true }))
    }

    pub(crate) fn is_release(&self) -> bool {
        !self.debug_assertions
    }

    fn warning(&self) -> Option<String> {
        self.debug_assertions.then(|| {
            "NOT A RELEASE BUILD: the server is far slower than it is in service; use `cargo xtask bench`".to_owned()
        })
    }
}

/// All that is known of a bench.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) bench: &'static str,
    pub(crate) date: jiff::Timestamp,
    pub(crate) machine: Machine,
    pub(crate) server: Build,
    /// At least one figure is.
    pub(crate) noisy: bool,
    pub(crate) figures: Value,
    #[serde(skip)]
    table: String,
}

impl Report {
    pub(crate) fn new(bench: &'static str, machine: Machine, server: Build, seen: Seen) -> Self {
        let noisy = !noisy_places(&seen.figures).is_empty();
        let date = jiff::Timestamp::now();
        Self { bench, date, machine, server, noisy, figures: seen.figures, table: seen.table }
    }

    /// For a person.
    pub(crate) fn text(&self) -> String {
        let places = noisy_places(&self.figures);
        let noise =
            (!places.is_empty()).then(|| format!("noisy: {}; close other programs and run again", places.join(", ")));
        let warnings: Vec<String> = self.server.warning().into_iter().chain(noise).collect();
        // At the head, so that nobody reads a figure without it, and at the end, so that nobody misses it.
        let warnings = warnings.join("\n");
        let text =
            [&warnings, &self.machine.to_string(), self.table.trim_end(), "", &warnings].map(str::trim_end).join("\n");
        text.trim().to_owned()
    }

    /// For a program.
    pub(crate) fn write(&self, file: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self).context("could not write the figures as JSON")?;
        fs::write(file, text + "\n").with_context(|| format!("could not write {}", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Spread;

    fn report(debug_assertions: bool, runs: [f64; 2]) -> Report {
        let seen = Seen::of(&serde_json::json!({ "rate": Spread::of(runs) }), |_| "rate  1\n".to_owned()).unwrap();
        Report::new("scan", Machine::before(), Build { version: "0.1.0".to_owned(), debug_assertions }, seen)
    }

    #[test]
    fn quiet_figures_of_a_release_build_carry_no_warning() {
        let report = report(false, [1.0, 1.1]);
        assert!(!report.noisy);
        assert!(!report.text().contains("noisy") && !report.text().contains("RELEASE"), "{}", report.text());
        assert!(report.text().ends_with("rate  1"));
    }

    #[test]
    fn noise_and_a_debug_build_are_said_beside_the_figures() {
        let report = report(true, [1.0, 2.0]);
        assert!(report.noisy);
        let text = report.text();
        assert_eq!(text.matches("NOT A RELEASE BUILD").count(), 2, "{text}");
        assert!(text.ends_with("noisy: rate; close other programs and run again"), "{text}");
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["noisy"], true);
        assert_eq!(json["server"]["debug_assertions"], true);
    }

    #[test]
    fn a_program_that_cannot_say_how_it_was_built_is_not_taken_for_a_release_build() {
        assert!(Build::of(Path::new("false")).unwrap().debug_assertions);
        assert!(Build::of(Path::new("vanne-no-such-program")).is_err());
    }
}
