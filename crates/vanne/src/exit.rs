//! How a command ends: stable exit codes, and errors that say what to do.

use std::io::Write as _;
use std::process::ExitCode;

use server::admin::ApiError;

use crate::plain;

/// Done in part: some input was refused, and each refusal was printed.
pub(crate) const PARTIAL: u8 = 3;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    error: String,
    hint: Option<String>,
}

impl Failure {
    /// The usage or the configuration is wrong.
    pub(crate) fn usage(error: impl Into<String>) -> Self {
        Self { code: 2, error: error.into(), hint: None }
    }

    /// The thing named is not here.
    pub(crate) fn not_found(error: impl Into<String>) -> Self {
        Self { code: 4, error: error.into(), hint: None }
    }

    /// The server or its database is not available.
    pub(crate) fn unavailable(error: &dyn std::error::Error) -> Self {
        Self { code: 5, error: server::admin::chain(error), hint: None }
    }

    /// Prints the failure on standard error and gives its exit code.
    pub(crate) fn report(&self) -> ExitCode {
        let mut out = std::io::stderr().lock();
        // With standard error gone there is nobody left to tell.
        let _ = writeln!(out, "error: {}", plain::lines(&self.error));
        if let Some(hint) = &self.hint {
            let _ = writeln!(out, "hint: {}", plain::lines(hint));
        }
        ExitCode::from(self.code)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.error)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(out, "; {hint}"))
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let code = match error.status {
            404 => 4,
            400 => 2,
            503 => 5,
            _ => 1,
        };
        Self { code, error: error.error, hint: error.hint }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self { code: 1, error: format!("{error:#}"), hint: None }
    }
}

impl From<server::OpenError> for Failure {
    fn from(error: server::OpenError) -> Self {
        let code = if matches!(error, server::OpenError::Config(_)) { 2 } else { 5 };
        Self { code, ..Self::unavailable(&error) }
    }
}

impl From<server::ServeError> for Failure {
    fn from(error: server::ServeError) -> Self {
        match error {
            server::ServeError::Open(error) => error.into(),
            other => Self::unavailable(&other),
        }
    }
}
