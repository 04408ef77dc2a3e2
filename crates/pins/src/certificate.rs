//! What a server presented: said in an administrator's words, decided by nobody.

use std::fmt;

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{BasicConstraints, CrlDistributionPoints, ExtendedKeyUsage, SubjectAltName};

use crate::KeyId;

mod name;

pub use name::Name;

/// Addresses of lists that are heeded in one certificate.
const LISTS_MAX: usize = 8;
/// An address of a list.
const ADDRESS_CHARS_MAX: usize = 1_000;
/// Names of a certificate that are shown.
const NAMES_MAX: usize = 20;
/// "For servers": id-kp-serverAuth (RFC 5280, section 4.2.1.12), and "for anything".
const SERVER_AUTH: [&str; 2] = ["1.3.6.1.5.5.7.3.1", "2.5.29.37.0"];

/// A certificate as it is shown. Only names and dates that its issuer wrote: nothing here was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Whose it is.
    pub subject: Name,
    /// Who says he issued it.
    pub issuer: Name,
    /// Its key.
    pub key: KeyId,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// The hosts it is for; the first twenty.
    pub hosts: Vec<String>,
    /// It may issue others.
    pub is_authority: bool,
    /// Its purposes, if it names any, have that of a server among them.
    pub is_for_servers: bool,
    /// Where its issuer says which of his certificates are revoked (RFC 5280, section 4.2.1.13).
    pub lists: Vec<String>,
}

/// Certificates in the order in which a server sent them, its own first; what cannot be read is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presented(pub Vec<Certificate>);

impl Certificate {
    /// Reads one; `None` for what is none.
    pub fn read(der: &[u8]) -> Option<Self> {
        let tbs = x509_cert::Certificate::from_der(der).ok()?.tbs_certificate;
        let time = |time: x509_cert::time::Time| Timestamp::from_second(seconds(time)?).ok();
        let (lists, alternative) = (tbs.get::<CrlDistributionPoints>(), tbs.get::<SubjectAltName>());
        let (constraints, purposes) = (tbs.get::<BasicConstraints>(), tbs.get::<ExtendedKeyUsage>());
        let is_for_servers = match purposes {
            Ok(Some((_, purposes))) => purposes.0.iter().any(|oid| SERVER_AUTH.contains(&oid.to_string().as_str())),
            Ok(None) => true,
            Err(_) => false,
        };
        Some(Self {
            subject: Name::read(&tbs.subject),
            issuer: Name::read(&tbs.issuer),
            key: KeyId::of(&tbs.subject_public_key_info.to_der().ok()?),
            not_before: time(tbs.validity.not_before)?,
            not_after: time(tbs.validity.not_after)?,
            hosts: alternative.ok().flatten().map(|(_, names)| hosts(&names)).unwrap_or_default(),
            is_authority: constraints.ok().flatten().is_some_and(|(_, constraints)| constraints.ca),
            is_for_servers,
            lists: lists.ok().flatten().map(|(_, points)| addresses(&points)).unwrap_or_default(),
        })
    }
}

impl Presented {
    /// What was presented, the server's own certificate first.
    pub fn read(own: &[u8], others: &[CertificateDer<'_>]) -> Self {
        let all = std::iter::once(own).chain(others.iter().map(AsRef::as_ref));
        Self(all.filter_map(Certificate::read).collect())
    }

    /// The server's own.
    pub fn own(&self) -> Option<&Certificate> {
        self.0.first()
    }

    /// That of the authority that says it issued the server's own, if it was presented as well.
    pub fn issuer(&self) -> Option<&Certificate> {
        let own = self.own()?;
        self.0.iter().find(|one| one.is_authority && one.subject == own.issuer)
    }

    /// The key to pin for who trusts what was presented: the issuing authority's, which outlives the server's certificate;
    /// the server's own if it presented no authority.
    pub fn key_to_pin(&self) -> Option<KeyId> {
        self.issuer().or(self.own()).map(|certificate| certificate.key)
    }
}

impl fmt::Display for Presented {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(own) = self.own() else { return out.write_str("nothing that can be read") };
        write!(out, "{} ({}), issued by {}", own.subject, own.key.short(), own.issuer)?;
        match self.issuer() {
            Some(issuer) => write!(out, " ({})", issuer.key.short()),
            None if own.subject == own.issuer => out.write_str(" itself"),
            None => out.write_str(", which was not sent along"),
        }
    }
}

fn seconds(time: x509_cert::time::Time) -> Option<i64> {
    i64::try_from(time.to_unix_duration().as_secs()).ok()
}

fn hosts(names: &SubjectAltName) -> Vec<String> {
    let host = |name: &GeneralName| match name {
        GeneralName::DnsName(name) => Some(name::shown(name.as_str())),
        GeneralName::IpAddress(bytes) => name::address(bytes.as_bytes()),
        _ => None,
    };
    names.0.iter().filter_map(host).take(NAMES_MAX).collect()
}

fn addresses(points: &CrlDistributionPoints) -> Vec<String> {
    let names = points.0.iter().filter_map(|point| match &point.distribution_point {
        Some(DistributionPointName::FullName(names)) => Some(names),
        _ => None,
    });
    let address = |name: &GeneralName| match name {
        GeneralName::UniformResourceIdentifier(address) if address.as_str().len() <= ADDRESS_CHARS_MAX => {
            Some(address.as_str().to_owned())
        }
        _ => None,
    };
    names.flatten().filter_map(address).take(LISTS_MAX).collect()
}
