//! A SOAP client that nobody here wrote: Python's zeep, in a virtual environment under `target/`.

use std::path::PathBuf;
use std::process::Command;

use crate::report::{Outcome, Report};
use crate::tools;

/// The version the tests were written with.
const PACKAGE: &str = "zeep>=4.3,<5";

/// Installs zeep where it can, and says with which Python the tests find it.
pub(super) fn provide(report: &mut Report, python: &mut Option<PathBuf>) -> anyhow::Result<Outcome> {
    let folder = tools::target().join("zeep");
    let own_python = folder.join("bin").join("python");
    let imports_zeep = || tools::succeeds(Command::new(&own_python).args(["-c", "import zeep"]));
    if !imports_zeep() {
        if !tools::succeeds(Command::new("python3").arg("--version")) {
            report.skip("the SOAP client nobody here wrote: python3 is absent; install it and run again");
            return Ok(Outcome::Skipped);
        }
        tools::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--timeout", "30", PACKAGE];
        if !imports_zeep() && tools::succeeds(Command::new(&own_python).arg("--version")) {
            tools::run(Command::new(&own_python).args(pip))?;
        }
    }
    if imports_zeep() {
        *python = Some(own_python);
        return Ok(Outcome::Passed);
    }
    report.skip("the SOAP client nobody here wrote: zeep could not be installed; see above (Debian: `apt-get install python3-venv`)");
    Ok(Outcome::Skipped)
}
