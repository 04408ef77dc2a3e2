//! Revocation lists.

use jiff::Timestamp;

use crate::certificate::Authority;
use crate::der::{bits, integer, octets, oid, sequence, time, tlv};

/// A certificate that is taken back: serial number, since when, and why (RFC 5280 5.3.1).
#[derive(Clone, Copy, Debug)]
pub struct Revoked {
    /// Serial number.
    pub serial: u64,
    /// Since when.
    pub at: Timestamp,
    /// Why; 0 leaves it out.
    pub reason: u8,
}

/// A revocation list of this authority.
pub fn list(authority: &Authority, from: Timestamp, to: Timestamp, revoked: &[Revoked]) -> Vec<u8> {
    let entry = |revoked: &Revoked| {
        let reason = sequence(&[&oid("2.5.29.21"), &octets(&tlv(0x0a, &[revoked.reason]))]);
        let extensions = if revoked.reason == 0 { Vec::new() } else { sequence(&[&reason]) };
        sequence(&[&integer(revoked.serial), &time(revoked.at), &extensions])
    };
    let entries: Vec<u8> = revoked.iter().flat_map(entry).collect();
    let entries = if entries.is_empty() { Vec::new() } else { tlv(0x30, &entries) };
    let key = &authority.identity.key;
    let algorithm = key.signature_identifier(key.digest());
    let body = sequence(&[&integer(1), &algorithm, authority.name(), &time(from), &time(to), &entries]);
    let signature = key.sign(key.digest(), &body);
    sequence(&[&body, &algorithm, &bits(&signature)])
}
