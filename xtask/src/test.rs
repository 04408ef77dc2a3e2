//! `cargo xtask test`: everything CI runs, in an order that ends with the summary of the tests.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::nginx;
use crate::report::{Outcome, Report};
use crate::tools::{self, cargo};

mod debian;
mod deny;
mod nextest;
mod osslsigncode;
mod postgres;
mod tls;
mod zeep;

/// Runs every step, then prints what ran, how long it took and what was skipped.
pub(crate) fn run() -> ExitCode {
    let mut report = Report::default();
    let (mut zeep_python, mut nginx) = (None, None);
    report.step("format", |_| tools::run(&mut cargo(&["fmt", "--all", "--check"])));
    report.step("lints", |_| lints());
    report.step("licences and bans", deny::check);
    report.step("documentation", |_| documentation());
    report.step("doc tests", |_| tools::run(&mut cargo(&["test", "--locked", "--workspace", "--doc"])));
    report.step("PostgreSQL", postgres::provide);
    report.step("TLS clients", tls::provide);
    report.step("osslsigncode", osslsigncode::provide);
    report.step("SOAP client", |report| zeep::provide(report, &mut zeep_python));
    report.step("nginx", |_| provide_nginx(&mut nginx));
    let programs = [(nextest::ZEEP_PYTHON, zeep_python), (nextest::NGINX, nginx)];
    report.step("tests", |report| nextest::run(report, &programs));
    report.close()
}

/// A proxy for the tests of smuggled requests; without one they say that they were skipped.
fn provide_nginx(program: &mut Option<PathBuf>) -> anyhow::Result<Outcome> {
    if tools::is_on_path("nginx") {
        return Ok(Outcome::Passed);
    }
    *program = nginx::unpacked()?;
    Ok(if program.is_some() { Outcome::Passed } else { Outcome::Skipped })
}

fn lints() -> anyhow::Result<Outcome> {
    tools::run(&mut cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn documentation() -> anyhow::Result<Outcome> {
    tools::run(cargo(&["doc", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}
