use std::fmt;

use der::asn1::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use model::{Sha1, Sha256, Timestamp};
use rustls::pki_types::CertificateDer;
use trust::DigestBoth;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, SubjectAltName};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use crate::{Name, Validity, pem};

const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const EC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const RSA_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// Names of a certificate that are kept: a server has a few, and nobody reads more.
const NAMES_MAX: usize = 1_000;

/// A certificate, and what it says of itself. Nothing of it is believed by having been read.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: CertificateDer<'static>,
    /// Whom it is for, in the form of RFC 4514.
    pub subject: String,
    /// Who issued it, in the same form.
    pub issuer: String,
    /// The hosts it is for; names of other kinds are left out.
    pub names: Vec<Name>,
    /// From when to when it holds.
    pub validity: Validity,
    /// What kind of key it has.
    pub key: Key,
    /// It may issue others.
    pub is_authority: bool,
    /// It is its own issuer.
    pub is_own_issuer: bool,
    /// It may be a server's: `serverAuth` is among its purposes, or it names none.
    pub is_for_servers: bool,
    /// What people compare: the SHA-256 of all of it.
    pub sha256: Sha256,
    /// What Windows calls its thumbprint.
    pub sha1: Sha1,
    /// What pins name: the SHA-256 of its `SubjectPublicKeyInfo`.
    pub key_sha256: Sha256,
}

/// The key of a certificate, as people speak of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// ECDSA on P-256.
    EcdsaP256,
    /// ECDSA on P-384.
    EcdsaP384,
    /// RSA.
    Rsa,
    /// Another one.
    Other,
}

/// Bytes that are no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// They cannot be read.
    #[error("not an X.509 certificate: {0}")]
    Unreadable(der::Error),
    /// Its dates are none.
    #[error("a certificate whose dates no calendar has")]
    Dates,
}

impl From<der::Error> for CertificateError {
    fn from(error: der::Error) -> Self {
        Self::Unreadable(error)
    }
}

impl Certificate {
    /// Reads a certificate.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_der(der: CertificateDer<'static>) -> Result<Self, CertificateError> {
        let read = x509_cert::Certificate::from_der(&der)?.tbs_certificate;
        let time = |time: x509_cert::time::Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok();
            seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()).ok_or(CertificateError::Dates)
        };
        let purposes = read.get::<ExtendedKeyUsage>()?.map(|(_, usage)| usage.0);
        let (sha1, sha256) = digests(&der);
        Ok(Self {
            subject: read.subject.to_string(),
            issuer: read.issuer.to_string(),
            names: read.get::<SubjectAltName>()?.map_or_else(Vec::new, |(_, names)| hosts(&names)),
            validity: Validity {
                not_before: time(read.validity.not_before)?,
                not_after: time(read.validity.not_after)?,
            },
            key: Key::of(&read.subject_public_key_info),
            is_authority: read.get::<BasicConstraints>()?.is_some_and(|(_, constraints)| constraints.ca),
            is_own_issuer: read.subject == read.issuer,
            is_for_servers: purposes.is_none_or(|all| all.iter().any(|one| [SERVER_AUTH, ANY_PURPOSE].contains(one))),
            sha256,
            sha1,
            key_sha256: digests(&read.subject_public_key_info.to_der()?).1,
            der,
        })
    }

    /// All certificates in a PEM text, at least one.
    ///
    /// # Errors
    /// Says which one cannot be read.
    pub fn all_from_pem(text: &str) -> Result<Vec<Self>, crate::IdentityError> {
        let certificates = pem::certificates(text)?.into_iter().enumerate();
        certificates
            .map(|(number, der)| {
                Self::from_der(der).map_err(|source| crate::IdentityError::Certificate { number: number + 1, source })
            })
            .collect()
    }

    /// Its bytes.
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// As a PEM text.
    pub fn to_pem(&self) -> String {
        pem::write("CERTIFICATE", &self.der)
    }

    /// Its common name, or what of its subject there is.
    pub fn common_name(&self) -> &str {
        self.subject.split(',').find_map(|part| part.trim().strip_prefix("CN=")).unwrap_or(&self.subject)
    }
}

fn digests(bytes: &[u8]) -> (Sha1, Sha256) {
    let mut digest = DigestBoth::new();
    digest.update(bytes);
    let (sha1, sha256, _) = digest.finish();
    (sha1, sha256)
}

fn hosts(names: &SubjectAltName) -> Vec<Name> {
    let host = |name: &GeneralName| match name {
        GeneralName::DnsName(name) => name.as_str().parse().ok(),
        GeneralName::IpAddress(address) => match address.as_bytes() {
            four if four.len() == 4 => <[u8; 4]>::try_from(four).ok().map(|bytes| Name::Address(bytes.into())),
            all => <[u8; 16]>::try_from(all).ok().map(|bytes| Name::Address(bytes.into())),
        },
        _ => None,
    };
    names.0.iter().filter_map(host).take(NAMES_MAX).collect()
}

impl Key {
    fn of(key: &SubjectPublicKeyInfoOwned) -> Self {
        let curve = || key.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok();
        match key.algorithm.oid {
            RSA_KEY => Self::Rsa,
            EC_KEY if curve() == Some(P256) => Self::EcdsaP256,
            EC_KEY if curve() == Some(P384) => Self::EcdsaP384,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::EcdsaP256 => "ECDSA P-256",
            Self::EcdsaP384 => "ECDSA P-384",
            Self::Rsa => "RSA",
            Self::Other => "another key",
        })
    }
}

/// Short: what tells it from others.
impl fmt::Debug for Certificate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Certificate")
            .field("subject", &self.subject)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}
