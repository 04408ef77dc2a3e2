//! What one signature counts for.

use model::Timestamp;

use crate::algorithm::DigestAlgorithm;
use crate::certificate::Certificate;
use crate::chain::{Path, Strength};
use crate::crl::{self, ListPlace, Status};
use crate::decision::{Decision, Demands, Leaf, Revocation, Stamped, decide};
use crate::examine::Signature;
use crate::fault::Fault;
use crate::judge::assessment::Assessment;
use crate::judge::strays;
use crate::judge::{Question, RevocationDemand, Trust};
use crate::limits::{CRL_GRACE_INGEST_SECS, CRL_GRACE_USE_SECS};
use crate::oid;
use crate::policy::{self, ClassRules};
use crate::reason::Reason;
use crate::timestamp::Stamp;
use crate::verdict::{Standing, Weight};

/// Assesses a signature; `is_wrong` if it was found to be so, whoever made it.
pub(super) fn assess(
    trust: &Trust,
    rules: &ClassRules,
    question: &Question,
    signature: &Signature,
    is_wrong: bool,
) -> Assessment {
    let mut assessment = Assessment::of_unknown(signature);
    match Certificate::read(&signature.signer) {
        // What is wrong with a file whoever signed it was said already.
        Ok(certificate) => {
            assessment.describe(&certificate, signature);
            let one = One { trust, rules, question, signature, certificate: &certificate };
            if !is_wrong {
                one.assess(&mut assessment);
            } else if let Ok(path) = one.publisher_path(one.claimed_time()) {
                assessment.describe_path(trust, &path);
            }
        }
        Err(fault) => assessment.refuse(fault.reason, fault.detail),
    }
    assessment
}

/// A signature with all that it is held against.
struct One<'a> {
    trust: &'a Trust,
    rules: &'a ClassRules,
    question: &'a Question,
    signature: &'a Signature,
    certificate: &'a Certificate<'a>,
}

impl One<'_> {
    fn assess(&self, assessment: &mut Assessment) {
        if self.signature.digest == DigestAlgorithm::Sha1 {
            return self.assess_legacy(assessment);
        }
        // Who it is comes first, at whatever time the signature claims: a stranger's timestamp is of no interest.
        let path = match self.publisher_path(self.claimed_time()) {
            Ok(path) => path,
            Err(fault) => return self.no_path(assessment, fault),
        };
        assessment.describe_path(self.trust, &path);
        if !self.certificate.has_purpose(policy::PURPOSE) {
            return assessment.refuse(Reason::PurposeMissing, "codeSigning is not among its purposes");
        }
        if !self.certificate.may_sign() {
            return assessment.refuse(Reason::KeyUsageMissing, "");
        }
        let (Some(root), Some(issuer)) = (path.root(), path.issuer()) else { return };
        match self.trust.policy.standing(self.rules, root, issuer, self.certificate) {
            policy::Standing::UnknownIssuer => {
                let detail = format!("{}, key {issuer}", assessment.signer.issuer);
                return assessment.quarantine(Reason::UnknownIssuer, detail);
            }
            policy::Standing::UnknownPurpose => {
                return assessment.quarantine(Reason::UnknownPurpose, assessment.signer.purposes.join(", "));
            }
            policy::Standing::WrongPublisher => {
                let detail = assessment.signer.name.clone();
                return assessment.foreign(Reason::WrongPublisher, detail);
            }
            policy::Standing::Allowed => {}
        }
        self.decide(assessment, &path);
    }

    /// Time and revocation.
    fn decide(&self, assessment: &mut Assessment, path: &Path) {
        let (stamped, authority) = self.stamped();
        let leaf = self.leaf();
        let demands = Demands {
            timestamp: self.rules.timestamp,
            revocation_known: self.question.revocation == RevocationDemand::Known,
            strict_revocation: self.rules.strict_revocation,
        };
        let lifetime = self.certificate.has_purpose(oid::LIFETIME_SIGNING);
        assessment.signer.standing = Standing::Allowed;
        assessment.signer.lists = places(path, authority.as_ref());
        for (revocation, detail) in self.revocation(path, authority.as_ref()) {
            match decide(leaf, stamped, revocation, lifetime, demands) {
                Decision::Accept => {}
                Decision::Note(reason) => assessment.add(reason, Weight::Note, detail),
                Decision::Refuse(reason) => return assessment.refuse(reason, detail),
            }
        }
        if let Some(detail) = strays::find(self.signature, path, authority.as_ref()) {
            assessment.refuse(Reason::UnknownAttribute, detail);
        }
    }

    /// SHA-1 counts for nothing, but whose it is matters: the publisher's old signature beside its new one is no stranger's.
    fn assess_legacy(&self, assessment: &mut Assessment) {
        let policy = &self.trust.policy;
        let (leaf, pool) = (&self.signature.signer, &self.signature.certificates);
        // Certificates end after they begin, or they cannot be read.
        let at = self.claimed_time().clamp(self.certificate.not_before, self.certificate.not_after);
        let known = [policy.legacy(), policy.publishers()]
            .into_iter()
            .find_map(|anchors| anchors.path(leaf, pool, at, policy::PURPOSE, Strength::Legacy).ok());
        match known {
            Some(path) => {
                assessment.describe_path(self.trust, &path);
                assessment.signer.standing = Standing::Legacy;
                let authority = self.signature.stamp.as_ref().and_then(|stamp| self.legacy_authority_path(stamp));
                if let Some(detail) = strays::find(self.signature, &path, authority.as_ref()) {
                    assessment.refuse(Reason::UnknownAttribute, detail);
                }
            }
            None => assessment.foreign(Reason::LegacyDigest, assessment.signer.name.clone()),
        }
    }

    /// Says why there is no path: perhaps because the root is one that vouches for nothing here.
    fn no_path(&self, assessment: &mut Assessment, fault: Fault) {
        let Fault { reason, detail } = fault;
        match reason {
            Reason::UnknownRoot => {
                let (leaf, pool) = (&self.signature.signer, &self.signature.certificates);
                let nothing = self.trust.policy.nothing();
                match nothing.path(leaf, pool, self.claimed_time(), policy::PURPOSE, Strength::Current) {
                    Ok(path) => {
                        assessment.describe_path(self.trust, &path);
                        let root = assessment.signer.root.clone().unwrap_or_default();
                        assessment.foreign(Reason::ForbiddenRoot, root);
                    }
                    Err(_) => assessment.foreign(Reason::UnknownRoot, assessment.signer.issuer.clone()),
                }
            }
            Reason::Expired if self.signature.stamp.is_some() => {
                assessment.refuse(Reason::TimestampOutsideValidity, detail);
            }
            Reason::NotYetValid if self.signature.stamp.is_some() => {
                assessment.refuse(Reason::TimestampOutsideValidity, detail);
            }
            Reason::ChainInvalid | Reason::PurposeMissing | Reason::LegacyDigest => assessment.foreign(reason, detail),
            _ => assessment.refuse(reason, detail),
        }
    }

    fn publisher_path(&self, at: Timestamp) -> Result<Path, Fault> {
        let (leaf, pool) = (&self.signature.signer, &self.signature.certificates);
        self.trust.policy.publishers().path(leaf, pool, at, policy::PURPOSE, Strength::Current)
    }

    /// When it was signed, as it says itself; now, if it does not.
    fn claimed_time(&self) -> Timestamp {
        self.signature.stamp.as_ref().map_or(self.question.at, |stamp| stamp.time)
    }

    fn leaf(&self) -> Leaf {
        let at = self.question.at;
        if at < self.certificate.not_before {
            Leaf::NotYetValid
        } else if at > self.certificate.not_after {
            Leaf::Expired
        } else {
            Leaf::ValidNow
        }
    }

    /// Whether the timestamp is to be trusted, and the path of who made it if so.
    fn stamped(&self) -> (Stamped, Option<Path>) {
        let distrusted = |reason| (Stamped::Distrusted(reason), None);
        let Some(stamp) = &self.signature.stamp else { return (Stamped::None, None) };
        if stamp.time > self.question.at {
            return distrusted(Reason::TimestampInFuture);
        }
        if stamp.digest == DigestAlgorithm::Sha1 {
            return distrusted(Reason::LegacyTimestamp);
        }
        if stamp.time < self.certificate.not_before || stamp.time > self.certificate.not_after {
            return distrusted(Reason::TimestampOutsideValidity);
        }
        // Which authority it is is told with the signer.
        let Some(path) = self.authority_path(stamp) else { return distrusted(Reason::UntrustedTimestamp) };
        if self.status(&path, None).iter().any(|(revocation, _)| *revocation == Revocation::Revoked) {
            return distrusted(Reason::UntrustedTimestamp);
        }
        (Stamped::Valid, Some(path))
    }

    fn authority_path(&self, stamp: &Stamp) -> Option<Path> {
        let mut roots = self.trust.policy.timestamps(self.rules);
        roots.find_map(|anchors| {
            let (signer, pool) = (&stamp.signer, &stamp.certificates);
            anchors.path(signer, pool, stamp.time, oid::TIME_STAMPING, Strength::Current).ok()
        })
    }

    /// The same for an old signature, whose timestamp counts for nothing.
    fn legacy_authority_path(&self, stamp: &Stamp) -> Option<Path> {
        let policy = &self.trust.policy;
        let mut roots = [policy.legacy()].into_iter().chain(policy.timestamps(self.rules));
        roots.find_map(|anchors| {
            let (signer, pool) = (&stamp.signer, &stamp.certificates);
            anchors.path(signer, pool, stamp.time, oid::TIME_STAMPING, Strength::Legacy).ok()
        })
    }

    /// All that lists say of a path and of the path of who attests its time, each once and the worst first: what is not known of
    /// one authority does not hide what is known of another.
    fn revocation(&self, path: &Path, authority: Option<&Path>) -> Vec<(Revocation, String)> {
        let mut all = self.status(path, self.signature.stamp.as_ref().map(|stamp| stamp.time));
        all.extend(authority.map(|authority| self.status(authority, None)).unwrap_or_default());
        all.sort_by_key(|(revocation, _)| std::cmp::Reverse(severity(*revocation)));
        all.dedup_by_key(|(revocation, _)| *revocation);
        if all.len() > 1 {
            all.retain(|(revocation, _)| *revocation != Revocation::Good);
        }
        all
    }

    /// What lists say of each certificate of a path, and whose it is.
    fn status(&self, path: &Path, signed_at: Option<Timestamp>) -> Vec<(Revocation, String)> {
        let grace = match self.question.revocation {
            RevocationDemand::Known => CRL_GRACE_INGEST_SECS,
            RevocationDemand::IfAtHand => CRL_GRACE_USE_SECS,
        };
        let statuses = self.trust.revocation_lists.of_path(path, self.question.at, grace);
        let each = statuses.into_iter().zip(&path.certificates).map(|(status, raw)| {
            let name = || Certificate::read(raw).map(|certificate| certificate.subject.shown()).unwrap_or_default();
            match status {
                Status::Good => (Revocation::Good, String::new()),
                Status::Unknown => (Revocation::Unknown, name()),
                Status::Revoked(entry) => {
                    let is_later = signed_at.is_some_and(|signed_at| signed_at < entry.at) && !entry.is_compromise();
                    let revocation = if is_later { Revocation::Later } else { Revocation::Revoked };
                    (revocation, format!("{}, since {}", name(), entry.at))
                }
            }
        });
        each.collect()
    }
}

/// Where lists are, each once.
fn places(path: &Path, authority: Option<&Path>) -> Vec<ListPlace> {
    let mut places: Vec<ListPlace> = Vec::new();
    for place in [Some(path), authority].into_iter().flatten().flat_map(crl::place::of_path) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// In what order they are told: a revocation is one whatever is not known beside it.
fn severity(revocation: Revocation) -> u8 {
    match revocation {
        Revocation::Good => 0,
        Revocation::Unknown => 1,
        Revocation::Later => 2,
        Revocation::Revoked => 3,
    }
}
