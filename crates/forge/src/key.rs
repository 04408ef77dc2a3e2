//! Keys that sign, and the digests they sign with.

mod legacy;

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
};

use crate::der::{bits, null, oid, sequence};

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Digest {
    /// The digest of bytes.
    pub fn of(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &SHA256,
            Self::Sha384 => &SHA384,
            Self::Sha512 => &SHA512,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }

    /// `AlgorithmIdentifier`.
    pub fn identifier(self) -> Vec<u8> {
        let text = match self {
            Self::Sha1 => "1.3.14.3.2.26",
            Self::Sha256 => "2.16.840.1.101.3.4.2.1",
            Self::Sha384 => "2.16.840.1.101.3.4.2.2",
            Self::Sha512 => "2.16.840.1.101.3.4.2.3",
        };
        sequence(&[&oid(text), &null()])
    }
}

/// A key pair.
#[derive(Debug)]
pub enum Key {
    /// ECDSA on P-256, which signs with SHA-256.
    P256(EcdsaKeyPair),
    /// ECDSA on P-384, which signs with SHA-384.
    P384(EcdsaKeyPair),
    /// RSA with 2048 bits.
    Rsa(RsaKeyPair),
}

impl Key {
    /// A new key on P-256.
    pub fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("keys can be made"))
    }

    /// A new key on P-384.
    pub fn p384() -> Self {
        Self::P384(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).expect("keys can be made"))
    }

    /// A new RSA key; takes a tenth of a second.
    pub fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("keys can be made"))
    }

    /// The digest that goes with it.
    pub fn digest(&self) -> Digest {
        match self {
            Self::P256(_) | Self::Rsa(_) => Digest::Sha256,
            Self::P384(_) => Digest::Sha384,
        }
    }

    /// `SubjectPublicKeyInfo`.
    pub fn spki(&self) -> Vec<u8> {
        let ec =
            |curve: &str, point: &[u8]| sequence(&[&sequence(&[&oid("1.2.840.10045.2.1"), &oid(curve)]), &bits(point)]);
        match self {
            Self::P256(key) => ec("1.2.840.10045.3.1.7", key.public_key().as_ref()),
            Self::P384(key) => ec("1.3.132.0.34", key.public_key().as_ref()),
            Self::Rsa(key) => {
                let algorithm = sequence(&[&oid("1.2.840.113549.1.1.1"), &null()]);
                sequence(&[&algorithm, &bits(key.public_key().as_ref())])
            }
        }
    }

    /// `AlgorithmIdentifier` of a signature with this digest.
    pub fn signature_identifier(&self, digest: Digest) -> Vec<u8> {
        match (self, digest) {
            (Self::P256(_), _) => sequence(&[&oid("1.2.840.10045.4.3.2")]),
            (Self::P384(_), _) => sequence(&[&oid("1.2.840.10045.4.3.3")]),
            (Self::Rsa(_), Digest::Sha384) => sequence(&[&oid("1.2.840.113549.1.1.12"), &null()]),
            (Self::Rsa(_), Digest::Sha512) => sequence(&[&oid("1.2.840.113549.1.1.13"), &null()]),
            (Self::Rsa(_), Digest::Sha256) => sequence(&[&oid("1.2.840.113549.1.1.11"), &null()]),
            (Self::Rsa(_), Digest::Sha1) => sequence(&[&oid("1.2.840.113549.1.1.5"), &null()]),
        }
    }

    /// Signs. RSA does so with any digest, SHA-1 slowly; ECDSA with its own, whatever is asked for.
    pub fn sign(&self, digest: Digest, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::P256(key) | Self::P384(key) => key.sign(&random, message).expect("keys sign").as_ref().to_vec(),
            Self::Rsa(key) => {
                let padding = match digest {
                    Digest::Sha1 => return legacy::sign(&self.pkcs8(), &Digest::Sha1.of(message)),
                    Digest::Sha256 => &RSA_PKCS1_SHA256,
                    Digest::Sha384 => &RSA_PKCS1_SHA384,
                    Digest::Sha512 => &RSA_PKCS1_SHA512,
                };
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(padding, &random, message, &mut signature).expect("keys sign");
                signature
            }
        }
    }

    /// PKCS #8 as PEM, as other programs take it.
    pub fn pem(&self) -> String {
        pem("PRIVATE KEY", &self.pkcs8())
    }

    fn pkcs8(&self) -> Vec<u8> {
        match self {
            Self::P256(key) | Self::P384(key) => key.to_pkcs8v1().expect("keys can be written").as_ref().to_vec(),
            Self::Rsa(key) => {
                let der: Pkcs8V1Der<'_> = key.as_der().expect("keys can be written");
                der.as_ref().to_vec()
            }
        }
    }
}

/// PEM.
pub fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
