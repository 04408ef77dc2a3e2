//! What must hold for any bytes whatsoever. The fuzz targets hold it over what they make up, `corpus` over what was found.

use std::io::Cursor;
use std::sync::LazyLock;

use authenticode::{
    Class, Examination, Outcome, Policy, Question, RevocationDemand, RevocationLists, Trust, examine, probe,
};

static TRUST: LazyLock<Trust> =
    LazyLock::new(|| Trust { policy: Policy::builtin(), revocation_lists: RevocationLists::new() });

fn question() -> Question {
    let at = "2026-12-01T00:00:00Z".parse().expect("this is a point in time");
    Question { class: Class::MsApp, at, revocation: RevocationDemand::IfAtHand, expected: None }
}

/// Any file but a genuine one: a verdict, which is never that its signer may sign. True if its signatures are right and cover it, so
/// that all there is to say is who signed.
pub(crate) fn file(bytes: &[u8]) -> bool {
    let examination = examine(&mut Cursor::new(bytes)).expect("memory does not fail");
    assert_eq!(examination.size(), bytes.len() as u64);
    let verdict = TRUST.judge_any(&examination, &question());
    assert_ne!(verdict.outcome, Outcome::Accepted, "nobody has the publisher's keys");
    if let Some(kept) = examination.encode() {
        let kept = Examination::decode(&kept).expect("what was kept can be read");
        assert_eq!(TRUST.judge_any(&kept, &question()), verdict, "what was kept is worth the same");
    }
    // What is wrong with the file, or with a signature by itself, is said before who signed.
    verdict.signers.iter().any(|signer| !signer.name.is_empty())
        && verdict.reasons.iter().all(|finding| {
            use authenticode::Reason::{
                ForbiddenRoot, ForeignSigner, LegacyDigest, SlackBytes, UnknownRoot, WrongKind,
            };
            matches!(
                finding.reason,
                UnknownRoot | ForbiddenRoot | ForeignSigner | LegacyDigest | WrongKind | SlackBytes
            )
        })
}

/// Any bytes as signed data. True if the signature is right.
pub(crate) fn signed_data(bytes: &[u8]) -> bool {
    probe::signed_data(bytes)
}

/// Any bytes as a timestamp about the text `stamped`. True if it is one.
pub(crate) fn timestamp(bytes: &[u8]) -> bool {
    probe::timestamp(bytes, b"stamped")
}

/// Any bytes as certificates. True if they can be taken apart; no path of theirs leads to a root.
pub(crate) fn certificate_chain(bytes: &[u8]) -> bool {
    let at = "2026-12-01T00:00:00Z".parse().expect("this is a point in time");
    probe::certificate_chain(bytes, &TRUST.policy, at)
}

/// Any bytes as a revocation list. True if it is one.
pub(crate) fn revocation_list(bytes: &[u8]) -> bool {
    let mut lists = RevocationLists::new();
    lists.add(bytes).is_ok()
}
