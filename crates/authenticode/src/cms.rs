//! CMS signed data (RFC 5652) and its ancestor PKCS #7 1.5, as Authenticode and time-stamp authorities use them.
//!
//! What is signed stays as it stood: nothing is encoded anew, because many signers do not sort their sets.

mod attributes;
mod signer;

use crate::certificate::Certificate;
use crate::der::{self, Oid, Reader, SET, context};
use crate::fault::Fault;
use crate::limits::CERTIFICATES_MAX;
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

        data.integer("the version of signed data")?;
        data.expect(SET, "digest algorithms")?;
        let mut content = data.sequence("what was signed")?;
        let content_type = content.oid("the type of what was signed")?;
        let value = content.optional(context(0))?;
        content.end("nothing behind what was signed")?;
        let value = match value {
            Some(value) => {
                let mut inner = value.inside();
                let element = inner.element()?;
                inner.end("nothing behind what was signed")?;
                element.content
            }
            None => &[],
        };
        let certificates = match data.optional(context(0))? {
            Some(set) => certificates(set.inside())?,
            None => Vec::new(),
        };
        // Revocation lists that a signer brings along prove nothing that others would not.
        data.optional(context(1))?;
        let mut signers = data.expect(SET, "signers")?.inside();
        data.end("nothing behind the signers")?;
        if signers.is_empty() {
            return Err(Fault::new(Reason::SignerCount, "there is none"));
        }
        let signer = SignerInfo::read(&mut signers)?;
        if !signers.is_empty() {
            return Err(Fault::new(Reason::SignerCount, "there are several"));
        }
        Ok(Self { content_type, content: value, certificates, signer })
    }

    /// The certificate that the signer names.
    pub(crate) fn signer_certificate(&self) -> Result<Certificate<'a>, Fault> {
        find(&self.certificates, &self.signer.id)
    }
}

/// The certificate among `certificates` that `id` names.
pub(crate) fn find<'a>(certificates: &[&'a [u8]], id: &SignerId<'_>) -> Result<Certificate<'a>, Fault> {
    for raw in certificates {
        // One that cannot be read is not the signer's; if it were, the signer is missing.
        if let Ok(certificate) = Certificate::read(raw)
            && id.names(&certificate)
        {
            return Ok(certificate);
        }
    }
    Err(Fault::new(Reason::SignerMissing, id.to_string()))
}

fn certificates(mut set: Reader<'_>) -> Result<Vec<&[u8]>, Fault> {
    let mut certificates = Vec::new();
    while !set.is_empty() {
        let element = set.element()?;
        // Attribute certificates and other forms ([0] to [3]) are nobody's who signs code.
        if element.tag != der::SEQUENCE {
            continue;
        }
        if certificates.len() == CERTIFICATES_MAX {
            return Err(Fault::new(Reason::TooLarge, format!("more than {CERTIFICATES_MAX} certificates")));
        }
        certificates.push(element.raw);
    }
    Ok(certificates)
}
