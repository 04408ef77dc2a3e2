//! What holds of any bytes. The fuzz targets `archive_manifest`, `archive_part`, `archive_keys` and `archive_needs` check the same.

use archive::record::{Content, Declared, Record, Records};
use archive::{CarriedList, Decision, Document, Handovers, Location, Manifest, Needs};

/// The word of old keys for new ones is refused, or held against itself and written again. Whether it was taken.
#[allow(dead_code, reason = "each fuzz target uses one of the four")]
pub(crate) fn keys(bytes: &[u8]) -> bool {
    let Some(handovers) = Handovers::parse(bytes) else { return false };
    let old: Vec<_> = handovers.old().collect();
    assert!(old.len() <= archive::limits::HANDOVERS_MAX);
    // Each costs as many signatures as there are handovers.
    for signer in old.iter().take(3) {
        let _ = handovers.vouched(*signer, &old, &[]);
        assert_eq!(handovers.vouched(*signer, &old, &old), None, "whom an administrator removed vouches for nobody");
        assert_eq!(handovers.vouched(*signer, &[], &[]), None, "who trusts nobody is vouched for by nobody");
    }
    if let Some(text) = handovers.to_bytes() {
        assert_eq!(Handovers::parse(&text), Some(handovers), "what was written is read");
    }
    true
}

/// A list of needs is refused, or written again as the same list. Whether it was taken.
#[allow(dead_code, reason = "as above")]
pub(crate) fn needs(bytes: &[u8]) -> bool {
    let Ok(needs) = Needs::parse(bytes) else { return false };
    let wanted = needs.wanted();
    assert!(needs.revisions.iter().all(|revision| wanted.revision(revision)));
    assert_eq!(Needs::parse(&needs.to_bytes()).expect("what was written is read"), needs);
    true
}

/// A manifest is refused, or written again as it was. Whether it was taken.
#[allow(dead_code, reason = "as above")]
pub(crate) fn manifest(bytes: &[u8]) -> bool {
    let Ok(manifest) = Manifest::parse(bytes) else { return false };
    assert_eq!(manifest.to_bytes(), bytes, "each manifest has one text");
    true
}

/// What follows the first six bytes taken for the parts of a stream. Whether all of it was taken.
///
/// The first byte chooses the kind of records, and with its lowest bit whether the rest is compressed first, so that what
/// lies under the compression is reached as well. Then come the declared records (1 byte) and bytes (4, little-endian).
#[allow(dead_code, reason = "as above")]
pub(crate) fn part(bytes: &[u8]) -> bool {
    let Some((&[choice, records, a, b, c, d], rest)) = bytes.split_first_chunk::<6>() else { return false };
    let declared = Declared { records: records.into(), raw_bytes: u32::from_le_bytes([a, b, c, d]).into() };
    let packed = if choice & 1 == 1 { zstd::encode_all(rest, 1).expect("memory to compress") } else { rest.to_vec() };
    match choice >> 1 & 7 {
        4 => records_of::<CarriedList>(&packed, declared),
        0 => records_of::<Document>(&packed, declared),
        1 => records_of::<Decision>(&packed, declared),
        2 => records_of::<Location>(&packed, declared),
        _ => records_of::<Content>(&packed, declared),
    }
}

#[allow(dead_code, reason = "as above")]
fn records_of<T: Record>(packed: &[u8], declared: Declared) -> bool {
    let mut read = Declared { records: 0, raw_bytes: 0 };
    for record in Records::<T, _>::unpack(packed, declared).expect("memory to unpack") {
        let Ok(record) = record else { return false };
        let mut bytes = Vec::new();
        record.write(&mut bytes).expect("what was read can be written");
        assert!(T::read(&bytes).is_ok(), "what was written can be read");
        read.records += 1;
        read.raw_bytes += 4;
        assert!(read.records <= declared.records && read.raw_bytes <= declared.raw_bytes);
    }
    assert_eq!(read.records, declared.records);
    true
}
