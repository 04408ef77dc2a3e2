use std::process::Command;

use crate::report::{Outcome, Report};
use crate::tools;

/// TLS clients nobody here wrote, and the Debian packages they are in.
const CLIENTS: [(&str, &str); 2] = [("openssl", "openssl"), ("gnutls-cli", "gnutls-bin")];

/// Makes sure that TLS clients are here, where they can be installed. Tests of one that is absent say so themselves.
pub(super) fn provide(report: &mut Report) -> anyhow::Result<Outcome> {
    let absent = || CLIENTS.into_iter().filter(|(program, _)| !tools::is_on_path(program)).map(|(_, package)| package);
    let packages: Vec<&str> = absent().collect();
    if packages.is_empty() {
        return Ok(Outcome::Passed);
    }
    let apt =
        |words: &[&str]| tools::succeeds(Command::new("apt-get").args(words).env("DEBIAN_FRONTEND", "noninteractive"));
    let install = [&["install", "-y", "-q", "--no-install-recommends"][..], &packages].concat();
    let is_installed = apt(&install) || apt(&["update", "-q"]) && apt(&install);
    if !is_installed {
        let packages = absent().collect::<Vec<_>>().join(" ");
        report.skip(format!("TLS clients nobody here wrote; as root on Debian: `apt-get install {packages}`"));
        return Ok(Outcome::Skipped);
    }
    Ok(Outcome::Passed)
}
