//! Digest algorithms: which are known, and how strong they count.

use aws_lc_rs::digest::{self, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use serde::{Deserialize, Serialize};

use crate::der::{Malformed, Oid, Reader};
use crate::fault::Fault;
use crate::oid;
use crate::reason::Reason;

/// A digest algorithm, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DigestAlgorithm {
    /// SHA-1: read so that old signatures beside newer ones can be told from wrong ones; nothing rests on it.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    /// The algorithm that an identifier names.
    pub(crate) fn of(oid: Oid<'_>) -> Result<Self, Fault> {
        match oid {
            oid::SHA1 => Ok(Self::Sha1),
            oid::SHA256 => Ok(Self::Sha256),
            oid::SHA384 => Ok(Self::Sha384),
            oid::SHA512 => Ok(Self::Sha512),
            oid::MD5 => Err(Fault::new(Reason::WeakDigest, "MD5")),
            other => Err(Fault::new(Reason::UnsupportedAlgorithm, format!("digest {other}"))),
        }
    }

    /// Reads an `AlgorithmIdentifier`.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut identifier = reader.sequence("the identifier of a digest algorithm")?;
        let oid = identifier.oid("a digest algorithm")?;
        no_parameters(identifier)?;
        Self::of(oid)
    }

    /// Length of a digest in bytes.
    pub(crate) fn bytes(self) -> usize {
        self.implementation().output_len()
    }

    /// A digest of nothing yet.
    pub(crate) fn begin(self) -> Context {
        Context::new(self.implementation())
    }

    /// The digest of `bytes`.
    pub(crate) fn digest(self, bytes: &[u8]) -> digest::Digest {
        digest::digest(self.implementation(), bytes)
    }

    /// Whether `expected` is the digest of `bytes`.
    pub(crate) fn matches(self, bytes: &[u8], expected: &[u8]) -> bool {
        self.digest(bytes).as_ref() == expected
    }

    fn implementation(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &SHA256,
            Self::Sha384 => &SHA384,
            Self::Sha512 => &SHA512,
        }
    }
}

/// Digests and RSA take NULL or nothing as their parameters.
pub(crate) fn no_parameters(mut identifier: Reader<'_>) -> Result<(), Malformed> {
    const WHAT: &str = "an algorithm without parameters";
    if let Some(null) = identifier.optional(0x05)?
        && !null.content.is_empty()
    {
        return Err(Malformed(WHAT));
    }
    identifier.end(WHAT)
}
