//! `cargo xtask bench`: builds the server and the load generators for release, and lets them run.

use std::process::{Command, ExitCode};

use crate::nginx;
use crate::report::Outcome;
use crate::tools::{self, cargo};

/// Runs a bench with these words, such as `scan --revisions 100000`.
pub(crate) fn run(words: &[&str]) -> ExitCode {
    match bench(words) {
        Ok(Outcome::Passed | Outcome::Skipped) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bench(words: &[&str]) -> anyhow::Result<Outcome> {
    if let Some((&"micro", rest)) = words.split_first() {
        let micro = ["bench", "--locked", "--package", "bench", "--bench", "micro", "--"];
        return tools::run(&mut cargo(&[&micro, rest].concat()));
    }
    let build = ["build", "--locked", "--release", "--package", "vanne", "--package", "bench"];
    if tools::run(&mut cargo(&build))? == Outcome::Failed {
        return Ok(Outcome::Failed);
    }
    let mut command = Command::new(tools::target().join("release").join("bench"));
    command.args(words);
    if matches!(words.first(), Some(&("content" | "tls")))
        && !tools::is_on_path("nginx")
        && let Some(nginx) = nginx::unpacked()?
    {
        command.arg("--nginx").arg(nginx);
    }
    tools::run(&mut command)
}
