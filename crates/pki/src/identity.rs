use std::fmt;
use std::sync::Arc;

use model::Timestamp;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::CertifiedKey;

use crate::pem::{self, PemError};
use crate::{Certificate, CertificateError, Key, KeyKind, Name, covers};

mod unfit;

pub use unfit::Unfit;

/// Most certificates of a chain: a leaf, and more intermediates than any organisation has.
const CHAIN_MAX: usize = 10;

/// What a server shows of itself: a private key, and the certificates that stand for it.
///
/// INVARIANT: the first certificate is the key's; each further one issued the one before. Roots are kept apart: clients have
/// theirs and believe no other, but administrators have to be able to hand them out.
#[derive(Clone)]
pub struct Identity {
    leaf: Certificate,
    issuers: Vec<Certificate>,
    roots: Vec<Certificate>,
    key: Arc<PrivateKeyDer<'static>>,
    certified: Arc<CertifiedKey>,
}

/// Why certificates and a key make no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The text is not what it should be.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// One of the certificates is none.
    #[error("certificate number {number} cannot be read")]
    Certificate {
        /// Which one, from 1.
        number: usize,
        /// Why.
        source: CertificateError,
    },
    /// A PFX file cannot be opened.
    #[error("the PFX file cannot be opened: {0}")]
    Pfx(String),
    /// There are too many.
    #[error("there are {0} certificates; a chain has {CHAIN_MAX} at most")]
    TooMany(usize),
    /// The key cannot be used.
    #[error("the private key cannot be used: {0}; ECDSA on P-256 or P-384, and RSA of 2048 to 8192 bits can")]
    Key(String),
    /// None of the certificates is for the key.
    #[error(
        "the private key belongs to none of the certificates (the first one is for {subject}); was the request made elsewhere?"
    )]
    OtherKey {
        /// Whom the first one is for.
        subject: String,
    },
}

impl Identity {
    /// Puts a key and certificates, in any order, together; roots are kept apart, and what is not above the key's own is left out.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn new(certificates: Vec<Certificate>, key: PrivateKeyDer<'static>) -> Result<Self, IdentityError> {
        if certificates.len() > CHAIN_MAX {
            return Err(IdentityError::TooMany(certificates.len()));
        }
        let signing = any_supported_type(&key).map_err(|error| IdentityError::Key(error.to_string()))?;
        let is_its_own =
            |one: &Certificate| CertifiedKey::new(vec![one.der().clone()], Arc::clone(&signing)).keys_match().is_ok();
        let Some(leaf) = certificates.iter().position(is_its_own) else {
            let subject = certificates.first().map_or_else(String::new, |first| first.subject.clone());
            return Err(IdentityError::OtherKey { subject });
        };
        let (leaf, issuers, roots) = above(certificates, leaf);
        let shown = std::iter::once(&leaf).chain(&issuers).map(|one| one.der().clone()).collect();
        let certified = Arc::new(CertifiedKey::new(shown, signing));
        Ok(Self { leaf, issuers, roots, key: Arc::new(key), certified })
    }

    /// The same, but that `root`, which stands behind it, is shown as well: who pins the key of an authority looks for it in what is
    /// shown, and where it issues directly nobody else is there to be pinned.
    #[must_use]
    pub fn showing(mut self, root: &Certificate) -> Self {
        let shown = self.chain().chain([root]).map(|one| one.der().clone()).collect();
        self.certified = Arc::new(CertifiedKey::new(shown, Arc::clone(&self.certified.key)));
        self.roots = vec![root.clone()];
        self
    }

    /// From a text with the chain and one with the key; they may be the same.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn from_pem(chain: &str, key: &str) -> Result<Self, IdentityError> {
        Self::new(Certificate::all_from_pem(chain)?, pem::private_key(key)?)
    }

    /// The key, the chain and its roots as one text, which is a secret.
    pub fn to_pem(&self) -> String {
        let label = match &*self.key {
            PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
            PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
            _ => "PRIVATE KEY",
        };
        let mut text = pem::write(label, self.key.secret_der());
        self.chain().chain(&self.roots).for_each(|one| text.push_str(&one.to_pem()));
        text
    }

    /// Says whether it may be shown to clients who ask for `names`.
    ///
    /// # Errors
    /// [`Unfit`]: the first reason why not.
    pub fn check(&self, names: &[Name], now: Timestamp) -> Result<(), Unfit> {
        let leaf = &self.leaf;
        let subject = || leaf.subject.clone();
        if leaf.is_authority {
            return Err(Unfit::Authority { subject: subject() });
        }
        // Windows takes of a chain only the purposes that each certificate of it names.
        if let Some(other) = self.chain().find(|one| !one.is_for_servers) {
            return Err(Unfit::Purpose { subject: other.subject.clone() });
        }
        if let Some(missing) = names.iter().find(|name| !covers(&leaf.names, &name.to_string())) {
            return Err(Unfit::Names { subject: subject(), missing: missing.clone(), has: leaf.names.clone() });
        }
        self.check_dates(now)
    }

    /// Says whether every certificate of the chain holds.
    ///
    /// # Errors
    /// [`Unfit::Ended`] and [`Unfit::NotYet`].
    pub fn check_dates(&self, now: Timestamp) -> Result<(), Unfit> {
        for Certificate { subject, validity, .. } in self.chain() {
            if now > validity.not_after {
                return Err(Unfit::Ended { subject: subject.clone(), not_after: validity.not_after, now });
            }
            if now < validity.not_before {
                return Err(Unfit::NotYet { subject: subject.clone(), not_before: validity.not_before, now });
            }
        }
        Ok(())
    }

    /// The certificate of the key.
    pub fn certificate(&self) -> &Certificate {
        &self.leaf
    }

    /// What leads to a root: the key's certificate first.
    pub fn chain(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.leaf).chain(&self.issuers)
    }

    /// Those above it, the nearest first.
    pub fn issuers(&self) -> &[Certificate] {
        &self.issuers
    }

    /// Roots above all these; several where one has been issued anew, none where they are not known.
    pub fn roots(&self) -> &[Certificate] {
        &self.roots
    }

    /// The kind of its key, as far as such are made here.
    pub fn kind(&self) -> Option<KeyKind> {
        match self.leaf.key {
            Key::EcdsaP256 => Some(KeyKind::Ecdsa),
            Key::Rsa => Some(KeyKind::Rsa),
            Key::EcdsaP384 | Key::Other => None,
        }
    }

    pub(crate) fn key(&self) -> &PrivateKeyDer<'static> {
        &self.key
    }

    /// What a TLS library signs and shows with.
    pub fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }
}

/// The certificate at `leaf`; whoever issued it, whoever issued that, and so on, as far as they are here; and the roots above.
fn above(mut certificates: Vec<Certificate>, leaf: usize) -> (Certificate, Vec<Certificate>, Vec<Certificate>) {
    let leaf = certificates.swap_remove(leaf);
    let mut issuers: Vec<Certificate> = Vec::new();
    loop {
        let below = issuers.last().unwrap_or(&leaf);
        let is_issuer = |one: &Certificate| one.is_authority && !one.is_own_issuer && one.subject == below.issuer;
        match certificates.iter().position(is_issuer) {
            Some(next) => issuers.push(certificates.swap_remove(next)),
            None => {
                let top = &below.issuer;
                let is_root = |one: &Certificate| one.is_authority && one.is_own_issuer && one.subject == *top;
                certificates.retain(|one| is_root(one) && *one != leaf);
                return (leaf, issuers, certificates);
            }
        }
    }
}

/// Shows whose it is, never the key.
impl fmt::Debug for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Identity").field("certificate", &self.leaf).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
