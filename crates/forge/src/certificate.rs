//! Certificates, right or wrong.

use jiff::Timestamp;

use crate::der::{bits, context, integer, octets, oid, sequence, set, time, tlv, utf8};
use crate::key::{Digest, Key, pem};

/// codeSigning.
pub const CODE_SIGNING: &str = "1.3.6.1.5.5.7.3.3";
/// timeStamping.
pub const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

/// What a certificate will say.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Common name.
    pub name: String,
    /// Organization.
    pub organization: Option<String>,
    /// Serial number.
    pub serial: u64,
    /// Begin of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// Purposes; none leaves the extension out.
    pub purposes: Option<Vec<String>>,
    /// Whether purposes are marked critical.
    pub purposes_critical: bool,
    /// First byte of KeyUsage; none leaves the extension out.
    pub key_usage: Option<u8>,
    /// Whether it is an authority's.
    pub is_authority: bool,
    /// A public key in the place of its own.
    pub spki: Option<Vec<u8>>,
    /// An extension that nobody knows, marked critical.
    pub unknown_critical: bool,
    /// Policies, marked critical.
    pub critical_policies: bool,
    /// Length of an extension that says nothing.
    pub ballast: usize,
    /// Addresses of lists that may take it back.
    pub lists: Vec<String>,
    /// With what its issuer signs; none is for the digest of its key.
    pub digest: Option<Digest>,
}

impl Draft {
    /// For a signer of code: 2024 to 2030.
    pub fn signer(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            organization: Some("Forged Corporation".to_owned()),
            serial: 1000,
            not_before: at("2024-01-01T00:00:00Z"),
            not_after: at("2030-01-01T00:00:00Z"),
            purposes: Some(vec![CODE_SIGNING.to_owned()]),
            purposes_critical: false,
            key_usage: Some(0x80),
            is_authority: false,
            spki: None,
            unknown_critical: false,
            critical_policies: false,
            ballast: 0,
            lists: Vec::new(),
            digest: None,
        }
    }

    /// For a time-stamp authority: 2020 to 2040.
    pub fn time_stamper(name: &str) -> Self {
        Self {
            not_before: at("2020-01-01T00:00:00Z"),
            not_after: at("2040-01-01T00:00:00Z"),
            purposes: Some(vec![TIME_STAMPING.to_owned()]),
            purposes_critical: true,
            ..Self::signer(name)
        }
    }

    /// For an authority: 2000 to 2049.
    pub fn authority(name: &str) -> Self {
        Self {
            not_before: at("2000-01-01T00:00:00Z"),
            not_after: at("2049-01-01T00:00:00Z"),
            purposes: None,
            key_usage: Some(0x06),
            is_authority: true,
            ..Self::signer(name)
        }
    }

    /// The same, valid for another time.
    pub fn valid(mut self, from: &str, to: &str) -> Self {
        (self.not_before, self.not_after) = (at(from), at(to));
        self
    }

    /// The same, with other purposes.
    pub fn purposes(mut self, purposes: &[&str]) -> Self {
        self.purposes = Some(purposes.iter().map(|purpose| (*purpose).to_owned()).collect());
        self
    }
}

/// A point in time, written out.
pub fn at(text: &str) -> Timestamp {
    text.parse().expect("this is a point in time")
}

/// Somebody with a key and a certificate.
#[derive(Debug)]
pub struct Identity {
    /// The key.
    pub key: Key,
    /// The certificate.
    pub certificate: Vec<u8>,
    /// Name of the issuer, as it stands in the certificate.
    pub issuer: Vec<u8>,
    /// Serial number.
    pub serial: u64,
    /// Certificates up to the root, which is left out.
    pub chain: Vec<Vec<u8>>,
}

/// Somebody who issues certificates.
#[derive(Debug)]
pub struct Authority {
    /// Key and certificate.
    pub identity: Identity,
    name: Vec<u8>,
    is_root: bool,
}

impl Authority {
    /// A root.
    pub fn root(name: &str) -> Self {
        Self::root_with(Key::p256(), &Draft { serial: 1, ..Draft::authority(name) })
    }

    /// A root as drafted.
    pub fn root_with(key: Key, draft: &Draft) -> Self {
        let subject = name(draft);
        let certificate = certificate(draft, &subject, &key, &key.spki());
        let identity = Identity { certificate, issuer: subject.clone(), serial: draft.serial, chain: Vec::new(), key };
        Self { identity, name: subject, is_root: true }
    }

    /// An authority below this one.
    pub fn authority(&self, draft: &Draft) -> Self {
        Self { identity: self.issue(Key::p256(), draft), name: name(draft), is_root: false }
    }

    /// A certificate for a new key.
    pub fn identity(&self, draft: &Draft) -> Identity {
        self.issue(Key::p256(), draft)
    }

    /// A certificate for this key.
    pub fn issue(&self, key: Key, draft: &Draft) -> Identity {
        let spki = draft.spki.clone().unwrap_or_else(|| key.spki());
        let certificate = certificate(draft, &self.name, &self.identity.key, &spki);
        let mut chain = Vec::new();
        if !self.is_root {
            chain.push(self.identity.certificate.clone());
            chain.extend(self.identity.chain.iter().cloned());
        }
        Identity { key, certificate, issuer: self.name.clone(), serial: draft.serial, chain }
    }

    /// Its name, as certificates carry it.
    pub fn name(&self) -> &[u8] {
        &self.name
    }
}

impl Identity {
    /// Certificate and chain as PEM.
    pub fn pem(&self) -> String {
        let all = std::iter::once(&self.certificate).chain(&self.chain);
        all.map(|der| pem("CERTIFICATE", der)).collect()
    }
}

fn name(draft: &Draft) -> Vec<u8> {
    let attribute = |kind: &str, text: &str| set(&[&sequence(&[&oid(kind), &utf8(text)])]);
    let organization = draft.organization.as_deref().map(|text| attribute("2.5.4.10", text)).unwrap_or_default();
    sequence(&[&organization, &attribute("2.5.4.3", &draft.name)])
}

fn certificate(draft: &Draft, issuer: &[u8], issuer_key: &Key, spki: &[u8]) -> Vec<u8> {
    let digest = draft.digest.unwrap_or_else(|| issuer_key.digest());
    let algorithm = issuer_key.signature_identifier(digest);
    let body = sequence(&[
        &context(0, &integer(2)),
        &integer(draft.serial),
        &algorithm,
        issuer,
        &sequence(&[&time(draft.not_before), &time(draft.not_after)]),
        &name(draft),
        spki,
        &context(3, &extensions(draft, spki)),
    ]);
    let signature = issuer_key.sign(digest, &body);
    sequence(&[&body, &algorithm, &bits(&signature)])
}

fn extensions(draft: &Draft, spki: &[u8]) -> Vec<u8> {
    let extension = |kind: &str, critical: bool, value: &[u8]| {
        let critical = if critical { tlv(0x01, &[0xff]) } else { Vec::new() };
        sequence(&[&oid(kind), &critical, &octets(value)])
    };
    let mut all = vec![extension("2.5.29.14", false, &octets(&Digest::Sha1.of(spki)))];
    if draft.is_authority {
        all.push(extension("2.5.29.19", true, &sequence(&[&tlv(0x01, &[0xff])])));
    }
    if let Some(usage) = draft.key_usage {
        let unused = usage.trailing_zeros() as u8;
        all.push(extension("2.5.29.15", true, &tlv(0x03, &[unused, usage])));
    }
    if let Some(purposes) = &draft.purposes {
        let purposes: Vec<u8> = purposes.iter().flat_map(|purpose| oid(purpose)).collect();
        all.push(extension("2.5.29.37", draft.purposes_critical, &tlv(0x30, &purposes)));
    }
    if draft.unknown_critical {
        all.push(extension("1.3.6.1.4.1.99999.1", true, &octets(b"?")));
    }
    if draft.critical_policies {
        // anyPolicy.
        all.push(extension("2.5.29.32", true, &sequence(&[&sequence(&[&oid("2.5.29.32.0")])])));
    }
    if !draft.lists.is_empty() {
        let point = |address: &String| sequence(&[&context(0, &context(0, &tlv(0x86, address.as_bytes())))]);
        let points: Vec<u8> = draft.lists.iter().flat_map(point).collect();
        all.push(extension("2.5.29.31", false, &tlv(0x30, &points)));
    }
    if draft.ballast > 0 {
        all.push(extension("1.3.6.1.4.1.99999.4", false, &vec![7; draft.ballast]));
    }
    tlv(0x30, &all.concat())
}
