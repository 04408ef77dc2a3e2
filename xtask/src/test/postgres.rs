//! A PostgreSQL for the tests of the store; they start it themselves.

use std::fs;
use std::process::Command;

use crate::report::{Outcome, Report};
use crate::tools;

/// Installs Debian's package when there is no PostgreSQL and that is possible.
pub(super) fn provide(report: &mut Report) -> anyhow::Result<Outcome> {
    if is_installed() || install()? {
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

fn install() -> anyhow::Result<bool> {
    if !fs::exists("/etc/debian_version")? || !is_root() {
        return Ok(false);
    }
    // An old list of packages is enough if it can be had; a new one needs the network, and may fail.
    let apt = |words: &[&str]| tools::run(Command::new("apt-get").args(words).env("DEBIAN_FRONTEND", "noninteractive"));
    apt(&["update", "-q"])?;
    apt(&["install", "-y", "-q", "--no-install-recommends", "postgresql"])?;
    Ok(is_installed())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
