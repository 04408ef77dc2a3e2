use model::Timestamp;
use rcgen::{KeyPair, PKCS_RSA_SHA256};

use crate::authority::{generate, server_params};
use crate::{AuthorityError, Certificate, Identity, IdentityError, KeyKind, Name, Unfit, pem};

/// A request for a certificate (RFC 2986), to be answered by the organisation's authority.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// What is sent to the authority, as PEM.
    pub request: String,
    /// The private key it is for, as PEM: a secret that stays here until the answer comes.
    pub key: String,
}

/// Why an answer to a request is not taken.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// It does not fit the key, or cannot be read.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// It fits, but clients would refuse it.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

impl Request {
    /// Makes a key and asks for a certificate under these names.
    ///
    /// # Errors
    /// [`AuthorityError::NoName`].
    pub fn new(names: &[Name], kind: KeyKind) -> Result<Self, AuthorityError> {
        Self::for_key(&generate(kind)?, names, kind)
    }

    /// Asks once more for the key of a request that waits for its answer, so that an answer to either fits.
    ///
    /// # Errors
    /// [`AuthorityError::NoName`], and [`AuthorityError::Library`] for what is no such key.
    pub fn again(key: &str, names: &[Name]) -> Result<Self, AuthorityError> {
        let key = KeyPair::from_pem(key)?;
        let kind = if key.is_compatible(&PKCS_RSA_SHA256) { KeyKind::Rsa } else { KeyKind::Ecdsa };
        Self::for_key(&key, names, kind)
    }

    fn for_key(key: &KeyPair, names: &[Name], kind: KeyKind) -> Result<Self, AuthorityError> {
        let mut params = server_params(names, kind)?;
        // Said by whoever answers, not by whoever asks.
        params.use_authority_key_identifier_extension = false;
        let request = params.serialize_request(key)?;
        Ok(Self {
            request: pem::write("CERTIFICATE REQUEST", request.der()),
            key: pem::write("PRIVATE KEY", &key.serialize_der()),
        })
    }

    /// Puts the answer, a chain in PEM, to the key that it was asked for, and checks that clients who ask for `names` will take it.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn answered(key: &str, chain: &str, names: &[Name], now: Timestamp) -> Result<Identity, RequestError> {
        let identity =
            Identity::new(Certificate::all_from_pem(chain)?, pem::private_key(key).map_err(IdentityError::from)?)?;
        identity.check(names, now)?;
        Ok(identity)
    }
}

/// Never the key.
impl std::fmt::Debug for Request {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Request").field("request", &self.request).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Authority;

    #[test]
    fn an_answer_is_taken_only_if_it_is_for_the_key_that_asked() {
        let names = ["wsus.example".parse::<Name>().unwrap()];
        let now: Timestamp = "2026-11-29T00:00:00Z".parse().unwrap();
        let asked = Request::new(&names, KeyKind::Ecdsa).unwrap();
        assert!(asked.request.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));
        assert!(!format!("{asked:?}").contains("PRIVATE"));
        let authority = Authority::generate("paris", now).unwrap();
        let other = authority.issue(&names, KeyKind::Ecdsa, now).unwrap().certificate().to_pem();
        let error = Request::answered(&asked.key, &other, &names, now).unwrap_err();
        assert!(matches!(error, RequestError::Identity(IdentityError::OtherKey { .. })), "{error}");
        assert!(matches!(Request::new(&[], KeyKind::Ecdsa), Err(AuthorityError::NoName)));
    }

    #[test]
    fn a_request_that_is_made_again_is_for_the_same_key() {
        let names = ["wsus.example".parse::<Name>().unwrap()];
        for kind in [KeyKind::Ecdsa, KeyKind::Rsa] {
            let first = Request::new(&names, kind).unwrap();
            let again = Request::again(&first.key, &["lyon.example".parse().unwrap()]).unwrap();
            assert_eq!(again.key, first.key);
            assert_ne!(again.request, first.request);
        }
        assert!(matches!(Request::again("nothing", &names), Err(AuthorityError::Library(_))));
    }
}
