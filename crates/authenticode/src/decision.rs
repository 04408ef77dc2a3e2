//! What time and revocation decide about a signature that is right and whose path leads to a trusted root.
//!
//! | Signer's certificate | Timestamp | Revocation | Ends with certificate | Decision |
//! |---|---|---|---|---|
//! | any | not to be trusted | any | any | refused |
//! | any | any | revoked before, or key compromised | any | refused |
//! | any | none | revoked later | any | refused |
//! | any | valid | revoked later | – | accepted and noted; refused where the policy is strict |
//! | any | any | unknown, where files are taken in | any | refused |
//! | not yet valid | any | any | any | refused |
//! | expired | none | any | any | refused |
//! | expired | valid | good | yes | refused |
//! | valid now | none | good | – | accepted only where the class does without timestamps |
//! | expired, or valid now | valid | good | no | accepted |
//!
//! That an authority between signer and root expired since does not matter: the path is built at the timestamp's time.

use crate::reason::Reason;

/// The signer's certificate at the time of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaf {
    NotYetValid,
    ValidNow,
    Expired,
}

/// The timestamp of the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamped {
    /// By a trusted authority, within the validity of the signer's certificate.
    Valid,
    None,
    /// For this reason it is not to be trusted.
    Distrusted(Reason),
}

/// What revocation lists say of a certificate on a path. Where they say different things, each is decided about: the worst counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revocation {
    Good,
    Unknown,
    /// After the time of the timestamp, for a reason that leaves older signatures valid.
    Later,
    Revoked,
}

/// What the policy asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Demands {
    pub(crate) timestamp: bool,
    /// Whether revocation has to be known: where files are taken in.
    pub(crate) revocation_known: bool,
    /// Whether a later revocation counts as one.
    pub(crate) strict_revocation: bool,
}

/// Accepted, perhaps with a note, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Accept,
    Note(Reason),
    Refuse(Reason),
}

/// Decides; the first row that fits counts.
pub(crate) fn decide(
    leaf: Leaf,
    stamped: Stamped,
    revocation: Revocation,
    lifetime: bool,
    demands: Demands,
) -> Decision {
    use Decision::{Accept, Note, Refuse};
    match (leaf, stamped, revocation) {
        (_, Stamped::Distrusted(reason), _) => Refuse(reason),
        (_, _, Revocation::Revoked) => Refuse(Reason::Revoked),
        (_, Stamped::None, Revocation::Later) => Refuse(Reason::Revoked),
        (_, Stamped::Valid, Revocation::Later) if demands.strict_revocation => Refuse(Reason::Revoked),
        (_, _, Revocation::Unknown) if demands.revocation_known => Refuse(Reason::RevocationUnknown),
        (Leaf::NotYetValid, _, _) => Refuse(Reason::NotYetValid),
        (Leaf::Expired, Stamped::None, _) => Refuse(Reason::Expired),
        (Leaf::Expired, Stamped::Valid, _) if lifetime => Refuse(Reason::LifetimeSigning),
        (Leaf::ValidNow, Stamped::None, _) if demands.timestamp => Refuse(Reason::TimestampRequired),
        (_, _, Revocation::Later) => Note(Reason::RevokedLater),
        (_, _, Revocation::Unknown) => Note(Reason::RevocationUnknown),
        (Leaf::Expired | Leaf::ValidNow, Stamped::Valid | Stamped::None, Revocation::Good) => Accept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INGEST: Demands = Demands { timestamp: true, revocation_known: true, strict_revocation: false };
    const USE: Demands = Demands { timestamp: true, revocation_known: false, strict_revocation: false };

    #[test]
    fn sec_t5_a_valid_certificate_with_a_valid_timestamp_is_accepted() {
        assert_eq!(decide(Leaf::ValidNow, Stamped::Valid, Revocation::Good, false, INGEST), Decision::Accept);
        assert_eq!(decide(Leaf::ValidNow, Stamped::Valid, Revocation::Good, true, INGEST), Decision::Accept);
    }

    #[test]
    fn sec_a6_unknown_revocation_is_refused_where_files_are_taken_in_and_noted_where_they_are_used() {
        let decide = |demands| decide(Leaf::ValidNow, Stamped::Valid, Revocation::Unknown, false, demands);
        assert_eq!(decide(INGEST), Decision::Refuse(Reason::RevocationUnknown));
        assert_eq!(decide(USE), Decision::Note(Reason::RevocationUnknown));
    }

    #[test]
    fn without_a_timestamp_only_classes_that_do_without_accept() {
        let decide = |demands| decide(Leaf::ValidNow, Stamped::None, Revocation::Good, false, demands);
        assert_eq!(decide(INGEST), Decision::Refuse(Reason::TimestampRequired));
        assert_eq!(decide(Demands { timestamp: false, ..INGEST }), Decision::Accept);
    }

    #[test]
    fn sec_a5_an_expired_certificate_is_accepted_with_a_timestamp_from_its_validity() {
        assert_eq!(decide(Leaf::Expired, Stamped::Valid, Revocation::Good, false, INGEST), Decision::Accept);
    }

    #[test]
    fn sec_a5_signatures_that_end_with_their_certificate_do_so_whatever_the_timestamp() {
        let refused = Decision::Refuse(Reason::LifetimeSigning);
        assert_eq!(decide(Leaf::Expired, Stamped::Valid, Revocation::Good, true, INGEST), refused);
    }

    #[test]
    fn sec_a5_an_expired_certificate_without_a_trusted_timestamp_is_refused() {
        for lifetime in [false, true] {
            let decide = |stamped| decide(Leaf::Expired, stamped, Revocation::Good, lifetime, INGEST);
            assert_eq!(decide(Stamped::None), Decision::Refuse(Reason::Expired));
            for reason in [Reason::UntrustedTimestamp, Reason::TimestampOutsideValidity, Reason::TimestampInFuture] {
                assert_eq!(decide(Stamped::Distrusted(reason)), Decision::Refuse(reason));
            }
        }
    }

    #[test]
    fn sec_a6_a_later_revocation_leaves_older_signatures_valid_unless_the_policy_is_strict() {
        for leaf in [Leaf::ValidNow, Leaf::Expired] {
            let decide = |demands| decide(leaf, Stamped::Valid, Revocation::Later, false, demands);
            assert_eq!(decide(INGEST), Decision::Note(Reason::RevokedLater));
            let strict = Demands { strict_revocation: true, ..INGEST };
            assert_eq!(decide(strict), Decision::Refuse(Reason::Revoked));
        }
    }

    #[test]
    fn sec_a6_a_revocation_before_the_timestamp_or_without_one_is_refused() {
        for leaf in [Leaf::NotYetValid, Leaf::ValidNow, Leaf::Expired] {
            for stamped in [Stamped::Valid, Stamped::None] {
                let refused = decide(leaf, stamped, Revocation::Revoked, false, USE);
                assert_eq!(refused, Decision::Refuse(Reason::Revoked));
            }
            let refused = decide(leaf, Stamped::None, Revocation::Later, false, USE);
            assert_eq!(refused, Decision::Refuse(Reason::Revoked));
        }
    }

    #[test]
    fn a_certificate_that_is_not_yet_valid_signs_nothing() {
        let refused = decide(Leaf::NotYetValid, Stamped::None, Revocation::Good, false, USE);
        assert_eq!(refused, Decision::Refuse(Reason::NotYetValid));
    }
}
