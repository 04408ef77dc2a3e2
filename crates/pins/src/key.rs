//! What names a key.

use std::fmt;
use std::str::FromStr;

use model::Sha256;
use serde::{Deserialize, Serialize};
use trust::DigestSha256;

/// The SHA-256 of a certificate's `SubjectPublicKeyInfo` (RFC 7469, section 2.4).
///
/// Shape: 32 bytes; text form is `sha256:` and 64 lowercase hex digits. It stays the same when a certificate is issued anew
/// for the same key. `openssl x509 -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum` says the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(Sha256);

/// Not the name of a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no key: write sha256: and 64 hex digits, as `vanne upstream probe` shows them")]
pub struct InvalidKeyId(String);

const PREFIX: &str = "sha256:";
/// Digits that are shown where the whole would be in the way.
const SHORT_DIGITS: usize = 16;

impl KeyId {
    /// The name of the key in `spki`, a `SubjectPublicKeyInfo` in DER.
    pub fn of(spki: &[u8]) -> Self {
        let mut digest = DigestSha256::new();
        digest.update(spki);
        Self(digest.finish().0)
    }

    /// The first digits, for people.
    pub fn short(&self) -> String {
        self.to_string().chars().take(PREFIX.len() + SHORT_DIGITS).collect()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{PREFIX}{}", self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for KeyId {
    type Err = InvalidKeyId;

    fn from_str(text: &str) -> Result<Self, InvalidKeyId> {
        let invalid = || InvalidKeyId(text.chars().take(80).collect());
        let digits = text.trim().strip_prefix(PREFIX).ok_or_else(invalid)?;
        digits.to_ascii_lowercase().parse().map(Self).map_err(|_| invalid())
    }
}

impl TryFrom<String> for KeyId {
    type Error = InvalidKeyId;

    fn try_from(text: String) -> Result<Self, InvalidKeyId> {
        text.parse()
    }
}

impl From<KeyId> for String {
    fn from(key: KeyId) -> Self {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_text_form() {
        let key = KeyId::of(b"a key");
        assert_eq!(key.to_string().parse(), Ok(key));
        assert_eq!(
            key.to_string().to_uppercase().replace("SHA256", "sha256").parse(),
            Ok(key),
            "as some tools write it"
        );
        for bad in ["", "sha256:", "sha256:12", "sha1:12", &key.to_string()[7..]] {
            assert!(bad.parse::<KeyId>().unwrap_err().to_string().contains("64 hex digits"), "{bad}");
        }
        assert_eq!(key.short().len(), 23);
    }
}
