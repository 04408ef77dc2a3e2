//! Paths from a signer's certificate to a root, built by `webpki` at a given time.
//!
//! Microsoft's authorities carry no purposes, so that a purpose is asked for only where some are named; that the
//! signer's own certificate names it is checked beside (`judge`).

mod bridge;

use std::collections::VecDeque;
use std::time::Duration;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use model::{Sha256, Timestamp};
use pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, TrustAnchor, UnixTime,
    alg_id,
};
use webpki::{EndEntityCert, Error, KeyUsage, VerifiedPath, aws_lc_rs as algorithms};

use crate::certificate::{Certificate, spki_sha256};
use crate::der::Oid;
use crate::fault::Fault;
use crate::limits::{CERTIFICATES_MAX, PATH_AUTHORITIES_MAX, PATH_NAMESAKES_MAX};
use crate::reason::Reason;

/// Roots for one use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Anchors {
    anchors: Vec<TrustAnchor<'static>>,
    roots: Vec<bridge::Root>,
}

/// A verified path.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// SHA-256 of each public key, the signer's first, the root's last.
    pub(crate) keys: Vec<Sha256>,
    /// The certificates without the root, the signer's first.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// The root's public key with its algorithm.
    pub(crate) root_spki: Vec<u8>,
}

impl Path {
    /// The key of whoever issued the signer's certificate.
    pub(crate) fn issuer(&self) -> Option<Sha256> {
        self.keys.get(1).copied()
    }

    /// The key of the root.
    pub(crate) fn root(&self) -> Option<Sha256> {
        self.keys.last().copied()
    }

    /// Each certificate, the signer's first, with the key that signed it (`SubjectPublicKeyInfo`).
    pub(crate) fn signed(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        let keys =
            self.certificates.iter().skip(1).map(|issuer| Certificate::read(issuer).ok().map(|issuer| issuer.spki));
        let keys = keys.chain([Some(self.root_spki.as_slice())]);
        self.certificates.iter().map(Vec::as_slice).zip(keys)
    }
}

/// Which signatures of certificates count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strength {
    /// SHA-256 and better.
    Current,
    /// SHA-1 as well: only to tell an old signature beside a newer one from a foreign one.
    Legacy,
}

impl Anchors {
    /// Takes a root certificate in.
    pub(crate) fn add(&mut self, certificate: &[u8]) -> Result<(), Error> {
        let der = CertificateDer::from(certificate);
        let anchor = webpki::anchor_from_trusted_cert(&der)?.to_owned();
        self.anchors.push(anchor);
        if let Ok(read) = Certificate::read(certificate) {
            self.roots.push(bridge::Root { subject: read.subject.raw.to_vec(), spki: read.spki.to_vec() });
        }
        Ok(())
    }

    /// Builds a path from `leaf` through `pool` to one of these roots, valid at `at`.
    pub(crate) fn path(
        &self,
        leaf: &[u8],
        pool: &[Vec<u8>],
        at: Timestamp,
        purpose: Oid<'static>,
        strength: Strength,
    ) -> Result<Path, Fault> {
        let straight = build(&self.anchors, leaf, pool, at, purpose, strength);
        straight.or_else(|fault| self.bridged(leaf, pool, at, purpose).ok_or(fault))
    }

    /// The same through an authority that is verified here, directly above: see [`bridge`].
    fn bridged(&self, leaf: &[u8], pool: &[Vec<u8>], at: Timestamp, purpose: Oid<'static>) -> Option<Path> {
        let issuer = Certificate::read(leaf).ok()?.issuer;
        let authorities = pool.iter().take(CERTIFICATES_MAX).filter_map(|raw| Certificate::read(raw).ok());
        authorities.filter(|authority| authority.subject == issuer).take(PATH_NAMESAKES_MAX).find_map(|authority| {
            let root = bridge::issuer(&authority, &self.roots, at)?;
            let anchors = [bridge::anchor(&authority)?];
            let is_for_this = authority.purposes.is_none() || authority.has_purpose(purpose);
            let mut path = build(&anchors, leaf, pool, at, purpose, Strength::Current).ok()?;
            // Directly below it: how long paths may be that it heads is not read here.
            if !is_for_this || path.certificates.len() != 1 {
                return None;
            }
            path.certificates.push(authority.raw.to_vec());
            path.keys.push(spki_sha256(&root.spki));
            path.root_spki.clone_from(&root.spki);
            Some(path)
        })
    }
}

fn build(
    anchors: &[TrustAnchor<'_>],
    leaf: &[u8],
    pool: &[Vec<u8>],
    at: Timestamp,
    purpose: Oid<'static>,
    strength: Strength,
) -> Result<Path, Fault> {
    let pool = reachable(leaf, pool);
    let leaf = CertificateDer::from(leaf);
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let usage = KeyUsage::required_if_present(purpose.0);
    let end = EndEntityCert::try_from(&leaf).map_err(|error| fault(&error))?;
    let algorithms = match strength {
        Strength::Current => CURRENT,
        Strength::Legacy => LEGACY,
    };
    let path =
        end.verify_for_usage(algorithms, anchors, &pool, at, usage, None, None).map_err(|error| fault(&error))?;
    Ok(describe(&leaf, &path))
}

/// The certificates that a path from `leaf` can lead through, by their names. Whoever makes up many of one name makes up as many
/// paths, each of which would be tried: so few are enough for every path there is.
fn reachable<'p>(leaf: &[u8], pool: &'p [Vec<u8>]) -> Vec<CertificateDer<'p>> {
    let Ok(leaf) = Certificate::read(leaf) else { return Vec::new() };
    let authorities: Vec<_> =
        pool.iter().take(CERTIFICATES_MAX).filter_map(|raw| Certificate::read(raw).ok()).collect();
    let (mut wanted, mut looked_for) = (VecDeque::from([leaf.issuer]), Vec::new());
    let mut found: Vec<&[u8]> = Vec::new();
    while let Some(name) = wanted.pop_front() {
        if looked_for.contains(&name) {
            continue;
        }
        looked_for.push(name);
        for authority in authorities.iter().filter(|authority| authority.subject == name).take(PATH_NAMESAKES_MAX) {
            if found.len() < PATH_AUTHORITIES_MAX && !found.contains(&authority.raw) {
                found.push(authority.raw);
                wanted.push_back(authority.issuer);
            }
        }
    }
    found.into_iter().map(CertificateDer::from).collect()
}

fn describe(leaf: &CertificateDer<'_>, path: &VerifiedPath<'_>) -> Path {
    let mut certificates = vec![leaf.to_vec()];
    certificates.extend(path.intermediate_certificates().map(|certificate| certificate.der().to_vec()));
    let root_spki = webpki::spki_for_anchor(path.anchor()).to_vec();
    let read = |raw: &Vec<u8>| Certificate::read(raw).ok().map(|certificate| certificate.spki_sha256());
    let mut keys: Vec<_> = certificates.iter().filter_map(read).collect();
    keys.push(spki_sha256(&root_spki));
    Path { keys, certificates, root_spki }
}

/// What to say of an error.
fn fault(error: &Error) -> Fault {
    let (reason, detail) = match error {
        Error::UnknownIssuer => (Reason::UnknownRoot, String::new()),
        Error::CertExpired { .. } => (Reason::Expired, "a certificate on the way to the root".to_owned()),
        Error::CertNotValidYet { .. } => (Reason::NotYetValid, "a certificate on the way to the root".to_owned()),
        Error::RequiredEkuNotFoundContext(_) => (Reason::PurposeMissing, String::new()),
        Error::UnsupportedSignatureAlgorithmContext(_) | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            (Reason::LegacyDigest, "a certificate is signed with an algorithm that is not taken".to_owned())
        }
        Error::BadDer | Error::BadDerTime | Error::TrailingData(_) | Error::MalformedExtensions => {
            (Reason::MalformedCertificate, error.to_string())
        }
        other => (Reason::ChainInvalid, other.to_string()),
    };
    Fault::new(reason, detail)
}

const CURRENT: &[&dyn SignatureVerificationAlgorithm] = &[
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
];

const LEGACY: &[&dyn SignatureVerificationAlgorithm] = &[
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
    &RsaSha1,
];

/// RSA with SHA-1, which `webpki` rightly does not bring.
#[derive(Debug)]
struct RsaSha1;

impl SignatureVerificationAlgorithm for RsaSha1 {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        // sha1WithRSAEncryption, with NULL as its parameters.
        AlgorithmIdentifier::from_slice(&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5, 5, 0])
    }

    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, key)
            .verify(message, signature)
            .map_err(|_| InvalidSignature)
    }
}
