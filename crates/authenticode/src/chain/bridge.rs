//! Authorities whose certificate marks its policies critical, which `webpki` does not read.
//!
//! Microsoft's Time-Stamp PCA 2010 did so until 2021, and its timestamps are good for years still. A path that asks for no policy
//! has nothing to find in them (RFC 5280 6.1.1: any-policy, no explicit policy), so that such an authority is verified here, directly
//! below a root, and stands in that root's place for the rest of the path.

use model::Timestamp;
use pki_types::{Der, TrustAnchor};

use crate::algorithm::DigestAlgorithm;
use crate::certificate::Certificate;
use crate::der::{Oid, Reader};
use crate::fault::Fault;
use crate::key::{PublicKey, signature_digest};
use crate::oid;

/// What is left to be known of a root once `webpki` has it.
#[derive(Debug, Clone)]
pub(super) struct Root {
    /// With tag and length.
    pub(super) subject: Vec<u8>,
    pub(super) spki: Vec<u8>,
}

/// What such a certificate may mark critical.
const READ: [Oid<'static>; 3] = [oid::BASIC_CONSTRAINTS, oid::KEY_USAGE, oid::CERTIFICATE_POLICIES];

/// The root that issued such a certificate; none if it is not such a one, or not valid at `at`.
pub(super) fn issuer<'r>(certificate: &Certificate<'_>, roots: &'r [Root], at: Timestamp) -> Option<&'r Root> {
    let is_such = certificate.critical.contains(&oid::CERTIFICATE_POLICIES)
        && certificate.critical.iter().all(|critical| READ.contains(critical))
        && certificate.is_authority
        && certificate.key_usage.is_none_or(|bits| bits & 0x04 != 0)
        && (certificate.not_before..=certificate.not_after).contains(&at);
    let mut issuers = roots.iter().filter(|root| is_such && root.subject == certificate.issuer.raw);
    issuers.find(|root| is_signed(certificate, root).is_ok())
}

fn is_signed(certificate: &Certificate<'_>, root: &Root) -> Result<(), Fault> {
    let digest =
        signature_digest(Reader::new(certificate.algorithm))?.filter(|digest| *digest != DigestAlgorithm::Sha1);
    let digest = digest.ok_or_else(|| Fault::new(crate::reason::Reason::LegacyDigest, ""))?;
    PublicKey::read(&root.spki)?.verify(digest, certificate.body, certificate.signature)
}

/// The certificate as an anchor.
pub(super) fn anchor(certificate: &Certificate<'_>) -> Option<TrustAnchor<'static>> {
    let content = |raw: &[u8]| Reader::new(raw).element().ok().map(|element| Der::from(element.content.to_vec()));
    Some(TrustAnchor {
        subject: content(certificate.subject.raw)?,
        subject_public_key_info: content(certificate.spki)?,
        name_constraints: None,
    })
}

#[cfg(test)]
mod tests {
    use forge::certificate::{CODE_SIGNING, TIME_STAMPING, at};
    use forge::{Authority, Draft, Identity};

    use crate::chain::{Anchors, Strength};
    use crate::oid;

    const AT: &str = "2026-03-01T12:00:00Z";

    /// An authority whose policies are critical.
    fn critical() -> Draft {
        Draft { critical_policies: true, serial: 2, ..Draft::authority("Bridge") }
    }

    fn is_trusted(root: &Authority, signer: &Identity) -> bool {
        let mut anchors = Anchors::default();
        anchors.add(&root.identity.certificate).unwrap();
        let path = anchors.path(&signer.certificate, &signer.chain, at(AT), oid::TIME_STAMPING, Strength::Current);
        if let Ok(path) = &path {
            assert_eq!(path.keys.len(), 3);
            assert_eq!(path.root_spki, root.identity.key.spki());
        }
        path.is_ok()
    }

    /// Whether a path leads through an authority as drafted.
    fn bridges(draft: &Draft) -> bool {
        let root = Authority::root("Root");
        let signer = root.authority(draft).identity(&Draft::time_stamper("Time"));
        is_trusted(&root, &signer)
    }

    #[test]
    fn an_authority_whose_policies_are_critical_is_one() {
        assert!(bridges(&critical()));
        assert!(bridges(&critical().purposes(&[TIME_STAMPING])));
        assert!(bridges(&Draft { key_usage: None, ..critical() }));
    }

    #[test]
    fn nothing_else_is_passed_over_because_policies_are() {
        for (what, draft) in [
            ("no authority", Draft { is_authority: false, ..critical() }),
            ("a key that signs no certificates", Draft { key_usage: Some(0x80), ..critical() }),
            ("not valid yet", critical().valid("2026-04-01T00:00:00Z", "2040-01-01T00:00:00Z")),
            ("ended", critical().valid("2020-01-01T00:00:00Z", "2026-02-01T00:00:00Z")),
            ("something else that is critical", Draft { unknown_critical: true, ..critical() }),
            ("purposes that are critical", Draft { purposes_critical: true, ..critical().purposes(&[TIME_STAMPING]) }),
            ("another purpose", critical().purposes(&[CODE_SIGNING])),
        ] {
            assert!(!bridges(&draft), "{what}");
        }
    }

    #[test]
    fn the_root_itself_has_to_have_signed_it() {
        let (root, namesake) = (Authority::root("Root"), Authority::root("Root"));
        let signer = namesake.authority(&critical()).identity(&Draft::time_stamper("Time"));
        assert!(is_trusted(&namesake, &signer));
        assert!(!is_trusted(&root, &signer));
        let other = Authority::root("Other Root");
        assert!(!is_trusted(&other, &signer));
    }

    #[test]
    fn the_root_has_to_have_signed_it_with_more_than_sha_1() {
        let root = Authority::root_with(forge::Key::rsa(), &Draft { serial: 1, ..Draft::authority("Root") });
        let digests = [(None, true), (Some(forge::Digest::Sha384), true), (Some(forge::Digest::Sha1), false)];
        for (digest, expected) in digests {
            let signer = root.authority(&Draft { digest, ..critical() }).identity(&Draft::time_stamper("Time"));
            assert_eq!(is_trusted(&root, &signer), expected, "{digest:?}");
        }
    }

    #[test]
    fn it_stands_directly_above_the_signer_and_below_the_root() {
        let root = Authority::root("Root");
        let below = root.authority(&critical()).authority(&Draft { serial: 3, ..Draft::authority("Below") });
        assert!(!is_trusted(&root, &below.identity(&Draft::time_stamper("Time"))));
        let between = root.authority(&Draft { serial: 3, ..Draft::authority("Between") });
        let signer = between.authority(&critical()).identity(&Draft::time_stamper("Time"));
        assert!(!is_trusted(&root, &signer));
    }

    #[test]
    fn the_signer_has_to_be_right_as_below_any_other() {
        let root = Authority::root("Root");
        let authority = root.authority(&critical());
        for (what, draft) in [
            ("another purpose", Draft::signer("Time")),
            ("ended", Draft::time_stamper("Time").valid("2020-01-01T00:00:00Z", "2025-01-01T00:00:00Z")),
            ("something critical", Draft { unknown_critical: true, ..Draft::time_stamper("Time") }),
        ] {
            assert!(!is_trusted(&root, &authority.identity(&draft)), "{what}");
        }
        let stranger = Authority::root("Root").authority(&critical()).identity(&Draft::time_stamper("Time"));
        let borrowed = Identity { chain: vec![authority.identity.certificate.clone()], ..stranger };
        assert!(!is_trusted(&root, &borrowed));
    }
}
