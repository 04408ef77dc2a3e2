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
