//! A cabinet that native WSUS made, read from outside the repository. (The example of MS-WSUSSS section 4 is trimmed.)

use std::fs;
use std::path::PathBuf;

use crate::{Limits, MEMBER, pack, text, unpack};

/// The text of a file below the folder of what is shared, or nothing, said loudly.
fn shared(file: &str) -> Option<String> {
    let root = std::env::var_os("VANNE_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let read = fs::read_to_string(root.join(file));
    if read.is_err() {
        eprintln!("SKIPPED: {file} is absent; set VANNE_SHARED to the folder that holds captures/");
    }
    read.ok()
}

/// The cabinets in answers to GetUpdateData.
fn cabinets(answer: &str) -> Vec<Vec<u8>> {
    let begins = answer.split("<XmlUpdateBlobCompressed>").skip(1);
    begins.map(|rest| decode(rest.split('<').next().unwrap())).collect()
}

/// Base64.
fn decode(text: &str) -> Vec<u8> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sextets: Vec<u32> = text.chars().filter_map(|letter| ALPHABET.find(letter)).map(|at| at as u32).collect();
    let group = |group: &[u32]| {
        let bits = (0..4).fold(0, |bits, at| bits << 6 | group.get(at).copied().unwrap_or(0));
        bits.to_be_bytes()[1..group.len()].to_vec()
    };
    sextets.chunks(4).flat_map(group).collect()
}

fn native() -> Vec<Vec<u8>> {
    let Some(answer) = shared("captures/server-sync/000014/response.body") else { return Vec::new() };
    let found = cabinets(&answer);
    assert!(!found.is_empty(), "the answer has no cabinet");
    found
}

#[test]
fn native_cabinets_hold_update_documents() {
    for cabinet in native() {
        let member = unpack(&cabinet, &Limits::default()).unwrap();
        assert_eq!(member.name, MEMBER);
        let document = text(&member.content).unwrap();
        assert!(document.starts_with('<') && document.trim_end().ends_with("Update>"), "{document}");
        assert!(document.contains("UpdateIdentity"));
    }
}

#[test]
fn a_native_cabinet_with_any_bit_changed_is_refused_or_read_the_same() {
    for cabinet in native() {
        let content = unpack(&cabinet, &Limits::default()).unwrap().content;
        for bit in 0..8 * cabinet.len() {
            let mut changed = cabinet.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(member) = unpack(&changed, &Limits::default()) {
                assert!(member.content == content, "bit {bit}");
            }
        }
    }
}

#[test]
fn what_is_packed_is_hardly_longer_than_native() {
    for cabinet in native() {
        let content = unpack(&cabinet, &Limits::default()).unwrap().content;
        let packed = pack(MEMBER, &content).unwrap();
        assert!(packed.len() * 100 < cabinet.len() * 105, "{} instead of {}", packed.len(), cabinet.len());
    }
}

#[test]
fn base64_is_read() {
    assert_eq!(decode("TVNDRg=="), b"MSCF");
}
