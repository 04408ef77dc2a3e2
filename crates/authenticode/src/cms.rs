//! CMS signed data (RFC 5652) and its ancestor PKCS #7 1.5, as Authenticode and time-stamp authorities use them.
//!
//! What is signed stays as it stood: nothing is encoded anew, because many signers do not sort their sets.
//! What is not signed has to be what a verifier needs: whatever else stands there could be anybody's, and is refused.

mod attributes;
mod signer;

use crate::algorithm::DigestAlgorithm;
use crate::certificate::Certificate;
use crate::der::{self, Malformed, Oid, Reader, SET, context};
use crate::fault::Fault;
use crate::limits::{ATTRIBUTE_CERTIFICATE_BYTES_MAX, CERTIFICATES_MAX};
use crate::oid;
use crate::reason::Reason;

pub(crate) use self::attributes::Attributes;
pub(crate) use self::signer::{SignerId, SignerInfo};

/// Signed data with exactly one signer.
pub(crate) struct SignedData<'a> {
    pub(crate) content_type: Oid<'a>,
    /// The value of what was signed, without tag and length: what `messageDigest` is taken over.
    pub(crate) content: &'a [u8],
    /// The certificates that came along, each whole, in the order they stood.
    pub(crate) certificates: Vec<&'a [u8]>,
    pub(crate) signer: SignerInfo<'a>,
}

impl<'a> SignedData<'a> {
    /// Reads the signed data that `bytes` are, with nothing behind them.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut info = der::only(bytes, der::SEQUENCE, "signed data")?;
        if info.oid("the type of signed data")? != oid::SIGNED_DATA {
            return Err(Fault::new(Reason::MalformedSignature, "this is not signed data"));
        }
        let mut outer = info.expect(context(0), "signed data")?.inside();
        info.end("nothing behind signed data")?;
        let mut data = outer.sequence("signed data")?;
        outer.end("nothing behind signed data")?;

        version(&mut data, "the version of signed data")?;
        let algorithms = data.expect(SET, "digest algorithms")?.inside();
        let mut content = data.sequence("what was signed")?;
        let content_type = content.oid("the type of what was signed")?;
        let value = content.optional(context(0))?;
        content.end("nothing behind what was signed")?;
        let value = match value {
            Some(value) => {
                let mut inner = value.inside();
                let element = inner.element()?;
                inner.end("nothing behind what was signed")?;
                // The tag is not under the signature. CMS has an OCTET STRING there, PKCS #7 the structure itself.
                if !matches!(element.tag, der::SEQUENCE | der::OCTET_STRING) {
                    return Err(Malformed("what was signed, as a structure or as bytes").into());
                }
                element.content
            }
            None => &[],
        };
        let certificates = match data.optional(context(0))? {
            Some(set) => certificates(set.inside(), content_type == oid::TST_INFO)?,
            None => Vec::new(),
        };
        // Revocation lists that a signer brings along prove nothing that others would not.
        if data.optional(context(1))?.is_some() {
            return Err(Fault::new(Reason::UnknownAttribute, "it brings revocation lists along"));
        }
        let mut signers = data.expect(SET, "signers")?.inside();
        data.end("nothing behind the signers")?;
        if signers.is_empty() {
            return Err(Fault::new(Reason::SignerCount, "there is none"));
        }
        let signer = SignerInfo::read(&mut signers)?;
        if !signers.is_empty() {
            return Err(Fault::new(Reason::SignerCount, "there are several"));
        }
        if !is_digest_of(algorithms, &signer) {
            return Err(Fault::new(Reason::UnknownAttribute, "it names other digest algorithms than its signer's"));
        }
        Ok(Self { content_type, content: value, certificates, signer })
    }

    /// The certificate that the signer names.
    pub(crate) fn signer_certificate(&self) -> Result<Certificate<'a>, Fault> {
        find(&self.certificates, &self.signer.id)
    }
}

/// Reads a version: a small number, which nobody signed, and whose length would be anybody's to choose.
fn version(reader: &mut Reader<'_>, what: &'static str) -> Result<(), Malformed> {
    if matches!(reader.integer(what)?, [1..=5]) { Ok(()) } else { Err(Malformed(what)) }
}

/// Whether the set of digest algorithms, which nobody signed, is that of the signer and no more.
fn is_digest_of(mut algorithms: Reader<'_>, signer: &SignerInfo<'_>) -> bool {
    DigestAlgorithm::read(&mut algorithms).is_ok_and(|digest| digest == signer.digest) && algorithms.is_empty()
}

/// The certificate among `certificates` that `id` names.
pub(crate) fn find<'a>(certificates: &[&'a [u8]], id: &SignerId<'_>) -> Result<Certificate<'a>, Fault> {
    for raw in certificates {
        if let Ok(certificate) = Certificate::read(raw)
            && id.names(&certificate)
        {
            return Ok(certificate);
        }
    }
    Err(Fault::new(Reason::SignerMissing, id.to_string()))
}

/// The certificates of a set, all of which can be read.
fn certificates(mut set: Reader<'_>, is_timestamp: bool) -> Result<Vec<&[u8]>, Fault> {
    let mut certificates = Vec::new();
    // Timestamps of Microsoft's authorities bring one along that says how their clock was set: its issuer is unknown here.
    let mut attribute_certificates = usize::from(is_timestamp);
    while !set.is_empty() {
        let element = set.element()?;
        if element.tag != der::SEQUENCE {
            let is_expected = element.tag == context(1) && element.raw.len() <= ATTRIBUTE_CERTIFICATE_BYTES_MAX;
            match attribute_certificates.checked_sub(1) {
                Some(left) if is_expected => attribute_certificates = left,
                _ => return Err(Fault::new(Reason::UnknownAttribute, "something among the certificates is none")),
            }
            continue;
        }
        if certificates.len() == CERTIFICATES_MAX {
            return Err(Fault::new(Reason::TooLarge, format!("more than {CERTIFICATES_MAX} certificates")));
        }
        Certificate::read(element.raw)?;
        certificates.push(element.raw);
    }
    Ok(certificates)
}
