//! When a signature was made, as somebody else says: RFC 3161 tokens and the older PKCS #9 countersignatures.

mod countersignature;
mod token;

use model::Timestamp;

use crate::algorithm::DigestAlgorithm;
use crate::certificate::Certificate;
use crate::cms::SignerInfo;
use crate::fault::Fault;
use crate::oid;
use crate::reason::Reason;

/// A timestamp whose signature is right and which is about the signature it came with. Whether its authority is
/// trusted is the policy's to say.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    pub(crate) time: Timestamp,
    /// The weakest digest it rests on.
    pub(crate) digest: DigestAlgorithm,
    /// The authority's certificate.
    pub(crate) signer: Vec<u8>,
    /// Certificates that came along.
    pub(crate) certificates: Vec<Vec<u8>>,
}

impl Stamp {
    /// Reads and verifies the timestamp of a signature; none if it carries none.
    ///
    /// `certificates` are those of the signature, among which a countersigner's are.
    pub(crate) fn read(signer: &SignerInfo<'_>, certificates: &[&[u8]]) -> Result<Option<Self>, Fault> {
        let tokens = signer.unsigned.values(oid::RFC3161_TOKEN);
        let countersignatures = signer.unsigned.values(oid::COUNTERSIGNATURE);
        match (tokens, countersignatures) {
            ([], []) => Ok(None),
            ([token], []) => token::read(token.raw, signer.signature).map(Some),
            ([], [countersignature]) => {
                countersignature::read(countersignature.raw, signer.signature, certificates).map(Some)
            }
            _ => Err(Fault::new(Reason::SeveralTimestamps, format!("{}", tokens.len() + countersignatures.len()))),
        }
        .map_err(as_timestamp)
    }
}

/// The same fault, said about a timestamp.
fn as_timestamp(fault: Fault) -> Fault {
    let reason = match fault.reason {
        Reason::BadSignature | Reason::MessageDigestMismatch => Reason::BadTimestampSignature,
        Reason::MalformedSignature
        | Reason::MalformedCertificate
        | Reason::SignerCount
        | Reason::SignerMissing
        | Reason::ContentTypeMismatch
        | Reason::AttributesInvalid
        | Reason::TooLarge => Reason::MalformedTimestamp,
        other => other,
    };
    let Fault { detail, .. } = fault;
    Fault { reason, detail }
}

/// The key of an authority has to be for timestamps, and for nothing else, beyond doubt (RFC 3161 2.3).
fn check_purpose(certificate: &Certificate<'_>) -> Result<(), Fault> {
    let alone = |oids: &[_]| oids == [oid::TIME_STAMPING];
    match &certificate.purposes {
        Some(purposes) if alone(&purposes.oids) && purposes.critical => Ok(()),
        Some(purposes) if alone(&purposes.oids) => {
            Err(Fault::new(Reason::TimestampPurpose, "the purpose is not marked critical"))
        }
        _ => Err(Fault::new(Reason::TimestampPurpose, certificate.subject.shown())),
    }
}
