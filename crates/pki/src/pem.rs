//! PEM texts (RFC 7468): certificates and one private key, in any order, with whatever stands around them.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
pub(crate) use trust::pem::write;

use crate::PEM_BYTES_MAX;

/// Why a text is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// It is longer than any chain.
    #[error("the text has {0} bytes; certificates and keys have {PEM_BYTES_MAX} at most")]
    TooLong(usize),
    /// A section of it is damaged.
    #[error("the text is damaged: {0}")]
    Damaged(String),
    /// There is no such thing in it.
    #[error("there is no {0} in the text: it should stand between -----BEGIN {1}----- and -----END {1}-----")]
    Missing(&'static str, &'static str),
    /// The key is under a password.
    #[error("the private key is encrypted; `openssl pkey -in KEY -out PLAIN` takes its password off")]
    Encrypted,
}

/// All certificates in `text`, at least one.
pub(crate) fn certificates(text: &str) -> Result<Vec<CertificateDer<'static>>, PemError> {
    bounded(text)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let certificates = read.map_err(|error| damaged(&error))?;
    if certificates.is_empty() {
        return Err(PemError::Missing("certificate", "CERTIFICATE"));
    }
    Ok(certificates)
}

/// The first private key in `text`: PKCS#8, PKCS#1 or SEC1.
pub(crate) fn private_key(text: &str) -> Result<PrivateKeyDer<'static>, PemError> {
    bounded(text)?;
    match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") => {
            Err(PemError::Encrypted)
        }
        Err(pem::Error::NoItemsFound) => Err(PemError::Missing("private key", "PRIVATE KEY")),
        Err(error) => Err(damaged(&error)),
    }
}

fn bounded(text: &str) -> Result<(), PemError> {
    if text.len() > PEM_BYTES_MAX { Err(PemError::TooLong(text.len())) } else { Ok(()) }
}

/// The reason without what was read: it might be a key.
fn damaged(error: &pem::Error) -> PemError {
    PemError::Damaged(match error {
        pem::Error::MissingSectionEnd { .. } => "a section that begins does not end".to_owned(),
        pem::Error::IllegalSectionStart { .. } => "a line that begins a section is cut off".to_owned(),
        pem::Error::Base64Decode(_) => "a section is no base64".to_owned(),
        _ => "a section cannot be read".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let text = format!("before\n{}between\n{}", write("CERTIFICATE", &[7; 100]), write("CERTIFICATE", &[8; 3]));
        let read = certificates(&text).unwrap();
        assert_eq!(read.iter().map(|der| der.as_ref().to_vec()).collect::<Vec<_>>(), [vec![7; 100], vec![8; 3]]);
    }

    #[test]
    fn what_is_missing_or_damaged_is_told_without_what_it_was() {
        let message = |text: &str| private_key(text).unwrap_err().to_string();
        assert!(message("").contains("there is no private key"));
        assert!(
            message("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n")
                .contains("openssl pkey")
        );
        let secret = "-----BEGIN PRIVATE KEY-----\nSECRET!\n-----END PRIVATE KEY-----\n";
        assert!(!message(secret).contains("SECRET"), "{}", message(secret));
        assert!(message("-----BEGIN PRIVATE KEY-----\nAAAA").contains("does not end"));
        assert!(matches!(certificates(&"x".repeat(PEM_BYTES_MAX + 1)), Err(PemError::TooLong(_))));
        assert!(matches!(certificates("nothing"), Err(PemError::Missing(..))));
    }
}
