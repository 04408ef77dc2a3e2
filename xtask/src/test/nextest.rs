//! Unit and integration tests, by cargo-nextest.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use crate::report::{Outcome, Report};
use crate::tools::{self, cargo};

/// The Python that has zeep, for the tests of the suite.
pub(super) const ZEEP_PYTHON: &str = "VANNE_ZEEP_PYTHON";

/// The nginx that was unpacked, for the tests of the suite.
pub(super) const NGINX: &str = "VANNE_NGINX";

/// Where a program is that tests need, under the name of a variable of their environment.
type Programs = [(&'static str, Option<PathBuf>)];

/// Runs the tests of all crates, with what the skipped ones said kept for the end.
pub(super) fn run(report: &mut Report, programs: &Programs) -> anyhow::Result<Outcome> {
    if !is_there() {
        eprintln!("cargo-nextest is absent: installing it, which takes some minutes");
        tools::run(&mut cargo(&["install", "--locked", "cargo-nextest"]))?;
    }
    if !is_there() {
        report.skip("the summary of cargo-nextest: it could not be installed; `cargo test` ran in its place");
        let words = ["test", "--locked", "--workspace", "--lib", "--bins", "--tests", "--", "--show-output"];
        return tools::run(with(&mut cargo(&words), programs));
    }
    // Where `store-success-output` of .config/nextest.toml puts it. One of an earlier run must not speak for this one.
    let junit = tools::target().join("nextest").join("default").join("junit.xml");
    if junit.exists() {
        fs::remove_file(&junit).context("could not remove the report of an earlier run")?;
    }
    let outcome = tools::run(with(&mut cargo(&["nextest", "run", "--locked", "--workspace"]), programs))?;
    // Absent when the tests did not build.
    for line in skipped_lines(&fs::read_to_string(junit).unwrap_or_default()) {
        report.note_skipped(line);
    }
    Ok(outcome)
}

fn is_there() -> bool {
    tools::succeeds(&mut cargo(&["nextest", "--version"]))
}

fn with<'command>(command: &'command mut Command, programs: &Programs) -> &'command mut Command {
    let found = programs.iter().filter_map(|(variable, program)| Some((variable, program.as_ref()?)));
    command.envs(found)
}

/// What tests said behind `SKIPPED: ` at the beginning of a line, in order, out of a JUnit report.
fn skipped_lines(junit: &str) -> Vec<String> {
    let unescaped = junit
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&");
    // The first line of an output follows its tag.
    let lines = unescaped.lines().map(|line| line.rsplit_once("<system-err>").map_or(line, |(_, first)| first));
    let what = lines.filter_map(|line| line.strip_prefix("SKIPPED: "));
    what.map(|what| what.split("</system-err>").next().unwrap_or(what).trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_lines_are_found_wherever_an_output_has_them() {
        let junit = "<testcase name=\"a\"><system-out>running 1 test</system-out>\n\
            <system-err>SKIPPED: on &lt;PostgreSQL&gt;: absent</system-err></testcase>\n\
            <system-err>first\n\
            SKIPPED: captures &amp; documents\n\
            not SKIPPED: this\n\
            </system-err>";
        assert_eq!(skipped_lines(junit), ["on <PostgreSQL>: absent", "captures & documents"]);
    }

    #[test]
    fn no_report_has_no_skipped_lines() {
        assert!(skipped_lines("").is_empty());
    }
}
