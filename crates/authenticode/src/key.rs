//! Public keys: which are taken, and whether a signature is theirs.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};

use crate::algorithm::{DigestAlgorithm, no_parameters};
use crate::der::{self, Oid, Reader};
use crate::fault::Fault;
use crate::oid;
use crate::reason::Reason;

/// A public key of a kind that is taken.
#[derive(Clone, Copy)]
pub(crate) struct PublicKey<'a> {
    kind: Kind,
    bytes: &'a [u8],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
}

impl<'a> PublicKey<'a> {
    /// Shortest RSA modulus, in bits.
    const RSA_BITS_MIN: usize = 2048;

    /// Reads a `SubjectPublicKeyInfo` (RFC 5280 4.1.2.7).
    ///
    /// A curve has to be named: whoever brings parameters of his own can choose a key that looks like another's
    /// (CVE-2020-0601).
    pub(crate) fn read(spki: &'a [u8]) -> Result<Self, Fault> {
        let mut info = der::only(spki, der::SEQUENCE, "a public key")?;
        let mut algorithm = info.sequence("the algorithm of a public key")?;
        let bytes = info.bits("the bits of a public key")?;
        info.end("nothing behind a public key")?;
        match algorithm.oid("the algorithm of a public key")? {
            oid::RSA => {
                no_parameters(algorithm)?;
                let bits = modulus_bits(bytes)?;
                if bits < Self::RSA_BITS_MIN {
                    return Err(Fault::new(Reason::WeakKey, format!("RSA with {bits} bits")));
                }
                Ok(Self { kind: Kind::Rsa, bytes })
            }
            oid::EC => Ok(Self { kind: curve(algorithm)?, bytes }),
            other => Err(Fault::new(Reason::UnsupportedKey, format!("algorithm {other}"))),
        }
    }

    /// Whether `signature` over `message`, digested with `digest`, is by this key.
    pub(crate) fn verify(self, digest: DigestAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), Fault> {
        let algorithm = self.algorithm(digest)?;
        UnparsedPublicKey::new(algorithm, self.bytes)
            .verify(message, signature)
            .map_err(|_| Fault::new(Reason::BadSignature, ""))
    }

    fn algorithm(self, digest: DigestAlgorithm) -> Result<&'static dyn VerificationAlgorithm, Fault> {
        use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
        Ok(match (self.kind, digest) {
            (Kind::Rsa, Sha1) => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            (Kind::Rsa, Sha256) => &RSA_PKCS1_2048_8192_SHA256,
            (Kind::Rsa, Sha384) => &RSA_PKCS1_2048_8192_SHA384,
            (Kind::Rsa, Sha512) => &RSA_PKCS1_2048_8192_SHA512,
            (Kind::P256, Sha256) => &ECDSA_P256_SHA256_ASN1,
            (Kind::P256, Sha384) => &ECDSA_P256_SHA384_ASN1,
            (Kind::P384, Sha256) => &ECDSA_P384_SHA256_ASN1,
            (Kind::P384, Sha384) => &ECDSA_P384_SHA384_ASN1,
            (Kind::P256 | Kind::P384, Sha1 | Sha512) => {
                return Err(Fault::new(Reason::UnsupportedAlgorithm, "ECDSA with this digest"));
            }
        })
    }
}

/// The digest that a signature's algorithm names, if it names one; RSA and EC alone leave it to the signer's digest.
pub(crate) fn signature_digest(mut identifier: Reader<'_>) -> Result<Option<DigestAlgorithm>, Fault> {
    let algorithm = identifier.oid("a signature's algorithm")?;
    no_parameters(identifier)?;
    match algorithm {
        oid::RSA | oid::EC => Ok(None),
        oid::SHA1_RSA => Ok(Some(DigestAlgorithm::Sha1)),
        oid::SHA256_RSA | oid::ECDSA_SHA256 => Ok(Some(DigestAlgorithm::Sha256)),
        oid::SHA384_RSA | oid::ECDSA_SHA384 => Ok(Some(DigestAlgorithm::Sha384)),
        oid::SHA512_RSA => Ok(Some(DigestAlgorithm::Sha512)),
        oid::MD5_RSA => Err(Fault::new(Reason::WeakDigest, "MD5")),
        other => Err(Fault::new(Reason::UnsupportedAlgorithm, format!("signature {other}"))),
    }
}

fn curve(mut algorithm: Reader<'_>) -> Result<Kind, Fault> {
    if algorithm.peek() != Some(der::OID) {
        return Err(Fault::new(Reason::UnsupportedKey, "the curve is not named, but brought along"));
    }
    let curve: Oid<'_> = algorithm.oid("a named curve")?;
    algorithm.end("nothing behind a named curve")?;
    match curve {
        oid::P256 => Ok(Kind::P256),
        oid::P384 => Ok(Kind::P384),
        other => Err(Fault::new(Reason::UnsupportedKey, format!("curve {other}"))),
    }
}

fn modulus_bits(key: &[u8]) -> Result<usize, Fault> {
    let mut key = der::only(key, der::SEQUENCE, "an RSA key")?;
    let modulus = key.integer("the modulus of an RSA key")?;
    key.integer("the exponent of an RSA key")?;
    key.end("nothing behind an RSA key")?;
    let significant = modulus.strip_prefix(&[0]).unwrap_or(modulus);
    let top = significant.first().map_or(0, |byte| byte.leading_zeros() as usize);
    Ok((significant.len() * 8).saturating_sub(top))
}
