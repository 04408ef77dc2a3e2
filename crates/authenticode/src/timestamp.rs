//! When a signature was made, as somebody else says: RFC 3161 tokens and the older PKCS #9 countersignatures.

mod countersignature;
mod token;

use model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::algorithm::DigestAlgorithm;
use crate::certificate::Certificate;
use crate::cms::SignerInfo;
use crate::fault::Fault;
use crate::oid;
use crate::reason::Reason;

/// A timestamp whose signature is right and which is about the signature it came with. Whether its authority is
/// trusted is the policy's to say.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Stamp {
    pub(crate) time: Timestamp,
    /// The weakest digest it rests on.
    pub(crate) digest: DigestAlgorithm,
    /// The authority's certificate.
    pub(crate) signer: Vec<u8>,
    /// Certificates that came along.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// With what they came.
    pub(crate) brought: Brought,
}

/// Where the certificates of a timestamp stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Brought {
    /// In the timestamp: a token has its own.
    ByItself,
    /// Among those of the signature: a countersignature has none.
    BySignature,
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

/// Reads the token that `raw` is, by itself.
pub(crate) fn token(raw: &[u8], stamped: &[u8]) -> Result<Stamp, Fault> {
    token::read(raw, stamped).map_err(as_timestamp)
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

/// Nothing that is not signed belongs to a timestamp: there are none upon timestamps.
fn check_unsigned(signer: &SignerInfo<'_>) -> Result<(), Fault> {
    match signer.unsigned.kinds().next() {
        None => Ok(()),
        Some(kind) => Err(Fault::new(Reason::UnknownAttribute, format!("{kind} in the timestamp"))),
    }
}

/// The key of an authority has to be for timestamps and for nothing else (RFC 3161 2.3).
///
/// That the purpose is critical, as is written there, is not asked for: of Microsoft's own authorities, certificates up to 2022 do
/// not mark it (seen in .NET Core 3.1 and in drivers).
fn check_purpose(certificate: &Certificate<'_>) -> Result<(), Fault> {
    match &certificate.purposes {
        Some(purposes) if purposes.as_slice() == [oid::TIME_STAMPING] => Ok(()),
        _ => Err(Fault::new(Reason::TimestampPurpose, certificate.subject.shown())),
    }
}
