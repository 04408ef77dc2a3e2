//! Lists of revoked certificates (RFC 5280, section 5): taken from wherever the caller has them.

use jiff::Timestamp;
use model::Sha256;
use rustls::pki_types::CertificateRevocationListDer;
use trust::DigestSha256;
use webpki::OwnedCertRevocationList;
use x509_cert::crl::CertificateList;
use x509_cert::der::Decode as _;

use crate::certificate::Name;

/// A list. The largest known of private authorities have a few hundred kilobytes.
pub const LIST_BYTES_MAX: usize = 10 << 20;
/// Lists that are heeded at once.
const LISTS_MAX: usize = 64;

/// What is made of a chain of which no list tells whether it was revoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// It is refused, and so it is if the list is out of date.
    Deny,
    /// It is taken; what a list says is revoked is refused all the same. For private authorities, which mostly have none.
    #[default]
    Allow,
}

/// Lists that can be read. Whether they are genuine shows when a chain is held against them.
#[derive(Clone, Debug, Default)]
pub struct Lists(Vec<List>);

#[derive(Clone, Debug)]
struct List {
    der: CertificateRevocationListDer<'static>,
    digest: Sha256,
    issuer: String,
    next_update: Option<Timestamp>,
}

/// Why a list is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidList {
    /// It is longer than lists are.
    #[error("a list of revoked certificates has at most {LIST_BYTES_MAX} bytes")]
    TooLong,
    /// There are more than anybody needs.
    #[error("there are more than {LISTS_MAX} lists of revoked certificates; remove those that are of no use")]
    TooMany,
    /// It cannot be read.
    #[error("not a list of revoked certificates in DER ({0}); `openssl crl -outform DER` makes one of PEM")]
    Unreadable(String),
}

impl Lists {
    /// No lists.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a list; the same one a second time changes nothing.
    ///
    /// # Errors
    /// [`InvalidList`] for what is none, or unbounded.
    pub fn add(&mut self, der: Vec<u8>) -> Result<(), InvalidList> {
        if der.len() > LIST_BYTES_MAX {
            return Err(InvalidList::TooLong);
        }
        // As a verifier will read it, entry by entry: one that it cannot use must not be among those that it is given.
        let read = OwnedCertRevocationList::from_der(&der);
        read.map_err(|error| InvalidList::Unreadable(format!("{error:?}")))?;
        let unreadable = |error: x509_cert::der::Error| InvalidList::Unreadable(error.to_string());
        let parsed = CertificateList::from_der(&der).map_err(unreadable)?.tbs_cert_list;
        let issuer = Name::read(&parsed.issuer).to_string();
        let seconds = parsed.next_update.and_then(|time| i64::try_from(time.to_unix_duration().as_secs()).ok());
        let next_update = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
        let mut digest = DigestSha256::new();
        digest.update(&der);
        let digest = digest.finish().0;
        if self.0.iter().any(|list| list.digest == digest) {
            return Ok(());
        }
        if self.0.len() >= LISTS_MAX {
            return Err(InvalidList::TooMany);
        }
        self.0.push(List { der: der.into(), digest, issuer, next_update });
        Ok(())
    }

    /// Adds all of `others`, as far as there is room.
    pub fn extend(&mut self, others: &Self) {
        for list in &others.0 {
            let is_known = self.0.iter().any(|known| known.digest == list.digest);
            if !is_known && self.0.len() < LISTS_MAX {
                self.0.push(list.clone());
            }
        }
    }

    /// Puts `newer` into the place of those of the same issuers.
    pub fn replace(&mut self, newer: &Self) {
        self.0.retain(|list| !newer.0.iter().any(|other| other.issuer == list.issuer));
        self.extend(newer);
    }

    /// Keeps those of the issuers that are asked for.
    pub fn keep(&mut self, is_wanted: impl Fn(&str) -> bool) {
        self.0.retain(|list| is_wanted(&list.issuer));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose they are, and when the next of each is to come.
    pub fn told(&self) -> impl Iterator<Item = (&str, Option<Timestamp>)> {
        self.0.iter().map(|list| (list.issuer.as_str(), list.next_update))
    }

    /// Those that were to be followed by others before `now` are left out.
    pub fn fresh(&self, now: Timestamp) -> Self {
        Self(self.0.iter().filter(|list| list.next_update.is_none_or(|next| next > now)).cloned().collect())
    }

    /// The latest first: of several of one issuer, the first counts.
    pub(crate) fn der(&self) -> Vec<CertificateRevocationListDer<'static>> {
        let mut lists: Vec<&List> = self.0.iter().collect();
        lists.sort_by_key(|list| std::cmp::Reverse(list.next_update));
        lists.into_iter().map(|list| list.der.clone()).collect()
    }
}
