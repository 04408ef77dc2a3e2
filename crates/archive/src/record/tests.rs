use proptest::prelude::*;

use model::{Sha1, Sha256, UpdateId};
use uuid::Uuid;

use super::*;
use crate::limits::{DOCUMENT_BYTES_MAX, FILE_BYTES_MAX, FILE_KEY_BYTES_MAX, LIST_BYTES_MAX, PIECES_MAX};
use crate::tests::support;

fn written(record: &impl Record) -> Vec<u8> {
    let mut bytes = Vec::new();
    record.write(&mut bytes).unwrap();
    bytes
}

#[test]
fn every_record_survives_its_bytes() {
    let estate = support::Estate::small();
    for document in estate.documents {
        assert_eq!(Document::read(&written(&document)).unwrap(), document);
    }
    for decision in estate.decisions {
        assert_eq!(Decision::read(&written(&decision)).unwrap(), decision);
    }
    for location in estate.locations {
        assert_eq!(Location::read(&written(&location)).unwrap(), location);
    }
    for list in estate.lists {
        assert_eq!(CarriedList::read(&written(&list)).unwrap(), list);
    }
}

#[test]
fn a_list_names_an_address_over_plain_http_and_is_as_long_as_lists_may_be() {
    let list = support::Estate::small().lists.remove(0);
    let refused = |list: CarriedList| list.write(&mut Vec::new()).is_err();
    assert!(!refused(list.clone()));
    assert!(refused(CarriedList { address: "https://lists.example/one.crl".to_owned(), ..list.clone() }));
    assert!(refused(CarriedList { address: "http://lists.example/\n".to_owned(), ..list.clone() }));
    assert!(refused(CarriedList { authority: "x".repeat(301), ..list.clone() }));
    assert!(refused(CarriedList { authority_key: vec![0; 2_049], ..list.clone() }));
    assert!(!refused(CarriedList { list: vec![0; LIST_BYTES_MAX], ..list.clone() }));
    assert!(refused(CarriedList { list: vec![0; LIST_BYTES_MAX + 1], ..list.clone() }));
    let bytes = written(&list);
    for cut in [0, 1, 2, 20] {
        assert!(CarriedList::read(&bytes[..cut]).is_err(), "{cut}");
    }
    assert!(CarriedList::read(&[0xff; 70_000]).is_err());
}

#[test]
fn decisions_are_plain_json() {
    let decline = Decision::Decline { update_id: UpdateId(Uuid::from_u128(1)) };
    assert_eq!(written(&decline), br#"{"decline":{"update_id":"00000000-0000-0000-0000-000000000001"}}"#);
}

#[test]
fn what_no_reader_takes_is_not_written() {
    let mut out = Vec::new();
    let document = support::document(1, vec![0; DOCUMENT_BYTES_MAX + 1]);
    assert!(matches!(document.write(&mut out), Err(InvalidRecord::TooLong { .. })));
    for key in [Vec::new(), vec![0; FILE_KEY_BYTES_MAX + 1]] {
        let key = Location::Key { sha1: Sha1::new([1; 20]), key };
        assert!(matches!(key.write(&mut out), Err(InvalidRecord::Bound(_))));
    }
    assert!(out.is_empty());
}

#[test]
fn a_document_without_a_revision_is_none() {
    assert!(matches!(Document::read(&[0; 19]), Err(InvalidRecord::TooShort { found: 19 })));
    assert!(matches!(Document::read(&[0xff; 20]), Err(InvalidRecord::Identity(_))));
    assert_eq!(Document::read(&[0; 20]).unwrap().body, b"");
}

#[test]
fn the_longest_list_of_pieces_fits_a_record() {
    let pieces = vec![Sha256::new([0xff; 32]); PIECES_MAX as usize].into();
    let content = Content { sha256: Sha256::new([1; 32]), sha1: Sha1::new([2; 20]), size: FILE_BYTES_MAX, pieces };
    assert_eq!(Content::read(&written(&content)).unwrap(), content);
}

fn read_all<T: Record>(packed: &[u8], declared: Declared) -> Result<Vec<T>, RecordError> {
    Records::unpack(packed, declared).unwrap().collect()
}

#[test]
fn nothing_is_an_empty_stream() {
    assert_eq!(read_all::<Document>(b"", Declared { records: 0, raw_bytes: 0 }).unwrap(), []);
    let error = read_all::<Document>(b"", Declared { records: 1, raw_bytes: 24 }).unwrap_err();
    assert_eq!(error.to_string(), "it ends within record 1");
}

proptest! {
    #[test]
    fn no_bytes_and_numbers_break_a_reader(raw: Vec<u8>, records in 0..20_u64, raw_bytes in 0..300_u64) {
        let declared = Declared { records, raw_bytes };
        let packed = zstd::encode_all(&raw[..], 1).unwrap();
        if let Ok(read) = read_all::<Document>(&packed, declared) {
            prop_assert_eq!(read.len() as u64, records);
            prop_assert_eq!(raw.len() as u64, raw_bytes);
        }
        let _ = read_all::<Decision>(&packed, declared);
        let _ = read_all::<Location>(&raw, declared);
        let _ = read_all::<Content>(&raw, declared);
    }
}
