//! Licences, bans and sources of the dependencies, by cargo-deny.

use crate::report::{Outcome, Report};
use crate::tools::{self, cargo};

/// Checks what depends on this repository alone. Advisories come from outside and change without a commit: run
/// `cargo deny check advisories` by hand, or on a schedule.
///
/// cargo-deny is not built here: that takes longer than all the tests.
pub(super) fn check(report: &mut Report) -> anyhow::Result<Outcome> {
    if !tools::succeeds(&mut cargo(&["deny", "--version"])) {
        report.skip(
            "licences and bans: cargo-deny is absent; `cargo install --locked cargo-deny` once to have them checked",
        );
        return Ok(Outcome::Skipped);
    }
    tools::run(&mut cargo(&["deny", "--locked", "--workspace", "check", "bans", "licenses", "sources"]))
}
