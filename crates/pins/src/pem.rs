//! Certificates out of PEM texts (RFC 7468, section 5).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::CertificateDer;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// Certificates of one file: a company has a handful of authorities, and a file with a hundred is the system's.
pub(crate) const CERTIFICATES_MAX: usize = 20;

/// Every certificate of `text`, in order; what stands around them is ignored. `None` if one is damaged.
pub(crate) fn certificates(text: &str) -> Option<Vec<CertificateDer<'static>>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, begun)) = rest.split_once(BEGIN) {
        let (body, after) = begun.split_once(END)?;
        let digits: String = body.split_whitespace().collect();
        found.push(CertificateDer::from(BASE64_STANDARD.decode(digits).ok()?));
        rest = after;
        if found.len() > CERTIFICATES_MAX {
            break;
        }
    }
    Some(found)
}
