//! X.509 certificates (RFC 5280), as far as publishers and their policy need them; paths are built by `webpki`.

use model::{Sha256, Timestamp};

use crate::algorithm::DigestAlgorithm;
use crate::der::{self, BOOLEAN, INTEGER, Malformed, Oid, Reader, context};
use crate::fault::Fault;
use crate::limits::{CERTIFICATE_BYTES_MAX, EXTENSIONS_MAX, SERIAL_BYTES_MAX};
use crate::name::Name;
use crate::oid;
use crate::reason::Reason;
use crate::time;

/// What a certificate says, borrowed from its bytes.
#[derive(Clone)]
pub(crate) struct Certificate<'a> {
    /// The whole of it.
    pub(crate) raw: &'a [u8],
    /// What its issuer signed, with tag and length.
    pub(crate) body: &'a [u8],
    /// The content of the identifier of the signature's algorithm.
    pub(crate) algorithm: &'a [u8],
    pub(crate) signature: &'a [u8],
    pub(crate) serial: &'a [u8],
    pub(crate) issuer: Name<'a>,
    pub(crate) subject: Name<'a>,
    pub(crate) not_before: Timestamp,
    /// Never before `not_before`.
    pub(crate) not_after: Timestamp,
    /// `SubjectPublicKeyInfo`, with tag and length.
    pub(crate) spki: &'a [u8],
    /// Purposes, if the extension is there.
    pub(crate) purposes: Option<Vec<Oid<'a>>>,
    /// The bits of `KeyUsage`, first byte; none if the extension is not there.
    pub(crate) key_usage: Option<u8>,
    pub(crate) subject_key_id: Option<&'a [u8]>,
    /// Where lists are that may take it back, as the extension has it.
    pub(crate) distribution_points: Option<&'a [u8]>,
    /// Whether it is an authority's (`BasicConstraints`).
    pub(crate) is_authority: bool,
    /// The extensions that are marked critical.
    pub(crate) critical: Vec<Oid<'a>>,
}

impl<'a> Certificate<'a> {
    /// Reads a certificate that `raw` is, with nothing behind it.
    pub(crate) fn read(raw: &'a [u8]) -> Result<Self, Fault> {
        Self::parse(raw).map_err(|fault| fault.under(Reason::MalformedCertificate))
    }

    fn parse(raw: &'a [u8]) -> Result<Self, Fault> {
        if raw.len() > CERTIFICATE_BYTES_MAX {
            return Err(Fault::new(
                Reason::TooLarge,
                format!("a certificate of more than {CERTIFICATE_BYTES_MAX} bytes"),
            ));
        }
        let mut certificate = der::only(raw, der::SEQUENCE, "a certificate")?;
        let signed = certificate.expect(der::SEQUENCE, "the body of a certificate")?;
        let algorithm = certificate.expect(der::SEQUENCE, "the algorithm of a certificate's signature")?;
        let signature = certificate.bits("the signature of a certificate")?;
        certificate.end("nothing behind a certificate's signature")?;

        let mut body = signed.inside();
        body.optional(context(0))?;
        let serial = serial_number(&mut body)?;
        body.sequence("the algorithm of a certificate")?;
        let issuer = Name::read(&mut body)?;
        let mut validity = body.sequence("a validity")?;
        let (not_before, not_after) = (time::read(&mut validity)?, time::read(&mut validity)?);
        validity.end("nothing behind a validity")?;
        if not_before > not_after {
            return Err(Fault::new(Reason::MalformedCertificate, "its validity ends before it begins"));
        }
        let subject = Name::read(&mut body)?;
        let spki = body.expect(der::SEQUENCE, "a public key")?.raw;
        body.optional(der::context_primitive(1))?;
        body.optional(der::context_primitive(2))?;
        let mut read = Self {
            raw,
            body: signed.raw,
            algorithm: algorithm.content,
            signature,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            spki,
            purposes: None,
            key_usage: None,
            subject_key_id: None,
            distribution_points: None,
            is_authority: false,
            critical: Vec::new(),
        };
        if let Some(extensions) = body.optional(context(3))? {
            read.extensions(extensions.inside())?;
        }
        body.end("nothing behind the extensions")?;
        Ok(read)
    }

    fn extensions(&mut self, mut outer: Reader<'a>) -> Result<(), Fault> {
        let mut extensions = outer.sequence("extensions")?;
        outer.end("nothing behind the extensions")?;
        let mut seen = Vec::new();
        while !extensions.is_empty() {
            let extension = Extension::read(&mut extensions)?;
            if seen.contains(&extension.oid) || seen.len() == EXTENSIONS_MAX {
                return Err(Fault::new(
                    Reason::MalformedCertificate,
                    format!("extension {} once too often", extension.oid),
                ));
            }
            seen.push(extension.oid);
            if extension.critical {
                self.critical.push(extension.oid);
            }
            match extension.oid {
                oid::EXTENDED_KEY_USAGE => self.purposes = Some(purposes(extension.value)?),
                oid::BASIC_CONSTRAINTS => self.is_authority = is_authority(extension.value)?,
                oid::CRL_DISTRIBUTION_POINTS => self.distribution_points = Some(extension.value),
                oid::KEY_USAGE => self.key_usage = Some(key_usage(extension.value)?),
                oid::SUBJECT_KEY_ID => {
                    let mut value = Reader::new(extension.value);
                    self.subject_key_id = Some(key_id(value.octets("a key identifier")?)?);
                }
                // What else is critical, and the constraints of authorities, are webpki's to judge.
                _ => {}
            }
        }
        Ok(())
    }

    /// SHA-256 of the public key with its algorithm: what policies and chains name keys by.
    pub(crate) fn spki_sha256(&self) -> Sha256 {
        spki_sha256(self.spki)
    }

    /// Whether the certificate names this purpose. One without purposes names none.
    pub(crate) fn has_purpose(&self, wanted: Oid<'_>) -> bool {
        self.purposes.as_ref().is_some_and(|purposes| purposes.contains(&wanted))
    }

    /// Whether its key may sign: `digitalSignature`, or no `KeyUsage` at all.
    pub(crate) fn may_sign(&self) -> bool {
        self.key_usage.is_none_or(|bits| bits & 0x80 != 0)
    }
}

/// Reads a serial number.
pub(crate) fn serial_number<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    bounded(reader.expect(INTEGER, "a serial number")?.content, "a serial number of reasonable length")
}

/// The name of a key, which stands for a certificate as its serial number does.
pub(crate) fn key_id(bytes: &[u8]) -> Result<&[u8], Malformed> {
    bounded(bytes, "a key identifier of reasonable length")
}

fn bounded<'a>(bytes: &'a [u8], what: &'static str) -> Result<&'a [u8], Malformed> {
    if bytes.len() <= SERIAL_BYTES_MAX { Ok(bytes) } else { Err(Malformed(what)) }
}

/// SHA-256 of a `SubjectPublicKeyInfo`.
pub(crate) fn spki_sha256(spki: &[u8]) -> Sha256 {
    let digest = DigestAlgorithm::Sha256.digest(spki);
    Sha256::try_from(digest.as_ref()).unwrap_or(Sha256::new([0; 32]))
}

/// One extension of a certificate or a revocation list.
pub(crate) struct Extension<'a> {
    pub(crate) oid: Oid<'a>,
    pub(crate) critical: bool,
    pub(crate) value: &'a [u8],
}

impl<'a> Extension<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut extension = reader.sequence("an extension")?;
        let oid = extension.oid("the kind of an extension")?;
        let critical = match extension.optional(BOOLEAN)?.map(|element| element.content) {
            None => false,
            Some([0xff]) => true,
            // The default is not written out in DER, but some write it.
            Some([0]) => false,
            Some(_) => return Err(Fault::new(Reason::MalformedSignature, "whether an extension is critical")),
        };
        let value = extension.octets("the value of an extension")?;
        extension.end("nothing behind an extension")?;
        Ok(Self { oid, critical, value })
    }
}

fn purposes(value: &[u8]) -> Result<Vec<Oid<'_>>, Fault> {
    let mut list = der::only(value, der::SEQUENCE, "a list of purposes")?;
    let mut oids = Vec::new();
    while !list.is_empty() && oids.len() < EXTENSIONS_MAX {
        oids.push(list.oid("a purpose")?);
    }
    list.end("a list of purposes of reasonable length")?;
    Ok(oids)
}

fn key_usage(value: &[u8]) -> Result<u8, Fault> {
    let mut reader = Reader::new(value);
    let bits = reader.expect(der::BIT_STRING, "the usage of a key")?.content;
    reader.end("nothing behind the usage of a key")?;
    // The first byte counts the bits that are unused.
    Ok(bits.get(1).copied().unwrap_or(0))
}

fn is_authority(value: &[u8]) -> Result<bool, Fault> {
    let mut constraints = der::only(value, der::SEQUENCE, "basic constraints")?;
    Ok(constraints.optional(BOOLEAN)?.is_some_and(|element| element.content == [0xff]))
}

#[cfg(test)]
mod tests {
    use forge::{Authority, Draft};

    use super::*;

    fn reason(draft: &Draft) -> Option<Reason> {
        let identity = Authority::root("Root").identity(draft);
        Certificate::read(&identity.certificate).err().map(|fault| fault.reason)
    }

    #[test]
    fn a_certificate_ends_after_it_begins_and_within_reason() {
        let (early, late) = ("2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z");
        assert_eq!(reason(&Draft::signer("Forged").valid(early, late)), None);
        assert_eq!(reason(&Draft::signer("Forged").valid(early, early)), None);
        assert_eq!(reason(&Draft::signer("Forged").valid(late, early)), Some(Reason::MalformedCertificate));
        assert_eq!(reason(&Draft { ballast: CERTIFICATE_BYTES_MAX - 1000, ..Draft::signer("Forged") }), None);
        let long = Draft { ballast: CERTIFICATE_BYTES_MAX, ..Draft::signer("Forged") };
        assert_eq!(reason(&long), Some(Reason::TooLarge));
    }

    #[test]
    fn serial_numbers_and_names_of_keys_are_no_longer_than_they_are() {
        let serial = |length: usize| forge::der::tlv(INTEGER, &vec![1; length]);
        assert!(serial_number(&mut Reader::new(&serial(SERIAL_BYTES_MAX))).is_ok());
        assert!(serial_number(&mut Reader::new(&serial(SERIAL_BYTES_MAX + 1))).is_err());
        assert!(key_id(&[1; SERIAL_BYTES_MAX]).is_ok());
        assert!(key_id(&[1; SERIAL_BYTES_MAX + 1]).is_err());
    }
}
