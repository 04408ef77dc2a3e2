use serde::{Deserialize, Serialize};
use trust::{Fingerprint, Signature, SigningError, SigningKey, VerifyingKey};

use crate::manifest::to_text;

/// What the signature of a manifest is for. A later format has another purpose, so that none is taken for the other.
const PURPOSE: &str = "vanne archive manifest 1";
const FORMAT: &str = "vanne-archive-signature";

/// `manifest.sig`: JSON, written the one way that a manifest is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureFile {
    format: String,
    version: u32,
    key: String,
    signature: String,
}

/// Why bytes are no signature of a manifest.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// Not JSON, or not of this shape.
    #[error("manifest.sig is not the JSON of a signature")]
    Json(#[source] serde_json::Error),
    /// Something else, or of another version.
    #[error("manifest.sig is not a signature of version 1 written the one way that signatures are")]
    Spelling,
    /// Not a key or not a signature.
    #[error("manifest.sig holds no signature")]
    Digits(#[source] SigningError),
    /// The signature is of something else.
    #[error("manifest.json is not what the key with fingerprint {signer} signed")]
    Mismatch {
        /// The key that manifest.sig names.
        signer: Fingerprint,
    },
}

/// The text of `manifest.sig` for `manifest`.
pub(crate) fn sign(key: &SigningKey, manifest: &[u8]) -> Vec<u8> {
    text(&key.verifying_key(), &key.sign(PURPOSE, manifest))
}

/// Whose signature of `manifest` `file` is. Whether that key is trusted is for the caller to say.
pub(crate) fn verify(file: &[u8], manifest: &[u8]) -> Result<Fingerprint, SignatureError> {
    let read: SignatureFile = serde_json::from_slice(file).map_err(SignatureError::Json)?;
    let key: VerifyingKey = read.key.parse().map_err(SignatureError::Digits)?;
    let signature: Signature = read.signature.parse().map_err(SignatureError::Digits)?;
    if text(&key, &signature) != file {
        return Err(SignatureError::Spelling);
    }
    let signer = key.fingerprint();
    key.verify(PURPOSE, manifest, &signature).map_err(|_| SignatureError::Mismatch { signer })?;
    Ok(signer)
}

fn text(key: &VerifyingKey, signature: &Signature) -> Vec<u8> {
    to_text(&SignatureFile {
        format: FORMAT.to_owned(),
        version: 1,
        key: key.to_string(),
        signature: signature.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_one_manifest() {
        let key = SigningKey::generate();
        let file = sign(&key, b"manifest");
        assert_eq!(verify(&file, b"manifest").unwrap(), key.verifying_key().fingerprint());
        let error = verify(&file, b"Manifest").unwrap_err();
        assert!(matches!(error, SignatureError::Mismatch { signer } if signer == key.verifying_key().fingerprint()));
    }

    #[test]
    fn every_flipped_bit_of_a_signature_is_refused_or_names_another_key() {
        let key = SigningKey::generate();
        let file = sign(&key, b"manifest");
        for bit in 0..file.len() * 8 {
            let mut flipped = file.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(verify(&flipped, b"manifest").is_err(), "bit {bit}");
        }
    }
}
