//! Certificate revocation lists (RFC 5280 5): which certificates their authorities took back, when and why.

pub(crate) mod place;
mod store;

use std::ops::Range;

use model::Timestamp;

use crate::algorithm::DigestAlgorithm;
use crate::certificate::{Certificate, Extension, serial_number};
use crate::der::{self, ENUMERATED, INTEGER, Reader, SEQUENCE, context};
use crate::fault::Fault;
use crate::key::{PublicKey, signature_digest};
use crate::limits::{CRL_BYTES_MAX, EXTENSIONS_MAX};
use crate::name::Name;
use crate::oid;
use crate::reason::Reason;
use crate::time;

pub use self::place::ListPlace;
pub(crate) use self::store::Status;
pub use self::store::{ListDates, RevocationListError, RevocationLists, check_list};

/// A revocation list as its authority wrote it; whether it did is asked when it is used.
#[derive(Debug, Clone)]
pub(crate) struct RevocationList {
    /// The issuer's name, with tag and length.
    issuer: Vec<u8>,
    this_update: Timestamp,
    next_update: Timestamp,
    /// The serial numbers of `revoked`, one behind the other: there may be hundreds of thousands.
    serials: Vec<u8>,
    /// By serial number.
    revoked: Vec<Entry>,
    /// What was signed, and how.
    body: Vec<u8>,
    digest: DigestAlgorithm,
    signature: Vec<u8>,
}

/// A certificate that was taken back, and where its serial number stands.
#[derive(Debug, Clone)]
struct Entry {
    serial: Range<usize>,
    revoked: Revoked,
}

/// That one certificate was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revoked {
    pub(crate) at: Timestamp,
    reason: u8,
}

impl Revoked {
    /// Whether signatures from before count no more either: the key was in other hands, and nobody knows since when.
    pub(crate) fn is_compromise(&self) -> bool {
        // keyCompromise and cACompromise (RFC 5280 5.3.1).
        matches!(self.reason, 1 | 2)
    }

    /// Whether it may be taken back.
    fn is_hold(&self) -> bool {
        // certificateHold (RFC 5280 5.3.1).
        self.reason == 6
    }

    /// What leaves the fewest signatures valid is the most: a compromise, then the earliest.
    fn severity(&self) -> (bool, std::cmp::Reverse<Timestamp>) {
        (self.is_compromise(), std::cmp::Reverse(self.at))
    }
}

impl RevocationList {
    /// Reads the revocation list that `raw` is, with nothing behind it.
    pub(crate) fn read(raw: &[u8]) -> Result<Self, Fault> {
        if raw.len() > CRL_BYTES_MAX {
            return Err(Fault::new(Reason::TooLarge, format!("a revocation list of more than {CRL_BYTES_MAX} bytes")));
        }
        let mut list = der::only(raw, SEQUENCE, "a revocation list")?;
        let body = list.expect(SEQUENCE, "the body of a revocation list")?;
        let digest = signature_digest(list.sequence("the algorithm of a revocation list")?)?;
        let signature = list.bits("the signature of a revocation list")?;
        list.end("nothing behind a revocation list")?;
        let digest = digest.filter(|digest| *digest != DigestAlgorithm::Sha1);
        let digest = digest.ok_or_else(|| Fault::new(Reason::LegacyDigest, "a revocation list signed with SHA-1"))?;
        let mut fields = body.inside();
        fields.optional(INTEGER)?;
        fields.sequence("the algorithm of a revocation list")?;
        let issuer = Name::read(&mut fields)?;
        let this_update = time::read(&mut fields)?;
        // One without an end would count for ever.
        let next_update = time::read(&mut fields)?;
        let (mut serials, mut revoked) = (Vec::new(), Vec::new());
        if let Some(entries) = fields.optional(SEQUENCE)? {
            read_entries(entries.inside(), &mut serials, &mut revoked)?;
        }
        if let Some(extensions) = fields.optional(context(0))? {
            check_extensions(extensions.inside())?;
        }
        fields.end("nothing behind the extensions")?;
        revoked.sort_by(|a, b| serials.get(a.serial.clone()).cmp(&serials.get(b.serial.clone())));
        Ok(Self {
            issuer: issuer.raw.to_vec(),
            this_update,
            next_update,
            serials,
            revoked,
            body: body.raw.to_vec(),
            digest,
            signature: signature.to_vec(),
        })
    }

    /// Whether it is about certificates of this issuer, and signed by this key.
    fn is_by(&self, issuer: Name<'_>, spki: &[u8]) -> bool {
        self.issuer == issuer.raw && self.is_signed_by(spki)
    }

    fn is_signed_by(&self, spki: &[u8]) -> bool {
        PublicKey::read(spki).is_ok_and(|key| key.verify(self.digest, &self.body, &self.signature).is_ok())
    }

    fn has_begun(&self, at: Timestamp) -> bool {
        self.this_update <= at
    }

    /// Whether it counts at `at`, so many seconds after its end still.
    fn is_current(&self, at: Timestamp, grace_secs: i64) -> bool {
        self.has_begun(at) && at.as_second() <= self.next_update.as_second().saturating_add(grace_secs)
    }

    fn entry(&self, certificate: &Certificate<'_>) -> Option<&Revoked> {
        let serial = |entry: &Entry| self.serials.get(entry.serial.clone());
        let found = self.revoked.binary_search_by(|entry| serial(entry).cmp(&Some(certificate.serial)));
        found.ok().and_then(|at| self.revoked.get(at)).map(|entry| &entry.revoked)
    }
}

fn read_entries(mut entries: Reader<'_>, serials: &mut Vec<u8>, revoked: &mut Vec<Entry>) -> Result<(), Fault> {
    while !entries.is_empty() {
        let mut entry = entries.sequence("a revoked certificate")?;
        let start = serials.len();
        serials.extend_from_slice(serial_number(&mut entry)?);
        let at = time::read(&mut entry)?;
        let reason = match entry.optional(SEQUENCE)? {
            Some(extensions) => reason_of(extensions.inside())?,
            None => 0,
        };
        entry.end("nothing behind a revoked certificate")?;
        revoked.push(Entry { serial: start..serials.len(), revoked: Revoked { at, reason } });
    }
    Ok(())
}

/// The reason of an entry; 0 if it says none. Only that of its extensions may be unknown which is not critical.
fn reason_of(mut extensions: Reader<'_>) -> Result<u8, Fault> {
    let mut reason = 0;
    while !extensions.is_empty() {
        let extension = Extension::read(&mut extensions)?;
        if extension.oid == oid::CRL_REASON {
            let mut value = Reader::new(extension.value);
            reason = match value.expect(ENUMERATED, "the reason of a revocation")?.content {
                [reason] => *reason,
                _ => return Err(Fault::new(Reason::MalformedSignature, "the reason of a revocation")),
            };
        } else if extension.critical {
            return Err(Fault::new(Reason::UnsupportedAlgorithm, format!("critical extension {}", extension.oid)));
        }
    }
    Ok(reason)
}

/// Lists about a part only (distribution points, deltas) are marked critical: their silence proves nothing.
fn check_extensions(mut outer: Reader<'_>) -> Result<(), Fault> {
    let mut extensions = outer.sequence("extensions of a revocation list")?;
    outer.end("nothing behind the extensions")?;
    for _ in 0..EXTENSIONS_MAX {
        if extensions.is_empty() {
            return Ok(());
        }
        let extension = Extension::read(&mut extensions)?;
        if extension.critical {
            return Err(Fault::new(Reason::UnsupportedAlgorithm, format!("critical extension {}", extension.oid)));
        }
    }
    Err(Fault::new(Reason::TooLarge, "too many extensions of a revocation list"))
}
