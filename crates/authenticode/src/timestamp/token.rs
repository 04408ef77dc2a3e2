//! Time-stamp tokens (RFC 3161).

use crate::algorithm::DigestAlgorithm;
use crate::certificate::Certificate;
use crate::cms::{SignedData, SignerInfo};
use crate::der::{self, Reader, SEQUENCE};
use crate::fault::Fault;
use crate::oid;
use crate::reason::Reason;
use crate::time;
use crate::timestamp::{Brought, Stamp, check_purpose, check_unsigned};

/// Reads the token that `raw` is and verifies that it is about `stamped`.
pub(super) fn read(raw: &[u8], stamped: &[u8]) -> Result<Stamp, Fault> {
    let data = SignedData::read(raw)?;
    check_unsigned(&data.signer)?;
    if data.content_type != oid::TST_INFO {
        return Err(Fault::new(Reason::MalformedTimestamp, "it holds no TSTInfo"));
    }
    let mut info = der::only(data.content, SEQUENCE, "TSTInfo")?;
    info.integer("the version of TSTInfo")?;
    info.oid("the policy of a timestamp")?;
    let mut imprint = info.sequence("the imprint of a timestamp")?;
    let algorithm = DigestAlgorithm::read(&mut imprint)?;
    let digest = imprint.octets("the imprint of a timestamp")?;
    imprint.end("nothing behind the imprint of a timestamp")?;
    info.integer("the serial number of a timestamp")?;
    // Accuracy, order, nonce, name and extensions follow: nothing is asked of them.
    let time = time::of(&info.expect(der::GENERALIZED_TIME, "the time of a timestamp")?)?;

    let certificate = data.signer_certificate()?;
    data.signer.verify(&certificate, Some(oid::TST_INFO), data.content)?;
    check_certificate_id(&data.signer, &certificate)?;
    check_purpose(&certificate)?;
    if !algorithm.matches(stamped, digest) {
        return Err(Fault::new(Reason::TimestampImprintMismatch, ""));
    }
    Ok(Stamp {
        time,
        digest: algorithm.min(data.signer.digest),
        signer: certificate.raw.to_vec(),
        certificates: data.certificates.iter().map(|raw| raw.to_vec()).collect(),
        brought: Brought::ByItself,
    })
}

/// The signed attributes say which certificate is meant, so that no other with the same key can take its place
/// (RFC 2634 5.4, RFC 5035).
fn check_certificate_id(signer: &SignerInfo<'_>, certificate: &Certificate<'_>) -> Result<(), Fault> {
    let first = |value: &der::Element<'_>| -> Result<(DigestAlgorithm, Vec<u8>), Fault> {
        let mut ids =
            Reader::new(value.raw).sequence("the id of a certificate")?.sequence("the id of a certificate")?;
        let mut id = ids.sequence("the id of a certificate")?;
        let named = id.peek() == Some(SEQUENCE);
        let algorithm = if named { DigestAlgorithm::read(&mut id)? } else { DigestAlgorithm::Sha256 };
        Ok((algorithm, id.octets("the digest of a certificate")?.to_vec()))
    };
    for (kind, is_first_version) in [(oid::SIGNING_CERTIFICATE, true), (oid::SIGNING_CERTIFICATE_V2, false)] {
        for value in signer.signed.values(kind) {
            let (algorithm, digest) = first(value)?;
            let algorithm = if is_first_version { DigestAlgorithm::Sha1 } else { algorithm };
            if !algorithm.matches(certificate.raw, &digest) {
                return Err(Fault::new(Reason::BadTimestampSignature, "it names another certificate"));
            }
        }
    }
    Ok(())
}
