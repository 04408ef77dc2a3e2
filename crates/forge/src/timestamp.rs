//! Timestamps: tokens of RFC 3161, and countersignatures of PKCS #9.

use jiff::Timestamp;

use crate::certificate::Identity;
use crate::cms::{Attestation, attribute, info, signed_data};
use crate::der::{context, generalized, integer, octets, oid, sequence, set, time, tlv};
use crate::key::Digest;

const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
const RFC3161: &str = "1.3.6.1.4.1.311.3.3.1";
const COUNTERSIGNATURE: &str = "1.2.840.113549.1.9.6";

/// The unsigned attribute that attests `signature`.
pub fn attest(stamp: Attestation<'_>, signature: &[u8]) -> Vec<u8> {
    match stamp {
        Attestation::Token(authority, at) => attribute(RFC3161, &token(authority, at, signature, false)),
        Attestation::OtherImprint(authority, at) => attribute(RFC3161, &token(authority, at, b"another", false)),
        Attestation::WrongSignature(authority, at) => attribute(RFC3161, &token(authority, at, signature, true)),
        Attestation::Twice(authority, at) => {
            let token = token(authority, at, signature, false);
            sequence(&[&oid(RFC3161), &tlv(0x31, &[token.clone(), token].concat())])
        }
        Attestation::Garbage => attribute(RFC3161, &octets(b"no token")),
        Attestation::Unsigned(authority, at) => {
            attribute(RFC3161, &token_beside(authority, at, signature, false, &unsigned(), &[]))
        }
        Attestation::AttributeCertificates(authority, at, count) => {
            let certificates = vec![context(1, &sequence(&[&octets(b"how the clock was set")])); count];
            attribute(RFC3161, &token_beside(authority, at, signature, false, &[], &certificates))
        }
        Attestation::Countersignature(authority, at) => {
            attribute(COUNTERSIGNATURE, &countersignature(authority, at, signature, &[]))
        }
        Attestation::UnsignedCountersignature(authority, at) => {
            attribute(COUNTERSIGNATURE, &countersignature(authority, at, signature, &unsigned()))
        }
    }
}

/// Unsigned attributes that nobody knows.
fn unsigned() -> Vec<u8> {
    context(1, &attribute("1.3.6.1.4.1.99999.2", &octets(b"a payload that nobody signed")))
}

/// A token about `stamped`.
pub fn token(authority: &Identity, at: Timestamp, stamped: &[u8], is_wrong: bool) -> Vec<u8> {
    token_beside(authority, at, stamped, is_wrong, &[], &[])
}

/// The same with unsigned attributes, and with more among its certificates.
fn token_beside(
    authority: &Identity,
    at: Timestamp,
    stamped: &[u8],
    is_wrong: bool,
    unsigned: &[u8],
    beside: &[Vec<u8>],
) -> Vec<u8> {
    let digest = authority.key.digest();
    let imprint = sequence(&[&digest.identifier(), &octets(&digest.of(stamped))]);
    let content = sequence(&[&integer(1), &oid("1.3.6.1.4.1.99999.3"), &imprint, &integer(42), &generalized(at)]);
    let id = sequence(&[&sequence(&[&sequence(&[&octets(&Digest::Sha256.of(&authority.certificate))])])]);
    let attributes = set(&[
        &attribute("1.2.840.113549.1.9.3", &oid(TST_INFO)),
        &attribute("1.2.840.113549.1.9.4", &octets(&digest.of(&content))),
        &attribute("1.2.840.113549.1.9.16.2.47", &id),
    ]);
    let mut signature = authority.key.sign(digest, &attributes);
    if is_wrong {
        let middle = signature.len() / 2;
        signature[middle] ^= 1;
    }
    let info = signed(authority, digest, &attributes, &signature, unsigned);
    let mut certificates = vec![authority.certificate.clone()];
    certificates.extend(authority.chain.iter().chain(beside).cloned());
    signed_data(TST_INFO, &octets(&content), &digest.identifier(), &certificates, &info)
}

fn countersignature(authority: &Identity, at: Timestamp, stamped: &[u8], unsigned: &[u8]) -> Vec<u8> {
    let digest = authority.key.digest();
    let attributes = set(&[
        &attribute("1.2.840.113549.1.9.3", &oid("1.2.840.113549.1.7.1")),
        &attribute("1.2.840.113549.1.9.4", &octets(&digest.of(stamped))),
        &attribute("1.2.840.113549.1.9.5", &time(at)),
    ]);
    let signature = authority.key.sign(digest, &attributes);
    signed(authority, digest, &attributes, &signature, unsigned)
}

fn signed(authority: &Identity, digest: Digest, attributes: &[u8], signature: &[u8], unsigned: &[u8]) -> Vec<u8> {
    let mut signed = attributes.to_vec();
    signed[0] = 0xa0;
    let algorithm = authority.key.signature_identifier(digest);
    info(authority, &digest.identifier(), &signed, &algorithm, signature, unsigned)
}
