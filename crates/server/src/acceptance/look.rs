//! A look at one file: what it shows, what that is worth, and what it comes to.

use std::io::BufReader;

use authenticode::{Examination, Question, Reason, RevocationDemand, Verdict, examine, examine_digested};
use jiff::SignedDuration;
use model::{Sha256, Timestamp};
use serde::Serialize;
use store::{JudgedAs, ListPlace, NewContent, VerdictRow};

use super::intent::Kind;
use super::rule::{self, Ground, Promise};
use super::trust::Judges;
use crate::admin::ApiError;
use crate::app::App;

// What is kept of a look is read again.
const _: () = assert!(authenticode::limits::EXAMINATION_BYTES_MAX <= content::EXAMINATION_BYTES_MAX);

/// When a file is judged again that is withheld because of the time: a clock may have been wrong.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// What is known of a file before it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Its digests were taken a moment ago, and are not again.
    Digested,
    /// It has lain here since it was seen, and what was seen is kept under this digest. If it is not, the file is digested anew, so
    /// that no other bytes get the verdict.
    Seen(Option<Sha256>),
}

/// What was found of a file, for each thing that it is said to be.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    /// The one that decides first.
    findings: Vec<Finding>,
    /// It may be given away, and lists said once that nobody who signed it was revoked: that they end or go missing does not undo it.
    was_clear: bool,
    /// Under what digest it is kept what was seen; `None`: it is not.
    #[serde(skip)]
    pub(super) examination: Option<Sha256>,
}

/// What was found of a file as one thing that it is said to be.
#[derive(Debug, Serialize)]
struct Finding {
    /// What it is said to be.
    kind: Kind,
    /// On what it is accepted, or why not.
    ground: Ground,
    /// The verdict that counts.
    verdict: Verdict,
}

impl Found {
    /// What it comes to: the worst of all.
    pub(super) fn outcome(&self) -> JudgedAs {
        self.findings.first().map_or(JudgedAs::ForReview, |finding| finding.ground.outcome())
    }

    /// Why, in a sentence.
    pub(super) fn reason(&self) -> String {
        let said = self.findings.first().and_then(|finding| finding.verdict.reasons.first());
        said.map_or_else(|| "nothing is wrong with it".to_owned(), ToString::to_string)
    }

    /// The lists that may take back a certificate on which it rests.
    pub(super) fn lists(&self) -> Vec<ListPlace> {
        let signers = self.findings.iter().flat_map(|finding| &finding.verdict.signers);
        let place = |place: &authenticode::ListPlace| ListPlace {
            address: place.address.clone(),
            authority_key: place.authority_key.clone(),
            authority: place.authority.clone(),
        };
        signers.flat_map(|signer| signer.lists.iter().map(place)).collect()
    }

    /// When it has to be looked at again though nothing else changes.
    pub(super) fn again_at(&self, now: Timestamp) -> Option<Timestamp> {
        let verdicts = || self.findings.iter().map(|finding| &finding.verdict);
        if self.outcome() != JudgedAs::Allowed {
            let is_of_time = verdicts().flat_map(|verdict| &verdict.reasons).any(|finding| finding.reason.is_of_time());
            return is_of_time.then(|| now.checked_add(LOOK_AGAIN).ok()).flatten();
        }
        // Without a timestamp a signature ends with its certificate.
        let signers = verdicts().filter(|verdict| verdict.signed_at.is_none()).flat_map(|verdict| &verdict.signers);
        let ends = signers.map(|signer| signer.not_after).filter(|end| *end > now);
        ends.min()
    }
}

/// Looks at a file in its place, on a thread that may block; or, of one that was seen before, at what is kept of that.
pub(super) async fn at(
    app: &App,
    judges: &Judges,
    file: &NewContent,
    kinds: &[Kind],
    promise: Promise,
    depth: Depth,
    was_clear: bool,
) -> Result<Found, ApiError> {
    let gone = |why: String| ApiError::not_found(format!("the file {} is not what it was: {why}", file.sha256));
    let opened =
        app.files.open_file(&file.sha256, file.size).await.map_err(|error| gone(crate::admin::chain(&error)))?;
    let Some(held) = opened else { return Err(gone("it is gone from the content folder".to_owned())) };
    let kept = kept(app, file, depth).await;
    let is_kept = kept.is_some();
    let (judges, seen, kinds, now) = (judges.clone(), *file, kinds.to_vec(), app.now());
    let look = move || {
        let mut reader = BufReader::new(held.reader());
        let examination = match (kept, depth) {
            (Some(kept), _) => kept,
            (None, Depth::Digested) => examine_digested(&mut reader, seen.sha1, seen.sha256)?,
            (None, Depth::Seen(_)) => examine(&mut reader)?,
        };
        let is_same = examination.sha256() == seen.sha256;
        Ok(is_same.then(|| (weigh(&judges, &examination, kinds, promise, was_clear, now), examination.encode())))
    };
    let looked: std::io::Result<Option<(Found, Option<Vec<u8>>)>> =
        tokio::task::spawn_blocking(look).await.map_err(|error| ApiError::internal(&error))?;
    let looked = looked.map_err(|error| ApiError::internal(&error))?;
    let (mut found, seen) = looked.ok_or_else(|| gone("it has another SHA-256".to_owned()))?;
    found.examination = match (depth, seen) {
        (Depth::Seen(examination), _) if is_kept => examination,
        (_, Some(seen)) => app.files.keep_examination(&file.sha256, seen).await,
        (_, None) => None,
    };
    Ok(found)
}

/// What is kept of an earlier look.
async fn kept(app: &App, file: &NewContent, depth: Depth) -> Option<Examination> {
    let Depth::Seen(Some(digest)) = depth else { return None };
    let kept = Examination::decode(&app.files.examination(&file.sha256, digest).await?)?;
    (kept.sha256() == file.sha256).then_some(kept)
}

fn weigh(
    judges: &Judges,
    examination: &Examination,
    kinds: Vec<Kind>,
    promise: Promise,
    was_clear: bool,
    now: Timestamp,
) -> Found {
    // What was proven stays so while there are no lists; what one of them takes back is taken back all the same.
    let is_asked = judges.demands_revocation && !was_clear;
    let revocation = if is_asked { RevocationDemand::Known } else { RevocationDemand::IfAtHand };
    let finding = |kind: Kind| {
        let question = |class| Question { class, at: now, revocation, expected: None };
        let verdicts = kind.classes().iter().map(|class| judges.trust.judge(examination, &question(*class)));
        let (ground, verdict) = rule::ground(kind, verdicts.collect(), promise, judges.by_reference)?;
        Some(Finding { kind, ground, verdict })
    };
    let mut findings: Vec<Finding> = kinds.into_iter().filter_map(finding).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.ground));
    let reasons = findings.iter().flat_map(|finding| &finding.verdict.reasons);
    let is_clear = !reasons.map(|finding| finding.reason).any(|reason| reason == Reason::RevocationUnknown);
    let mut found = Found { findings, was_clear: is_clear || was_clear, examination: None };
    found.was_clear &= found.outcome() == JudgedAs::Allowed;
    found
}

/// Of what was found before, as it is kept: whether it may be given away, and nobody who signed it was revoked.
pub(super) fn was_clear(kept: &VerdictRow) -> bool {
    #[derive(serde::Deserialize)]
    struct Kept {
        #[serde(default)]
        was_clear: bool,
    }
    serde_json::from_str::<Kept>(&kept.body).is_ok_and(|kept| kept.was_clear)
}
