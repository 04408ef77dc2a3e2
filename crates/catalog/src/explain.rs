use std::fmt;

use model::{DeploymentAction, Timestamp, UpdateId, UpdateIdentity};
use serde::Serialize;

/// Why a computer is or is not offered an update, step by step in the order in which it is decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The update.
    pub update: UpdateId,
    /// Its latest revision, if this server has one.
    pub revision: Option<UpdateIdentity>,
    /// What it comes to.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How it came to that.
    pub steps: Vec<Step>,
    /// The other updates the reasons name, ascending: for whoever wants to put titles beside the ids.
    pub mentions: Vec<UpdateId>,
}

/// What an explanation comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// It is sent, and approved: the client acts if its own rules find that it applies.
    Offered {
        /// What the client is to do.
        action: DeploymentAction,
        /// By when, if ever.
        deadline: Option<Timestamp>,
    },
    /// It is sent, but only to be evaluated.
    Evaluated {
        /// What the client is told.
        action: DeploymentAction,
        /// Why no more.
        reason: String,
    },
    /// It is not sent.
    NotSent {
        /// The first thing in the way.
        reason: String,
    },
    /// It cannot be said.
    Undetermined {
        /// What is not known.
        reason: String,
    },
}

/// One step of an explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What was looked at.
    pub what: &'static str,
    /// What was found.
    pub outcome: Outcome,
    /// Why, as a sentence without its full stop.
    pub reason: String,
}

/// What a step found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing is in the way.
    Passed,
    /// It stops here.
    Stopped,
    /// It cannot be said.
    Unknown,
    /// Worth knowing; decides nothing.
    Note,
}

impl fmt::Display for Explanation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.revision {
            Some(revision) => writeln!(out, "update {}, revision {}", self.update, revision.revision_number)?,
            None => writeln!(out, "update {}", self.update)?,
        }
        writeln!(out, "{}", self.verdict)?;
        for Step { what, outcome, reason } in &self.steps {
            writeln!(out, "  {outcome:<4} {what}: {reason}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered { action, deadline: None } => write!(out, "offered: {action}"),
            Self::Offered { action, deadline: Some(deadline) } => write!(out, "offered: {action}, by {deadline}"),
            Self::Evaluated { action, reason } => write!(out, "sent for evaluation only: {action}; {reason}"),
            Self::NotSent { reason } => write!(out, "not offered: {reason}"),
            Self::Undetermined { reason } => write!(out, "cannot be said: {reason}"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Passed => "ok",
            Self::Stopped => "STOP",
            Self::Unknown => "?",
            Self::Note => "note",
        })
    }
}
