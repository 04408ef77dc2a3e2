//! Ways in for fuzzing: the parsers one by one, each with any bytes. What they say is of use to nobody else.

use model::Timestamp;

use crate::chain::Strength;
use crate::cms::SignedData;
use crate::der::Reader;
use crate::policy::{self, Policy};
use crate::timestamp;

/// Whether these bytes are signed data whose signer signed its content.
pub fn signed_data(bytes: &[u8]) -> bool {
    let verified = SignedData::read(bytes).and_then(|data| {
        let certificate = data.signer_certificate()?;
        data.signer.verify(&certificate, Some(data.content_type), data.content)
    });
    verified.is_ok()
}

/// Whether these bytes are a timestamp about `stamped`.
pub fn timestamp(bytes: &[u8], stamped: &[u8]) -> bool {
    timestamp::token(bytes, stamped).is_ok()
}

/// Whether these bytes are certificates, one behind the other, of which the first leads through the others to a root of
/// `policy` for publishers.
pub fn certificate_chain(bytes: &[u8], policy: &Policy, at: Timestamp) -> bool {
    let mut reader = Reader::new(bytes);
    let mut certificates = Vec::new();
    while !reader.is_empty() && certificates.len() < crate::limits::CERTIFICATES_MAX {
        let Ok(element) = reader.element() else { return false };
        certificates.push(element.raw.to_vec());
    }
    let Some((leaf, pool)) = certificates.split_first() else { return false };
    policy.publishers().path(leaf, pool, at, policy::PURPOSE, Strength::Legacy).is_ok()
}
