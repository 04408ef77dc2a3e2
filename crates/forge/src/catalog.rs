//! Catalogs: signed lists of digests.

use crate::certificate::at;
use crate::cms::{Signing, TRUST_LIST, attribute, indirect_data};
use crate::der::{context, null, octets, oid, sequence, time, tlv};
use crate::key::Digest;

/// Signs a catalog of members with these digests.
pub fn sign(members: &[(Digest, Vec<u8>)], signing: &Signing<'_>) -> Vec<u8> {
    signing.sign(TRUST_LIST, &|_| list(members))
}

fn list(members: &[(Digest, Vec<u8>)]) -> Vec<u8> {
    let member = |(digest, bytes): &(Digest, Vec<u8>)| {
        let link = context(0, &context(2, &tlv(0x80, &[])));
        let data = indirect_data("1.3.6.1.4.1.311.2.1.15", &sequence(&[&tlv(0x03, &[0]), &link]), *digest, bytes);
        sequence(&[&octets(bytes), &tlv(0x31, &attribute("1.3.6.1.4.1.311.2.1.4", &data))])
    };
    let members: Vec<u8> = members.iter().flat_map(member).collect();
    sequence(&[
        &sequence(&[&oid("1.3.6.1.4.1.311.12.1.1")]),
        &octets(&[7; 16]),
        &time(at("2025-01-01T00:00:00Z")),
        &sequence(&[&oid("1.3.6.1.4.1.311.12.1.3"), &null()]),
        &tlv(0x30, &members),
    ])
}
