//! `vanne version`: which version this is, and whether it was built to be fast.

use std::process::ExitCode;

use serde::Serialize;

use crate::exit::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Build {
    version: &'static str,
    /// Only release builds go without: figures taken of any other mean nothing.
    debug_assertions: bool,
}

pub(crate) fn run(output: &Output) -> Result<ExitCode, Failure> {
    let build = Build { version: env!("CARGO_PKG_VERSION"), debug_assertions: cfg!(debug_assertions) };
    output.print(&build, |build| {
        let kind = if build.debug_assertions { "debug" } else { "release" };
        format!("vanne {} ({kind} build)", build.version)
    })?;
    Ok(ExitCode::SUCCESS)
}
