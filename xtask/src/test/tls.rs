use std::process::Command;

use crate::report::{Outcome, Report};
use crate::tools;

/// TLS clients nobody here wrote, with what they need, and the Debian packages they are in.
const CLIENTS: [(&str, &[&str]); 6] = [
    ("openssl", &["openssl"]),
    ("gnutls-cli", &["gnutls-bin"]),
    ("chromium", &["chromium"]),
    ("certutil", &["libnss3-tools"]),
    ("mono", &["mono-runtime", "libmono-btls-interface4.0-cil"]),
    ("mcs", &["mono-mcs"]),
];

/// Makes sure that TLS clients are here, where they can be installed. Tests of one that is absent say so themselves.
pub(super) fn provide(report: &mut Report) -> anyhow::Result<Outcome> {
    let absent = || -> Vec<&str> {
        let absent = CLIENTS.iter().filter(|(program, _)| !tools::is_on_path(program));
        absent.flat_map(|(_, packages)| packages.iter().copied()).collect()
    };
    let packages = absent();
    if packages.is_empty() {
        return Ok(Outcome::Passed);
    }
    let apt =
        |words: &[&str]| tools::succeeds(Command::new("apt-get").args(words).env("DEBIAN_FRONTEND", "noninteractive"));
    let install =
        |packages: &[&str]| apt(&[&["install", "-y", "-q", "--no-install-recommends"][..], packages].concat());
    let is_installed = install(&packages) || apt(&["update", "-q"]) && install(&packages);
    if !is_installed {
        // One that cannot be had shall not keep the others out.
        for package in packages {
            install(&[package]);
        }
    }
    let packages = absent().join(" ");
    if packages.is_empty() {
        return Ok(Outcome::Passed);
    }
    report.skip(format!("TLS clients nobody here wrote; as root on Debian: `apt-get install {packages}`"));
    Ok(Outcome::Skipped)
}
