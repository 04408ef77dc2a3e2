//! What verdicts on a file come to: one rule, without any IO.

use authenticode::{Outcome, Reason, Verdict, Weight};
use model::ContentFile;
use serde::Serialize;
use store::{JudgedAs, NewContent};

use super::intent::Kind;

/// What the update documents promise of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Promise {
    /// They name its SHA-256, not its SHA-1 alone.
    pub(super) has_sha256: bool,
}

impl Promise {
    pub(super) fn of(file: &NewContent, promised: Option<&ContentFile>) -> Self {
        Self { has_sha256: promised.is_some_and(|promised| promised.sha256 == Some(file.sha256)) }
    }
}

/// On what a file is accepted, or why it is not. In the order of what matters more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ground {
    /// It is there to be read.
    Text,
    /// It has no signature of its own: the documents that name it by its SHA-256 vouch for it, and with them whoever they came
    /// from.
    Reference,
    /// Who signed it may have.
    Signature,
    /// Nothing is wrong with it, and nobody says that it may.
    Unproven,
    /// Something is wrong with it.
    Wrong,
}

impl Ground {
    pub(super) fn outcome(self) -> JudgedAs {
        match self {
            Self::Signature | Self::Reference | Self::Text => JudgedAs::Allowed,
            Self::Unproven => JudgedAs::ForReview,
            Self::Wrong => JudgedAs::Refused,
        }
    }
}

/// What the verdicts on a file, one for each class that might accept it, come to, and the one that decides. There is at least one.
///
/// What cannot carry a signature is accepted by reference if `by_reference` says so; a text needs none. What could carry one and
/// does not, or is of a form that cannot be verified, may be let through by a person. What is wrong is nobody's to let through.
pub(super) fn ground(
    kind: Kind,
    verdicts: Vec<Verdict>,
    promise: Promise,
    by_reference: bool,
) -> Option<(Ground, Verdict)> {
    let verdict = deciding(verdicts)?;
    let carries_none = verdict.reasons.iter().any(|finding| {
        let is_so = matches!(finding.reason, Reason::VerifiedThroughReference | Reason::UnknownFormat);
        is_so && finding.weight > Weight::Note
    });
    let is_lacking =
        || verdict.reasons.iter().all(|finding| is_lack(finding.reason) || finding.weight < Weight::Refuse);
    let ground = match verdict.outcome {
        _ if kind == Kind::Text && verdict.form.is_none() => Ground::Text,
        Outcome::Accepted => Ground::Signature,
        _ if carries_none && by_reference && promise.has_sha256 => Ground::Reference,
        Outcome::Quarantined => Ground::Unproven,
        Outcome::Refused if is_lacking() => Ground::Unproven,
        Outcome::Refused => Ground::Wrong,
    };
    Some((ground, verdict))
}

/// The mildest, and of those the first: one class has to accept it. But a signer who is revoked or out of time is so in every
/// class, though one that does not know his authority did not look.
fn deciding(verdicts: Vec<Verdict>) -> Option<Verdict> {
    let is_hard = |verdict: &Verdict| {
        let is = |reason: Reason| reason.is_of_time() || reason == Reason::Revoked;
        verdict.reasons.iter().any(|finding| finding.weight == Weight::Refuse && is(finding.reason))
    };
    let is_accepted = verdicts.iter().any(|verdict| verdict.outcome == Outcome::Accepted);
    if !is_accepted && let Some(hard) = verdicts.iter().find(|verdict| is_hard(verdict)) {
        return Some(hard.clone());
    }
    verdicts.into_iter().reduce(|best, next| if next.outcome < best.outcome { next } else { best })
}

/// True if nothing is wrong that is there: something is not there, or cannot be looked at.
fn is_lack(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Unsigned
            | Reason::UnknownFormat
            | Reason::UnsupportedFormat
            | Reason::VerifiedThroughReference
            | Reason::WrongKind
    )
}
