//! What a check found.

use std::process::ExitCode;

use serde::Serialize;

use crate::exit::PARTIAL;

/// How it stands with something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// It works, and should not stay so.
    Warning,
    /// It does not work.
    Failed,
}

/// What one check found.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    /// What was looked at.
    pub(super) name: String,
    pub(super) state: State,
    /// What was found.
    pub(super) found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) checks: Vec<Check>,
}

impl Check {
    pub(super) fn good(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self { name: name.into(), state: State::Good, found: found.into(), remedy: None }
    }

    pub(super) fn note(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self { state: State::Note, ..Self::good(name, found) }
    }

    pub(super) fn warning(name: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: State::Warning, remedy: Some(remedy.into()), ..Self::good(name, found) }
    }

    pub(super) fn failed(name: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: State::Failed, remedy: Some(remedy.into()), ..Self::good(name, found) }
    }

    fn line(&self) -> String {
        let word = match self.state {
            State::Good => "ok",
            State::Note => "note",
            State::Warning => "WARNING",
            State::Failed => "FAILED",
        };
        let remedy = self.remedy.as_ref().map_or_else(String::new, |remedy| format!(" → {remedy}"));
        format!("{word:<8} {}: {}{remedy}", self.name, self.found)
    }
}

impl Report {
    /// A line for each check.
    pub(super) fn text(&self) -> String {
        self.checks.iter().map(Check::line).collect::<Vec<_>>().join("\n")
    }

    /// By the worst of them.
    pub(super) fn exit_code(&self) -> ExitCode {
        match self.checks.iter().map(|check| check.state).max() {
            Some(State::Failed) => ExitCode::FAILURE,
            Some(State::Warning) => ExitCode::from(PARTIAL),
            _ => ExitCode::SUCCESS,
        }
    }
}
