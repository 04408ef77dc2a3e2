//! A PostgreSQL for the tests of the store; they start it themselves.

use std::fs;

use super::debian;
use crate::report::{Outcome, Report};
use crate::tools;

/// Installs Debian's package when there is no PostgreSQL and that is possible.
pub(super) fn provide(report: &mut Report) -> anyhow::Result<Outcome> {
    if is_installed() || (debian::install("postgresql")? && is_installed()) {
        return Ok(Outcome::Passed);
    }
    report.skip("tests on PostgreSQL: it is absent and could not be installed, which takes root on Debian");
    Ok(Outcome::Skipped)
}

/// Debian keeps the server's programs in a folder of their own, off the PATH.
fn is_installed() -> bool {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    tools::is_on_path("initdb")
        || tools::is_on_path("postgres")
        || debian.into_iter().any(|version| version.path().join("bin/initdb").is_file())
}
