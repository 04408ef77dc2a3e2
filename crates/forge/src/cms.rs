//! Signed data, right or wrong.

use jiff::Timestamp;

use crate::certificate::Identity;
use crate::der::{context, integer, octets, oid, sequence, set, tlv};
use crate::key::{Digest, Key};
use crate::timestamp;

/// `SPC_INDIRECT_DATA`.
pub const INDIRECT_DATA: &str = "1.3.6.1.4.1.311.2.1.4";
/// A trust list, which a catalog is.
pub const TRUST_LIST: &str = "1.3.6.1.4.1.311.10.1";
/// A nested signature.
const NESTED: &str = "1.3.6.1.4.1.311.2.4.1";

/// Who says when something was signed, and how.
#[derive(Clone, Copy, Debug)]
pub enum Attestation<'a> {
    /// A token of RFC 3161.
    Token(&'a Identity, Timestamp),
    /// A countersignature of PKCS #9.
    Countersignature(&'a Identity, Timestamp),
    /// A token about something else.
    OtherImprint(&'a Identity, Timestamp),
    /// A token whose signature is wrong.
    WrongSignature(&'a Identity, Timestamp),
    /// Two tokens.
    Twice(&'a Identity, Timestamp),
    /// A token with an unsigned attribute.
    Unsigned(&'a Identity, Timestamp),
    /// A token with so many attribute certificates: those of Microsoft's authorities have one.
    AttributeCertificates(&'a Identity, Timestamp, usize),
    /// A countersignature with an unsigned attribute.
    UnsignedCountersignature(&'a Identity, Timestamp),
    /// Bytes that are no token.
    Garbage,
}

/// One thing that is wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A bit of the signature is other than it should be.
    Signature,
    /// messageDigest is of something else.
    MessageDigest,
    /// The content type that is signed is another.
    ContentTypeAttribute,
    /// The content is of another type.
    ContentType,
    /// There is no messageDigest.
    NoMessageDigest,
    /// An attribute is there twice.
    AttributeTwice,
    /// There are no signed attributes.
    NoSignedAttributes,
    /// The signer's certificate is left out.
    NoCertificate,
    /// There is no signer.
    NoSigner,
    /// There are two signers.
    TwoSigners,
    /// An unsigned attribute that nobody knows.
    UnknownAttribute,
    /// The digest algorithm is MD5.
    Md5,
    /// Digest and signature name different algorithms.
    AlgorithmsDiffer,
    /// Lengths are indefinite, as BER allows.
    Ber,
    /// A byte follows the structure, within it.
    TrailingByte,
    /// A messageDigest of 64 KiB.
    HugeAttribute,
    /// More certificates than anybody needs.
    ManyCertificates,
    /// Revocation lists beside the certificates.
    RevocationLists,
    /// A digest algorithm that the signer does not use, beside the one it does.
    OtherDigest,
    /// Something that is no certificate among the certificates.
    NoCertificateAmong,
    /// A version that takes six bytes.
    LongVersion,
    /// What was signed stands there as text.
    ContentTag,
    /// The digest of the file has another length than its algorithm.
    DigestLength,
    /// The digest of the file is of something else.
    FileDigest,
    /// The digest of a page is of something else.
    Page,
    /// The table of pages lacks its end.
    PageMissing,
    /// The table of pages has 7 MiB, whatever the image.
    ManyPages,
    /// The digest of names, sizes and dates is of something else.
    Metadata,
}

/// How something is signed.
#[derive(Clone, Debug)]
pub struct Signing<'a> {
    /// By whom.
    pub signer: &'a Identity,
    /// With what digest, of the file and of the attributes.
    pub digest: Digest,
    /// Who says when.
    pub stamp: Option<Attestation<'a>>,
    /// Signatures within, each over the same file.
    pub nested: Vec<Signing<'a>>,
    /// What is wrong with it.
    pub flaw: Option<Flaw>,
}

impl<'a> Signing<'a> {
    /// By this signer, with the digest of its key, and nothing else.
    pub fn by(signer: &'a Identity) -> Self {
        Self { signer, digest: signer.key.digest(), stamp: None, nested: Vec::new(), flaw: None }
    }

    /// The same, with a timestamp.
    pub fn stamped(mut self, stamp: Attestation<'a>) -> Self {
        self.stamp = Some(stamp);
        self
    }

    /// The same, with a signature within.
    pub fn with(mut self, nested: Signing<'a>) -> Self {
        self.nested.push(nested);
        self
    }

    /// The same, with something wrong.
    pub fn flawed(mut self, flaw: Flaw) -> Self {
        self.flaw = Some(flaw);
        self
    }

    /// The same, with another digest.
    pub fn digest(mut self, digest: Digest) -> Self {
        self.digest = digest;
        self
    }

    /// Signs what `content` makes for a digest: the element that is signed, with its tag.
    pub fn sign(&self, content_type: &str, content: &dyn Fn(Digest) -> Vec<u8>) -> Vec<u8> {
        let element = content(self.digest);
        let value = value_of(&element);
        let flaw = |flaw| self.flaw == Some(flaw);
        let signed_type = if flaw(Flaw::ContentTypeAttribute) { "1.2.840.113549.1.7.1" } else { content_type };
        let digested = if flaw(Flaw::MessageDigest) { b"something else".as_slice() } else { value };
        let mut attributes = vec![attribute("1.2.840.113549.1.9.3", &oid(signed_type))];
        if flaw(Flaw::HugeAttribute) {
            attributes.push(attribute("1.2.840.113549.1.9.4", &octets(&[7; 65_536])));
        } else if !flaw(Flaw::NoMessageDigest) {
            attributes.push(attribute("1.2.840.113549.1.9.4", &octets(&self.digest.of(digested))));
        }
        if flaw(Flaw::AttributeTwice) {
            attributes.push(attribute("1.2.840.113549.1.9.3", &oid(signed_type)));
        }
        let parts: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
        let attributes = set(&parts);
        let mut signature = self.signer.key.sign(self.digest, &attributes);
        if flaw(Flaw::Signature) {
            // The middle of a number, so that what is wrong is the signature and not its form.
            let middle = signature.len() / 2;
            signature[middle] ^= 1;
        }
        let unsigned = self.unsigned(&signature, content_type, content);
        let info = self.signer_info(&attributes, &signature, &unsigned);
        self.wrap(content_type, &element, &info)
    }

    fn unsigned(&self, signature: &[u8], content_type: &str, content: &dyn Fn(Digest) -> Vec<u8>) -> Vec<u8> {
        let mut all = Vec::new();
        if let Some(stamp) = self.stamp {
            all.push(timestamp::attest(stamp, signature));
        }
        if !self.nested.is_empty() {
            let nested: Vec<Vec<u8>> = self.nested.iter().map(|nested| nested.sign(content_type, content)).collect();
            let nested: Vec<&[u8]> = nested.iter().map(Vec::as_slice).collect();
            all.push(sequence(&[&oid(NESTED), &tlv(0x31, &nested.concat())]));
        }
        if self.flaw == Some(Flaw::UnknownAttribute) {
            all.push(attribute("1.3.6.1.4.1.99999.2", &octets(b"a payload that nobody signed")));
        }
        if all.is_empty() { Vec::new() } else { context(1, &all.concat()) }
    }

    fn signer_info(&self, attributes: &[u8], signature: &[u8], unsigned: &[u8]) -> Vec<u8> {
        let mut digest = self.digest.identifier();
        let mut algorithm = self.signer.key.signature_identifier(self.digest);
        match self.flaw {
            Some(Flaw::Md5) => digest = sequence(&[&oid("1.2.840.113549.2.5"), &crate::der::null()]),
            Some(Flaw::AlgorithmsDiffer) => algorithm = Key::p384().signature_identifier(Digest::Sha384),
            _ => {}
        }
        let mut signed = attributes.to_vec();
        signed[0] = 0xa0;
        if self.flaw == Some(Flaw::NoSignedAttributes) {
            signed.clear();
        }
        info(self.signer, &digest, &signed, &algorithm, signature, unsigned)
    }

    fn wrap(&self, content_type: &str, element: &[u8], info: &[u8]) -> Vec<u8> {
        let content_type = if self.flaw == Some(Flaw::ContentType) { "1.2.840.113549.1.7.1" } else { content_type };
        let mut certificates = Vec::new();
        if self.flaw != Some(Flaw::NoCertificate) {
            certificates.push(self.signer.certificate.clone());
        }
        certificates.extend(self.signer.chain.iter().cloned());
        if let Some(Attestation::Countersignature(authority, _) | Attestation::UnsignedCountersignature(authority, _)) =
            self.stamp
        {
            certificates.push(authority.certificate.clone());
            certificates.extend(authority.chain.iter().cloned());
        }
        if self.flaw == Some(Flaw::ManyCertificates) {
            certificates.extend(std::iter::repeat_n(self.signer.certificate.clone(), 40));
        }
        let infos = match self.flaw {
            Some(Flaw::NoSigner) => Vec::new(),
            Some(Flaw::TwoSigners) => [info, info].concat(),
            _ => info.to_vec(),
        };
        let mut digests = self.digest.identifier();
        let mut element = element.to_vec();
        match self.flaw {
            Some(Flaw::NoCertificateAmong) => certificates.push(context(1, b"a payload that nobody signed")),
            Some(Flaw::OtherDigest) => digests.extend(sequence(&[&oid("1.3.6.1.4.1.99999.5")])),
            Some(Flaw::ContentTag) => element[0] = 0x0c,
            _ => {}
        }
        let lists = match self.flaw {
            Some(Flaw::RevocationLists) => context(1, &sequence(&[&octets(b"a payload that nobody signed")])),
            _ => Vec::new(),
        };
        let version = if self.flaw == Some(Flaw::LongVersion) { 1 << 40 } else { 1 };
        let mut bytes = signed_data_with(version, content_type, &element, &digests, &certificates, &lists, &infos);
        match self.flaw {
            Some(Flaw::Ber) => bytes = indefinite(&bytes),
            Some(Flaw::TrailingByte) => bytes = tlv(0x30, &[value_of(&bytes), &[0]].concat()),
            _ => {}
        }
        bytes
    }
}

/// `SignerInfo`.
pub(crate) fn info(
    signer: &Identity,
    digest: &[u8],
    signed: &[u8],
    algorithm: &[u8],
    signature: &[u8],
    unsigned: &[u8],
) -> Vec<u8> {
    let id = sequence(&[&signer.issuer, &integer(signer.serial)]);
    sequence(&[&integer(1), &id, digest, signed, algorithm, &octets(signature), unsigned])
}

/// `ContentInfo` of `SignedData`.
pub(crate) fn signed_data(
    content_type: &str,
    element: &[u8],
    digest: &[u8],
    certificates: &[Vec<u8>],
    infos: &[u8],
) -> Vec<u8> {
    signed_data_with(1, content_type, element, digest, certificates, &[], infos)
}

/// The same with a version, several digests and what stands beside the certificates.
fn signed_data_with(
    version: u64,
    content_type: &str,
    element: &[u8],
    digests: &[u8],
    certificates: &[Vec<u8>],
    lists: &[u8],
    infos: &[u8],
) -> Vec<u8> {
    let content = sequence(&[&oid(content_type), &context(0, element)]);
    let certificates = context(0, &certificates.concat());
    let data = sequence(&[&integer(version), &tlv(0x31, digests), &content, &certificates, lists, &tlv(0x31, infos)]);
    sequence(&[&oid("1.2.840.113549.1.7.2"), &context(0, &data)])
}

/// An attribute of one value.
pub fn attribute(kind: &str, value: &[u8]) -> Vec<u8> {
    sequence(&[&oid(kind), &tlv(0x31, value)])
}

/// The content of an element.
pub fn value_of(element: &[u8]) -> &[u8] {
    let head = if element[1] < 0x80 { 2 } else { 2 + usize::from(element[1] & 0x7f) };
    &element[head..]
}

/// `SpcIndirectDataContent`.
pub fn indirect_data(kind: &str, value: &[u8], digest: Digest, of_file: &[u8]) -> Vec<u8> {
    let info = sequence(&[&digest.identifier(), &octets(of_file)]);
    sequence(&[&sequence(&[&oid(kind), value]), &info])
}

/// The same with an indefinite length outside.
fn indefinite(bytes: &[u8]) -> Vec<u8> {
    [&[0x30, 0x80], value_of(bytes), &[0, 0]].concat()
}
