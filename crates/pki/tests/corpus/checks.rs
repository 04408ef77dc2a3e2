//! What holds of any bytes. The fuzz targets `pki_pem` and `pki_pfx` check the same.

use pki::{Certificate, Identity, from_pfx};

/// What the PFX files of the corpus are under.
const PASSWORD: &str = "Secret-1";

/// A text with certificates is refused, or each can be shown and written again. With a key among them it is a server's identity, or
/// refused. Whether the certificates were taken.
#[allow(dead_code, reason = "each fuzz target uses one of the two")]
pub(crate) fn pem(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(identity) = Identity::from_pem(&text, &text) {
        usable(&identity);
    }
    let Ok(certificates) = Certificate::all_from_pem(&text) else { return false };
    for certificate in &certificates {
        let again = Certificate::all_from_pem(&certificate.to_pem()).expect("what was written is read");
        assert_eq!(again, std::slice::from_ref(certificate));
        assert!(!format!("{} {} {certificate:?}", certificate.common_name(), certificate.key).is_empty());
    }
    true
}

/// A PFX file is refused, or has an identity that can be used. Whether it was taken.
#[allow(dead_code, reason = "as above")]
pub(crate) fn pfx(bytes: &[u8]) -> bool {
    let Ok(identity) = from_pfx(bytes, PASSWORD) else { return false };
    usable(&identity);
    true
}

/// Whatever it is judged to be, it is once it was stored as well.
fn usable(identity: &Identity) {
    let now = model::Timestamp::constant(1_800_000_000, 0);
    let is_fit = identity.check(&identity.certificate().names, now).is_ok();
    let text = identity.to_pem();
    let again = Identity::from_pem(&text, &text).expect("what was written is read");
    assert_eq!(again.check(&again.certificate().names, now).is_ok(), is_fit);
    assert_eq!((again.certificate(), again.issuers().len()), (identity.certificate(), identity.issuers().len()));
}
