//! `cargo xtask test`: everything CI runs, in an order that ends with the summary of the tests.

use std::process::ExitCode;

use crate::report::{Outcome, Report};
use crate::tools::{self, cargo};

mod debian;
mod deny;
mod nextest;
mod osslsigncode;
mod postgres;
mod zeep;

/// Runs every step, then prints what ran, how long it took and what was skipped.
pub(crate) fn run() -> ExitCode {
    let mut report = Report::default();
    let mut zeep_python = None;
    report.step("format", |_| tools::run(&mut cargo(&["fmt", "--all", "--check"])));
    report.step("lints", |_| lints());
    report.step("licences and bans", deny::check);
    report.step("documentation", |_| documentation());
    report.step("doc tests", |_| tools::run(&mut cargo(&["test", "--locked", "--workspace", "--doc"])));
    report.step("PostgreSQL", postgres::provide);
    report.step("osslsigncode", osslsigncode::provide);
    report.step("SOAP client", |report| zeep::provide(report, &mut zeep_python));
    report.step("tests", |report| nextest::run(report, zeep_python.as_deref()));
    report.close()
}

fn lints() -> anyhow::Result<Outcome> {
    tools::run(&mut cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn documentation() -> anyhow::Result<Outcome> {
    tools::run(cargo(&["doc", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}
