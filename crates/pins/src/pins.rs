//! Whom a server's certificate must come from.

use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, TrustAnchor};
use webpki::anchor_from_trusted_cert;

use crate::pem::{self, CERTIFICATES_MAX};
use crate::{Certificate, Expected, KeyId, Lists, Presented, Strictness};

/// Whom the certificate of one server must come from.
#[derive(Clone, Debug, Default)]
pub struct Pins {
    /// Roots that a chain may lead to; none: a pinned key is root enough.
    pub(crate) roots: Vec<Issuer>,
    /// Who may have issued the server's certificate directly; none: anybody below the roots.
    pub(crate) issuers: Vec<Issuer>,
    /// Keys, any of which the server or its issuer must have.
    pub(crate) keys: Vec<KeyId>,
    /// When what is pinned is in force; absent: always.
    pub(crate) validity: Option<Validity>,
    pub(crate) strictness: Strictness,
    pub(crate) lists: Lists,
}

/// An authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Its name, for people.
    pub name: String,
    /// Its key; absent where only the name is known, which pins nothing.
    pub key: Option<KeyId>,
    /// Its certificate: subject and key count, dates do not, so that one that is issued anew is the same.
    pub certificate: Option<CertificateDer<'static>>,
    /// When that certificate expires.
    pub not_after: Option<Timestamp>,
}

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Its begin.
    pub from: Timestamp,
    /// Its end, which belongs to it.
    pub until: Timestamp,
}

/// Why a file names no authority.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAuthority {
    /// No certificate in it.
    #[error("there is no certificate in it; a file in PEM has a line BEGIN CERTIFICATE")]
    None,
    /// Too many to be somebody's own.
    #[error(
        "more than {CERTIFICATES_MAX} certificates: name the authority of this upstream alone, not those of a system"
    )]
    TooMany,
    /// One of them cannot be read.
    #[error("a certificate in it cannot be read; is the file whole?")]
    Damaged,
    /// A certificate that issues nothing.
    #[error("{0} is not an authority; to trust a server by its own key, use --pin with {1}")]
    NotAnAuthority(String, KeyId),
}

impl Pins {
    /// Nothing is pinned, and so nothing is trusted.
    pub fn none() -> Self {
        Self::default()
    }

    /// Pins the authorities in `text`, a file in PEM: whatever is below one of them is trusted.
    ///
    /// # Errors
    /// [`InvalidAuthority`].
    pub fn authority(text: &str) -> Result<Self, InvalidAuthority> {
        let found = pem::certificates(text).ok_or(InvalidAuthority::Damaged)?;
        if found.is_empty() {
            return Err(InvalidAuthority::None);
        }
        if found.len() > CERTIFICATES_MAX {
            return Err(InvalidAuthority::TooMany);
        }
        let roots = found.into_iter().map(|der| {
            let read = Certificate::read(&der).ok_or(InvalidAuthority::Damaged)?;
            if !read.is_authority {
                return Err(InvalidAuthority::NotAnAuthority(read.subject.to_string(), read.key));
            }
            Issuer::of(der).ok_or(InvalidAuthority::Damaged)
        });
        Ok(Self { roots: roots.collect::<Result<_, _>>()?, ..Self::default() })
    }

    /// Pins keys: the server's own, or that of the authority that issued its certificate directly.
    pub fn keys(keys: impl IntoIterator<Item = KeyId>) -> Self {
        Self { keys: keys.into_iter().collect(), ..Self::default() }
    }

    /// The same, and one of these keys as well.
    pub fn and_keys(mut self, keys: impl IntoIterator<Item = KeyId>) -> Self {
        self.keys.extend(keys);
        self
    }

    /// The same, with what is known of revoked certificates.
    pub fn with_lists(mut self, lists: &Lists) -> Self {
        self.lists.extend(lists);
        self
    }

    /// The same, so strict about what is not known of revoked certificates.
    pub fn strict(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// Nothing that could let anybody through.
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty() && self.keys.is_empty()
    }

    /// They were built in or signed, and are for nobody to change by hand.
    pub fn is_from_a_set(&self) -> bool {
        self.validity.is_some()
    }

    /// How strict they are about what is not known.
    pub fn strictness(&self) -> Strictness {
        self.strictness
    }

    /// Authorities whose certificates expire, and the pins themselves, the first first.
    pub fn expiring(&self) -> Vec<(String, Timestamp)> {
        let all = self.roots.iter().chain(&self.issuers);
        let mut dated: Vec<_> = all.filter_map(|issuer| Some((issuer.name.clone(), issuer.not_after?))).collect();
        dated.extend(self.validity.map(|validity| ("these pins".to_owned(), validity.until)));
        dated.sort_by_key(|(_, at)| *at);
        dated
    }

    /// Addresses of lists that the pinned authorities' own certificates name.
    pub fn lists_at(&self) -> Vec<String> {
        let certificates = self.issuers.iter().filter_map(|issuer| issuer.certificate.as_ref());
        certificates.filter_map(|der| Certificate::read(der)).flat_map(|read| read.lists).collect()
    }

    /// Names of the authorities that are pinned.
    pub fn authorities(&self) -> impl Iterator<Item = &str> {
        self.roots.iter().chain(&self.issuers).map(|issuer| issuer.name.as_str())
    }

    /// What would be taken, for a message.
    pub(crate) fn expected(&self) -> Vec<Expected> {
        let issuers = if self.issuers.is_empty() { &self.roots } else { &self.issuers };
        let issuers = issuers.iter().map(|issuer| Expected { name: issuer.name.clone(), key: issuer.key });
        issuers.chain(self.keys.iter().map(|key| Expected { name: String::new(), key: Some(*key) })).collect()
    }

    /// The anchors of the pinned keys that `presented`, certificate by certificate, has. Only whose key is pinned becomes one.
    pub(crate) fn anchors_in(&self, chain: &[CertificateDer<'_>]) -> Vec<TrustAnchor<'static>> {
        let pinned = chain.iter().filter(|der| {
            let Presented(read) = Presented::read(der, &[]);
            read.first().is_some_and(|one| one.is_authority && self.keys.contains(&one.key))
        });
        pinned.filter_map(|der| anchor(der)).collect()
    }
}

impl Issuer {
    /// The authority of a certificate; `None` for what is none.
    pub fn of(certificate: CertificateDer<'static>) -> Option<Self> {
        let read = Certificate::read(&certificate)?;
        anchor(&certificate)?;
        Some(Self {
            name: read.subject.to_string(),
            key: Some(read.key),
            certificate: Some(certificate),
            not_after: Some(read.not_after),
        })
    }

    pub(crate) fn anchor(&self) -> Option<TrustAnchor<'static>> {
        anchor(self.certificate.as_ref()?)
    }
}

fn anchor(certificate: &CertificateDer<'_>) -> Option<TrustAnchor<'static>> {
    anchor_from_trusted_cert(certificate).ok().map(|anchor| anchor.to_owned())
}
