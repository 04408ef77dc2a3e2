//! Certificates that came along and are of no use: nobody signed them to this place, and a certificate has room for anything.

use crate::certificate::Certificate;
use crate::chain::Path;
use crate::der::Reader;
use crate::examine::Signature;
use crate::key::{PublicKey, signature_digest};
use crate::timestamp::Brought;

/// Says which certificate of a signature, or of its timestamp, leads from nobody to a root; none if each is of use.
///
/// `authority` is the path of who attests the time. Without one nothing is said of the timestamp's certificates.
pub(super) fn find(signature: &Signature, path: &Path, authority: Option<&Path>) -> Option<String> {
    let stamp = signature.stamp.as_ref();
    let is_countersigned = stamp.is_some_and(|stamp| stamp.brought == Brought::BySignature);
    let beside = authority.filter(|_| is_countersigned);
    let own =
        signature.certificates.iter().find(|raw| !is_of(raw, path) && !beside.is_some_and(|path| is_of(raw, path)));
    let of_stamp = || {
        let (stamp, authority) = (stamp?, authority?);
        stamp.certificates.iter().find(|raw| stamp.brought == Brought::ByItself && !is_of(raw, authority))
    };
    let stray = own.or_else(of_stamp)?;
    let name = Certificate::read(stray).map(|certificate| certificate.subject.shown()).unwrap_or_default();
    Some(format!("the certificate of {name} leads nowhere"))
}

/// Whether a certificate is on a path, or the root's own at its end.
fn is_of(raw: &[u8], path: &Path) -> bool {
    path.certificates.iter().any(|known| known == raw) || is_root(raw, path)
}

/// Signed by the root's key itself: what it says, the root said.
fn is_root(raw: &[u8], path: &Path) -> bool {
    let Ok(certificate) = Certificate::read(raw) else { return false };
    let signed = || {
        let digest = signature_digest(Reader::new(certificate.algorithm)).ok()??;
        PublicKey::read(certificate.spki).ok()?.verify(digest, certificate.body, certificate.signature).ok()
    };
    certificate.spki == path.root_spki && certificate.subject == certificate.issuer && signed().is_some()
}
