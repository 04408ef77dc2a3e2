//! Debian's packages, for tests that need a program of others.

use std::fs;
use std::process::Command;

use crate::tools;

/// Installs a package where that is possible: as root on Debian. True if it was tried, and went well.
pub(super) fn install(package: &str) -> anyhow::Result<bool> {
    if !fs::exists("/etc/debian_version")? || !is_root() {
        return Ok(false);
    }
    // An old list of packages is enough if it can be had; a new one needs the network, and may fail.
    let apt = |words: &[&str]| tools::run(Command::new("apt-get").args(words).env("DEBIAN_FRONTEND", "noninteractive"));
    apt(&["update", "-q"])?;
    Ok(apt(&["install", "-y", "-q", "--no-install-recommends", package])? == crate::report::Outcome::Passed)
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
