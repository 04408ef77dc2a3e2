//! The signer of signed data: who, what was signed, and whether the signature is right.

use std::fmt;

use crate::algorithm::DigestAlgorithm;
use crate::certificate::{Certificate, key_id, serial_number};
use crate::cms::{self, Attributes};
use crate::der::{OCTET_STRING, Oid, Reader, SEQUENCE, context, context_primitive};
use crate::fault::Fault;
use crate::key::{PublicKey, signature_digest};
use crate::name::Name;
use crate::oid;
use crate::reason::Reason;

/// `SignerInfo` (RFC 5652 5.3).
pub(crate) struct SignerInfo<'a> {
    pub(crate) id: SignerId<'a>,
    pub(crate) digest: DigestAlgorithm,
    /// Signed attributes as they stood, with the tag they have there.
    signed_raw: &'a [u8],
    pub(crate) signed: Attributes<'a>,
    /// What a timestamp is about.
    pub(crate) signature: &'a [u8],
    pub(crate) unsigned: Attributes<'a>,
}

/// How a signer names its certificate.
pub(crate) enum SignerId<'a> {
    IssuerAndSerial { issuer: Name<'a>, serial: &'a [u8] },
    KeyId(&'a [u8]),
}

impl SignerId<'_> {
    /// Whether this certificate is meant.
    pub(crate) fn names(&self, certificate: &Certificate<'_>) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => certificate.issuer == *issuer && certificate.serial == *serial,
            Self::KeyId(id) => certificate.subject_key_id == Some(id),
        }
    }
}

impl fmt::Display for SignerId<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                write!(out, "serial {} of {}", hex::encode(serial), issuer.shown())
            }
            Self::KeyId(id) => write!(out, "key {}", hex::encode(id)),
        }
    }
}

impl<'a> SignerInfo<'a> {
    /// Reads a signer.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut signer = reader.sequence("a signer")?;
        cms::version(&mut signer, "the version of a signer")?;
        let id = signer_id(&mut signer)?;
        let digest = DigestAlgorithm::read(&mut signer)?;
        let signed = signer.expect(context(0), "signed attributes")?;
        let named = signature_digest(signer.sequence("the algorithm of a signature")?)?;
        let signature = signer.expect(OCTET_STRING, "a signature")?.content;
        let unsigned = signer.optional(context(1))?;
        signer.end("nothing behind a signer")?;
        if named.is_some_and(|named| named != digest) {
            return Err(Fault::new(Reason::AttributesInvalid, "digest and signature name different algorithms"));
        }
        Ok(Self {
            id,
            digest,
            signed_raw: signed.raw,
            signed: Attributes::read(signed.inside())?,
            signature,
            unsigned: unsigned.map(|set| Attributes::read(set.inside())).transpose()?.unwrap_or_default(),
        })
    }

    /// Verifies that the owner of `certificate` signed `content` as being of `content_type`; none is for a
    /// countersignature, which may leave out its type, or says that it is over data.
    pub(crate) fn verify(
        &self,
        certificate: &Certificate<'_>,
        content_type: Option<Oid<'_>>,
        content: &[u8],
    ) -> Result<(), Fault> {
        if content_type.is_some() || !self.signed.values(oid::CONTENT_TYPE).is_empty() {
            let mut signed_type = Reader::new(self.signed.one(oid::CONTENT_TYPE)?.raw);
            if signed_type.oid("a content type")? != content_type.unwrap_or(oid::DATA) {
                return Err(Fault::new(Reason::ContentTypeMismatch, "the signed attributes name another type"));
            }
        }
        let mut digest = Reader::new(self.signed.one(oid::MESSAGE_DIGEST)?.raw);
        if !self.digest.matches(content, digest.octets("a message digest")?) {
            return Err(Fault::new(Reason::MessageDigestMismatch, ""));
        }
        // Signed are the attributes as a SET, though they stand there as [0] (RFC 5652 5.4).
        let mut message = self.signed_raw.to_vec();
        if let Some(tag) = message.first_mut() {
            *tag = crate::der::SET;
        }
        let key = PublicKey::read(certificate.spki).map_err(|fault| fault.under(Reason::MalformedCertificate))?;
        key.verify(self.digest, &message, self.signature)
    }
}

fn signer_id<'a>(signer: &mut Reader<'a>) -> Result<SignerId<'a>, Fault> {
    if let Some(id) = signer.optional(context_primitive(0))? {
        return Ok(SignerId::KeyId(key_id(id.content)?));
    }
    let mut pair = signer.expect(SEQUENCE, "the name of a signer's certificate")?.inside();
    let issuer = Name::read(&mut pair)?;
    let serial = serial_number(&mut pair)?;
    pair.end("nothing behind a serial number")?;
    Ok(SignerId::IssuerAndSerial { issuer, serial })
}
