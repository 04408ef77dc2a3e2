//! What was decided about a file, and why: for logs, for pages, and for whoever asks years later.

use std::fmt;

use model::{Sha1, Sha256, Timestamp};
use serde::Serialize;

use crate::algorithm::DigestAlgorithm;
use crate::crl::ListPlace;
use crate::policy::{Class, Form};
use crate::reason::Reason;

/// Whether a file may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Signed by one who may, and unaltered.
    Accepted,
    /// Nothing is wrong, but nobody said that this signer may: a person has to look.
    Quarantined,
    /// Not to be used.
    Refused,
}

/// How much a reason weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Worth knowing; changes nothing.
    Note,
    /// Keeps the file from being accepted.
    Quarantine,
    /// Makes the file be refused.
    Refuse,
}

/// One reason, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable name.
    pub reason: Reason,
    /// What it does to the outcome.
    pub weight: Weight,
    /// The signature it is about: `1`, or `1.1` for one nested in it; none if it is about the file.
    pub signature: Option<String>,
    /// Which one, what was found; may be empty.
    pub detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.reason)?;
        if let Some(signature) = &self.signature {
            write!(out, "signature {signature}: ")?;
        }
        out.write_str(self.reason.text())?;
        if self.detail.is_empty() { Ok(()) } else { write!(out, " ({})", self.detail) }
    }
}

/// What a signature counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The verdict rests on it.
    Relied,
    /// It would do as well.
    Allowed,
    /// By an authority or for a purpose that no rule names.
    Unknown,
    /// By somebody whom this class does not name.
    Foreign,
    /// Too old to count, and known to be the publisher's.
    Legacy,
    /// Wrong, revoked or out of time.
    Refused,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// `1`, or `1.1` for one nested in it.
    pub signature: String,
    /// What it counts for.
    pub standing: Standing,
    /// Common name of the signer.
    pub name: String,
    /// Its organization, if it names one.
    pub organization: Option<String>,
    /// Common name of the authority that issued its certificate.
    pub issuer: String,
    /// Purposes of its key, as object identifiers.
    pub purposes: Vec<String>,
    /// The weakest digest that the signature rests on.
    pub digest: DigestAlgorithm,
    /// Begin of the certificate's validity.
    pub not_before: Timestamp,
    /// End of the certificate's validity.
    pub not_after: Timestamp,
    /// When it was signed, as its timestamp says.
    pub signed_at: Option<Timestamp>,
    /// Who says so.
    pub timestamp_authority: Option<String>,
    /// SHA-256 of the public keys from the signer's to the root's; empty if no path was found.
    pub chain: Vec<Sha256>,
    /// What the root is called.
    pub root: Option<String>,
    /// Where lists are that may take back one of the certificates that count, those of the timestamp included; of a signer who may
    /// sign only, so that nobody else says where to look.
    pub lists: Vec<ListPlace>,
}

/// What was decided about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The class it was judged as.
    pub class: Class,
    /// What was decided.
    pub outcome: Outcome,
    /// Why; the weightiest first. An accepted file may have notes.
    pub reasons: Vec<Finding>,
    /// Who signed.
    pub signers: Vec<Signer>,
    /// When the signature that counts was made, as its timestamp says.
    pub signed_at: Option<Timestamp>,
    /// Form of the file.
    pub form: Option<Form>,
    /// Length in bytes.
    pub size: u64,
    /// SHA-256 of the whole file.
    pub sha256: Sha256,
    /// SHA-1 of the whole file.
    pub sha1: Sha1,
    /// The time for which it was judged.
    pub judged_at: Timestamp,
    /// Version of the policy.
    pub policy_version: u32,
    /// Names the policy with all that was added to it.
    pub policy: Sha256,
    /// Names the revocation lists that were at hand.
    pub revocation_lists: Sha256,
}

impl Verdict {
    /// The weightiest reason; none if there is nothing to say.
    pub fn reason(&self) -> Option<Reason> {
        self.reasons.first().map(|finding| finding.reason)
    }
}

/// Under what a verdict may be kept: the whole file's SHA-256, all of the question but its time, the policy and the revocation
/// lists. It is never
/// a certificate's fingerprint, by which one certificate could stand for another (CVE-2022-34689).
///
/// A verdict depends on the time as well: whoever keeps one decides for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerdictKey {
    /// SHA-256 of the whole file.
    pub sha256: Sha256,
    /// The class.
    pub class: Class,
    /// [`crate::Policy::fingerprint`].
    pub policy: Sha256,
    /// [`crate::RevocationLists::id`].
    pub revocation_lists: Sha256,
    /// Whether revocation had to be known.
    pub revocation: crate::judge::RevocationDemand,
    /// The digest that the file had to have, if any: another one makes another verdict.
    pub expected: Option<Sha256>,
}
