use p12_keystore::KeyStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::{Certificate, Identity, IdentityError};

/// Most bytes of a PFX file: one with a chain of ten has some 20 KB.
pub const PFX_BYTES_MAX: usize = 256 * 1024;

/// Opens a PFX file (PKCS#12, RFC 7292) as Windows and OpenSSL export them: one private key and its certificates.
///
/// # Errors
/// [`IdentityError`]: for a wrong password as for a damaged file, which nobody can tell apart.
pub fn from_pfx(bytes: &[u8], password: &str) -> Result<Identity, IdentityError> {
    if bytes.len() > PFX_BYTES_MAX {
        return Err(IdentityError::Pfx(format!(
            "it has {} bytes; such files have {PFX_BYTES_MAX} at most",
            bytes.len()
        )));
    }
    let store = KeyStore::from_pkcs12(bytes, password)
        .map_err(|error| IdentityError::Pfx(format!("{error}; is the password right?")))?;
    let (_, found) = store.private_key_chain().ok_or_else(|| {
        IdentityError::Pfx("no private key is in it; export it again together with its key".to_owned())
    })?;
    let certificates = found.chain().iter().enumerate().map(|(number, one)| {
        Certificate::from_der(CertificateDer::from(one.as_der().to_vec()))
            .map_err(|source| IdentityError::Certificate { number: number + 1, source })
    });
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(found.key().to_vec()));
    Identity::new(certificates.collect::<Result<_, _>>()?, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pfx_is_refused() {
        for (bytes, says) in
            [(vec![], "password"), (vec![0x30; 100], "password"), (vec![0; PFX_BYTES_MAX + 1], "at most")]
        {
            let error = from_pfx(&bytes, "secret").unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains("secret"), "{error}");
        }
    }
}
