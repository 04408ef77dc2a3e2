//! A program that signs and verifies files, which the tests of `authenticode` are held against.

use super::debian;
use crate::report::{Outcome, Report};
use crate::tools;

/// Installs Debian's package when the program is not there and that is possible.
pub(super) fn provide(report: &mut Report) -> anyhow::Result<Outcome> {
    let is_installed = || tools::is_on_path("osslsigncode");
    if is_installed() || (debian::install("osslsigncode")? && is_installed()) {
        return Ok(Outcome::Passed);
    }
    report.skip("verdicts beside osslsigncode's: it is absent and could not be installed, which takes root on Debian");
    Ok(Outcome::Skipped)
}
