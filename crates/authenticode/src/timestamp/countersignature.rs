//! Countersignatures (PKCS #9), which timestamps were before RFC 3161: a signer over the signature, who says when.

use crate::cms::{self, SignerInfo};
use crate::der::Reader;
use crate::fault::Fault;
use crate::oid;
use crate::time;
use crate::timestamp::{Brought, Stamp, check_purpose, check_unsigned};

/// Reads the countersignature that `raw` is and verifies that it is over `stamped`.
pub(super) fn read(raw: &[u8], stamped: &[u8], certificates: &[&[u8]]) -> Result<Stamp, Fault> {
    let mut reader = Reader::new(raw);
    let signer = SignerInfo::read(&mut reader)?;
    reader.end("nothing behind a countersignature")?;
    check_unsigned(&signer)?;
    let certificate = cms::find(certificates, &signer.id)?;
    signer.verify(&certificate, None, stamped)?;
    check_purpose(&certificate)?;
    let time = time::of(&signer.signed.one(oid::SIGNING_TIME)?)?;
    Ok(Stamp {
        time,
        digest: signer.digest,
        signer: certificate.raw.to_vec(),
        certificates: certificates.iter().map(|raw| raw.to_vec()).collect(),
        brought: Brought::BySignature,
    })
}
