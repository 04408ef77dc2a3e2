//! Ed25519 signatures (RFC 8032): a server signs what leaves it, and whoever takes it in knows who made it.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use model::Sha256;
use serde::{Deserialize, Serialize};

use crate::{DigestSha256, pem};

#[cfg(test)]
mod tests;

/// What a public key's `SubjectPublicKeyInfo` begins with; the 32 bytes of the key follow (RFC 8410, section 4).
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A private key. It is shown by its fingerprint only.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

/// A public key.
///
/// Shape: 32 bytes (RFC 8032, section 5.1.5); text form is 64 lowercase hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VerifyingKey([u8; 32]);

/// A signature.
///
/// Shape: 64 bytes (RFC 8032, section 5.1.6); text form is 128 lowercase hex digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

/// What people compare to know that a public key is the one they mean: the SHA-256 of its `SubjectPublicKeyInfo`.
///
/// `openssl pkey -pubout -outform DER | sha256sum` says the same. Text form: 64 lowercase hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(Sha256);

/// Why a key or a signature is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// Not a private key for Ed25519.
    #[error("not an unencrypted Ed25519 private key in PKCS#8; `openssl genpkey -algorithm ed25519` makes one")]
    NotAPrivateKey,
    /// Not the text of a public key.
    #[error("not an Ed25519 public key of 64 hex digits")]
    NotAPublicKey,
    /// Not the text of a signature.
    #[error("not an Ed25519 signature of 128 hex digits")]
    NotASignature,
    /// Not the text of a fingerprint.
    #[error("not the fingerprint of a public key: 64 hex digits")]
    NotAFingerprint,
    /// The signature is of another key, for another purpose or over something else.
    #[error("the signature does not match")]
    Mismatch,
}

impl SigningKey {
    /// A new key, from the generator of aws-lc.
    pub fn generate() -> Self {
        Self { pair: Ed25519KeyPair::generate().expect("the generator of aws-lc aborts the process before it fails") }
    }

    /// The key in a PKCS#8 document, version 1 or 2 (RFC 5958).
    ///
    /// # Errors
    /// [`SigningError::NotAPrivateKey`] for anything else.
    pub fn from_pkcs8(document: &[u8]) -> Result<Self, SigningError> {
        let pair = Ed25519KeyPair::from_pkcs8(document).map_err(|_| SigningError::NotAPrivateKey)?;
        Ok(Self { pair })
    }

    /// The key as a PKCS#8 document, version 1, which every OpenSSL reads.
    pub fn to_pkcs8(&self) -> Vec<u8> {
        let document = self.pair.to_pkcs8v1().expect("a key that was made or read can be written");
        document.as_ref().to_vec()
    }

    /// The key in a PEM text (RFC 7468, section 10); what stands around it is ignored.
    ///
    /// # Errors
    /// [`SigningError::NotAPrivateKey`] for anything else.
    pub fn from_pem(text: &str) -> Result<Self, SigningError> {
        Self::from_pkcs8(&pem::private_key(text).ok_or(SigningError::NotAPrivateKey)?)
    }

    /// The key as a PEM text.
    pub fn to_pem(&self) -> String {
        pem::write("PRIVATE KEY", &self.to_pkcs8())
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        let bytes = self.pair.public_key().as_ref().try_into();
        VerifyingKey(bytes.expect("a public key of Ed25519 has 32 bytes"))
    }

    /// Signs `message` for `purpose`: a signature for one purpose holds for no other.
    ///
    /// `purpose` is a constant of the format, without a NUL character, which parts it from the message.
    pub fn sign(&self, purpose: &'static str, message: &[u8]) -> Signature {
        let signature = self.pair.sign(&signed(purpose, message));
        Signature(signature.as_ref().try_into().expect("a signature of Ed25519 has 64 bytes"))
    }
}

impl VerifyingKey {
    /// Holds `signature` against `message` and `purpose`.
    ///
    /// # Errors
    /// [`SigningError::Mismatch`] unless this key's private half signed just that for just that.
    pub fn verify(&self, purpose: &'static str, message: &[u8], signature: &Signature) -> Result<(), SigningError> {
        let key = UnparsedPublicKey::new(&ED25519, self.0);
        key.verify(&signed(purpose, message), &signature.0).map_err(|_| SigningError::Mismatch)
    }

    /// What people compare.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut digest = DigestSha256::new();
        digest.update(&SPKI_PREFIX);
        digest.update(&self.0);
        Fingerprint(digest.finish().0)
    }
}

fn signed(purpose: &str, message: &[u8]) -> Vec<u8> {
    [purpose.as_bytes(), &[0], message].concat()
}

/// The bytes that `text` spells in lowercase hex digits, and no other way: each value has one text.
fn lowercase_hex<const BYTES: usize>(text: &str) -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    (!text.bytes().any(|byte| byte.is_ascii_uppercase())).then_some(bytes)
}

impl FromStr for VerifyingKey {
    type Err = SigningError;

    fn from_str(text: &str) -> Result<Self, SigningError> {
        lowercase_hex(text).map(Self).ok_or(SigningError::NotAPublicKey)
    }
}

impl FromStr for Signature {
    type Err = SigningError;

    fn from_str(text: &str) -> Result<Self, SigningError> {
        lowercase_hex(text).map(Self).ok_or(SigningError::NotASignature)
    }
}

/// Typed by people: upper case and white space around it are ignored.
impl FromStr for Fingerprint {
    type Err = SigningError;

    fn from_str(text: &str) -> Result<Self, SigningError> {
        text.trim().parse().map(Self).map_err(|_| SigningError::NotAFingerprint)
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex::encode(self.0))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex::encode(self.0))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "VerifyingKey({self})")
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Signature({self})")
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Fingerprint({self})")
    }
}

/// Shows whose key it is, never the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SigningKey").field("fingerprint", &self.verifying_key().fingerprint()).finish_non_exhaustive()
    }
}
