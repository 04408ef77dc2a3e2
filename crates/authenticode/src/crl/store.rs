//! The revocation lists at hand.

use std::borrow::Cow;

use model::{Sha256, Timestamp};
use pki_types::CertificateRevocationListDer;
use pki_types::pem::PemObject as _;

use crate::algorithm::DigestAlgorithm;
use crate::certificate::{Certificate, spki_sha256};
use crate::chain::Path;
use crate::crl::{RevocationList, Revoked};
use crate::der::SEQUENCE;
use crate::fault::Fault;
use crate::reason::Reason;

/// Why a revocation list was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this revocation list cannot be used ({reason}): {detail}")]
pub struct RevocationListError {
    /// The stable name of the reason.
    pub reason: &'static str,
    /// What was expected, and where.
    pub detail: String,
}

impl From<Fault> for RevocationListError {
    fn from(fault: Fault) -> Self {
        Self { reason: fault.reason.name(), detail: fault.detail }
    }
}

/// The revocation lists at hand, from whatever source: each counts only for certificates of the authority that
/// signed it, while it is current.
#[derive(Debug, Clone, Default)]
pub struct RevocationLists {
    lists: Vec<RevocationList>,
    digests: Vec<Sha256>,
}

/// From when to when a list counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListDates {
    /// When it was made (`thisUpdate`).
    pub made_at: Timestamp,
    /// When the next one is due (`nextUpdate`).
    pub ends_at: Timestamp,
}

/// Reads a list (DER or PEM) that has to be signed by a key (`SubjectPublicKeyInfo`): when it was made, and when the next is due.
///
/// # Errors
/// [`RevocationListError`] for what [`RevocationLists::add`] does not take, and for a list that somebody else signed.
pub fn check_list(bytes: &[u8], authority_key: &[u8]) -> Result<ListDates, RevocationListError> {
    let list = RevocationList::read(&der_of(bytes))?;
    if !list.is_signed_by(authority_key) {
        return Err(Fault::new(Reason::BadSignature, "its authority did not sign it").into());
    }
    Ok(ListDates { made_at: list.this_update, ends_at: list.next_update })
}

/// What is in a file that is DER or PEM. One that begins as DER does is not searched for what begins PEM.
fn der_of(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.first() == Some(&SEQUENCE) {
        return Cow::Borrowed(bytes);
    }
    match CertificateRevocationListDer::from_pem_slice(bytes) {
        Ok(pem) => Cow::Owned(pem.to_vec()),
        Err(_) => Cow::Borrowed(bytes),
    }
}

/// What lists say of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Status {
    Good,
    Unknown,
    Revoked(Revoked),
}

impl RevocationLists {
    /// No lists.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a list (DER or PEM). That its authority signed it is verified whenever it is used, against the path in hand.
    ///
    /// # Errors
    /// [`RevocationListError`] for what is no list, has no end, is about a part of the certificates only, or rests on
    /// SHA-1.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), RevocationListError> {
        let der = der_of(bytes);
        self.lists.push(RevocationList::read(&der)?);
        // Newest first: that is the one that has to be current.
        self.lists.sort_by_key(|list| std::cmp::Reverse(list.this_update));
        self.digests.push(spki_sha256(&der));
        self.digests.sort();
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lists.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// Names this set of lists: SHA-256 over the sorted SHA-256 of each.
    pub fn id(&self) -> Sha256 {
        let all: Vec<u8> = self.digests.iter().flat_map(|digest| *digest.as_bytes()).collect();
        let digest = DigestAlgorithm::Sha256.digest(&all);
        Sha256::try_from(digest.as_ref()).unwrap_or(Sha256::new([0; 32]))
    }

    /// What is known at `at` of each certificate of a path, the signer's first; roots are revoked by taking them out
    /// of the policy.
    pub(crate) fn of_path(&self, path: &Path, at: Timestamp, grace_secs: i64) -> Vec<Status> {
        let each = path.signed().map(|(raw, spki)| match (Certificate::read(raw), spki) {
            (Ok(certificate), Some(spki)) => self.of(&certificate, spki, at, grace_secs),
            _ => Status::Unknown,
        });
        each.collect()
    }

    /// Whatever list of the issuer takes a certificate back counts, however old or new it is: an authority drops what has expired
    /// from its lists, and whoever brings an old list along does not undo a newer one. Only what was put on hold may be let go of, so
    /// that the newest list decides about that. That a certificate is good takes the newest list at that time to be current.
    fn of(&self, certificate: &Certificate<'_>, issuer_spki: &[u8], at: Timestamp, grace_secs: i64) -> Status {
        let lists: Vec<_> = self.lists.iter().filter(|list| list.is_by(certificate.issuer, issuer_spki)).collect();
        let entries = lists
            .iter()
            .enumerate()
            .filter_map(|(index, list)| list.entry(certificate).filter(|entry| index == 0 || !entry.is_hold()));
        if let Some(worst) = entries.max_by_key(|entry| entry.severity()) {
            return Status::Revoked(worst.clone());
        }
        let newest = lists.iter().find(|list| list.has_begun(at));
        if newest.is_some_and(|list| list.is_current(at, grace_secs)) { Status::Good } else { Status::Unknown }
    }
}
