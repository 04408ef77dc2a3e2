//! Signed files with one thing altered afterwards: fields, offsets, lengths, padding, ends.

use authenticode::{Class, Reason};
use forge::image;

use crate::estate::{ACCEPTED, Comparison, ESTATE, Expected, Form, judge, noted, question, refused};

struct Mutations {
    comparison: Comparison,
    trust: authenticode::Trust,
}

impl Mutations {
    fn new() -> Self {
        Self { comparison: Comparison::default(), trust: ESTATE.trust(&[]) }
    }

    fn check(&mut self, name: &str, bytes: &[u8], expected: Expected) {
        self.comparison.check(name, &judge(&self.trust, bytes, &question(Class::MsApp)), expected);
    }

    fn altered(&mut self, name: &str, bytes: &[u8], alter: impl FnOnce(&mut Vec<u8>), reason: Reason) {
        let mut bytes = bytes.to_vec();
        alter(&mut bytes);
        self.check(name, &bytes, refused(reason));
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn put(bytes: &mut [u8], at: usize, word: u32) {
    bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
}

/// Where `part` lies.
fn find(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).position(|window| window == part).unwrap()
}

#[test]
fn any_byte_of_the_content_matters() {
    let mut mutations = Mutations::new();
    for form in Form::ALL {
        let bytes = form.sign(&ESTATE.publisher.signing());
        let content = match form {
            Form::Image32 | Form::Image64 | Form::ImageWithPages => {
                let (_, directory) = image::fields(&bytes);
                0x200..word(&bytes, directory) as usize
            }
            Form::Cabinet => {
                let start = find(&bytes, &[42; 100]);
                start..start + 900
            }
            Form::Installer | Form::InstallerWithMetadata => {
                let part: Vec<u8> = (0..5000_usize).map(|at| (at * 7) as u8).collect();
                let start = find(&bytes, &part);
                start..start + 5000
            }
            Form::Catalog => {
                let start = find(&bytes, &[1; 32]);
                start..start + 32
            }
        };
        let reason = if form == Form::Catalog { Reason::MessageDigestMismatch } else { Reason::DigestMismatch };
        let step = if content.len() > 2000 { 9 } else { 2 };
        for at in content.step_by(step) {
            mutations.altered(&format!("{form:?} at {at}"), &bytes, |bytes| bytes[at] ^= 0x10, reason);
        }
    }
    mutations.comparison.finish(3000);
}

#[test]
fn sec_a1_the_table_of_an_image_ends_the_file_and_hides_nothing() {
    let mut mutations = Mutations::new();
    for form in [Form::Image32, Form::Image64, Form::ImageWithPages] {
        let bytes = form.sign(&ESTATE.publisher.signing());
        let (checksum, directory) = image::fields(&bytes);
        let (offset, length) = (word(&bytes, directory), word(&bytes, directory + 4));
        let table = offset as usize;
        let mut altered = |name: &str, alter: &dyn Fn(&mut Vec<u8>), reason| {
            mutations.altered(&format!("{form:?} {name}"), &bytes, alter, reason);
        };
        let misplaced = Reason::CertificateTableMisplaced;
        altered("offset + 8", &|bytes| put(bytes, directory, offset + 8), misplaced);
        altered("offset + 1", &|bytes| put(bytes, directory, offset + 1), misplaced);
        altered("offset - 8", &|bytes| put(bytes, directory, offset - 8), Reason::TrailingBytes);
        altered("offset in the headers", &|bytes| put(bytes, directory, 64), misplaced);
        altered("offset of the end", &|bytes| put(bytes, directory, u32::MAX - 7), misplaced);
        altered("no offset", &|bytes| put(bytes, directory, 0), misplaced);
        altered("length + 8", &|bytes| put(bytes, directory + 4, length + 8), misplaced);
        altered("length - 8", &|bytes| put(bytes, directory + 4, length - 8), Reason::TrailingBytes);
        altered("no length", &|bytes| put(bytes, directory + 4, 0), Reason::Unsigned);
        altered("largest length", &|bytes| put(bytes, directory + 4, u32::MAX), misplaced);
        altered("four directories", &|bytes| put(bytes, directory - 36, 4), Reason::Unsigned);
        altered("entry longer", &|bytes| put(bytes, table, length + 8), Reason::MalformedFile);
        altered("entry shorter", &|bytes| put(bytes, table, length - 8), Reason::MalformedSignature);
        altered("entry of nothing", &|bytes| put(bytes, table, 0), Reason::MalformedFile);
        altered("entry of its head", &|bytes| put(bytes, table, 8), Reason::MalformedSignature);
        altered("revision", &|bytes| bytes[table + 4] = 1, Reason::MalformedFile);
        altered("type", &|bytes| bytes[table + 6] = 1, Reason::MalformedFile);
        for count in [1, 7, 8, 512, 4096] {
            let append = |bytes: &mut Vec<u8>| bytes.extend(vec![0; count]);
            altered(&format!("{count} bytes appended"), &append, Reason::TrailingBytes);
        }
        for count in [1, 8, 100] {
            let cut = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - count);
            altered(&format!("{count} bytes cut off"), &cut, misplaced);
        }
        for count in [8_u32, 64, 4096] {
            let hide = |bytes: &mut Vec<u8>| {
                bytes.extend(vec![0; count as usize]);
                put(bytes, directory + 4, length + count);
                put(bytes, table, length + count);
            };
            altered(&format!("{count} zeros in the padding"), &hide, Reason::CertificatePadding);
        }
        altered(
            "a payload in the padding",
            &|bytes| {
                bytes.extend_from_slice(b"payload!");
                put(bytes, directory + 4, length + 8);
                put(bytes, table, length + 8);
            },
            Reason::CertificatePadding,
        );
        altered(
            "a second entry",
            &|bytes| {
                bytes.extend_from_slice(&[16, 0, 0, 0, 0, 2, 2, 0, 0x30, 0, 0, 0, 0, 0, 0, 0]);
                put(bytes, directory + 4, length + 16);
            },
            Reason::MalformedSignature,
        );
        altered("headers elsewhere", &|bytes| put(bytes, 0x3c, 0x84), Reason::MalformedFile);
        altered("headers beyond", &|bytes| put(bytes, 0x3c, u32::MAX), Reason::MalformedFile);
        altered("headers behind", &|bytes| put(bytes, 0x3c, 0xfff0), Reason::MalformedFile);
        altered("machine", &|bytes| bytes[0x84] ^= 1, Reason::DigestMismatch);
        altered("sections", &|bytes| bytes[0x86..0x88].fill(0xff), Reason::MalformedFile);
        altered("magic", &|bytes| bytes[0x98] = 7, Reason::MalformedFile);
        // What no signature covers: only the digest of the whole file does.
        let mut unprotected = bytes.clone();
        unprotected[checksum] ^= 1;
        mutations.check("checksum", &unprotected, ACCEPTED);
    }
    mutations.comparison.finish(100);
}

#[test]
fn the_fields_that_a_cabinets_digest_leaves_out_have_to_be_as_signing_leaves_them() {
    let bytes = Form::Cabinet.sign(&ESTATE.publisher.signing());
    let mut mutations = Mutations::new();
    let (offset, length) = (word(&bytes, 44), word(&bytes, 48));
    let mut altered = |name: &str, alter: &dyn Fn(&mut Vec<u8>), reason| {
        mutations.altered(name, &bytes, alter, reason);
    };
    let malformed = Reason::MalformedFile;
    for at in [4, 5, 6, 7, 34, 35, 38, 39, 52, 53, 54, 55] {
        altered(&format!("byte {at}"), &|bytes| bytes[at] = 1, malformed);
    }
    for at in [12, 13, 20, 23, 24, 25, 28, 32, 33, 56, 57, 58, 59] {
        altered(&format!("byte {at}"), &|bytes| bytes[at] ^= 1, Reason::DigestMismatch);
    }
    altered("length of the cabinet", &|bytes| put(bytes, 8, offset + 8), malformed);
    altered("offset of the files", &|bytes| put(bytes, 16, 61), malformed);
    altered("folders", &|bytes| bytes[26] = 2, malformed);
    altered("from a set", &|bytes| bytes[30] |= 1, malformed);
    altered("goes on", &|bytes| bytes[30] |= 2, malformed);
    altered("nothing reserved", &|bytes| bytes[30] = 0, Reason::Unsigned);
    altered("other reserved bytes", &|bytes| bytes[36] = 24, Reason::Unsigned);
    altered("other mark", &|bytes| bytes[42] = 0x11, Reason::Unsigned);
    altered("offset + 8", &|bytes| put(bytes, 44, offset + 8), malformed);
    altered("offset - 8", &|bytes| put(bytes, 44, offset - 8), malformed);
    altered("no length", &|bytes| put(bytes, 48, 0), Reason::Unsigned);
    altered("length + 8", &|bytes| put(bytes, 48, length + 8), malformed);
    altered("length - 8", &|bytes| put(bytes, 48, length - 8), Reason::TrailingBytes);
    altered("largest length", &|bytes| put(bytes, 48, u32::MAX), malformed);
    for count in [1, 8, 512] {
        altered(&format!("{count} appended"), &|bytes| bytes.extend(vec![0; count]), Reason::TrailingBytes);
        altered(&format!("{count} cut off"), &|bytes| bytes.truncate(bytes.len() - count), malformed);
    }
    altered(
        "a payload in the padding",
        &|bytes| {
            bytes.extend_from_slice(b"payload!");
            put(bytes, 48, length + 8);
        },
        Reason::CertificatePadding,
    );
    mutations.comparison.finish(40);
}

#[test]
fn sec_a2_a_compound_file_owns_every_byte_once() {
    let mut mutations = Mutations::new();
    for form in [Form::Installer, Form::InstallerWithMetadata] {
        let bytes = form.sign(&ESTATE.publisher.signing());
        let sectors = bytes.len() as u32 / 512 - 1;
        let (fat, directory) = (word(&bytes, 76), word(&bytes, 48));
        let fat_at = (fat as usize + 1) * 512;
        let entry = |index: usize| (directory as usize + 1) * 512 + 128 * index;
        let mut altered = |name: &str, alter: &dyn Fn(&mut Vec<u8>), reason| {
            mutations.altered(&format!("{form:?} {name}"), &bytes, alter, reason);
        };
        let malformed = Reason::MalformedFile;
        for count in [1, 511, 512 * 200, 64 << 10] {
            altered(&format!("{count} appended"), &|bytes| bytes.extend(vec![0; count]), malformed);
        }
        altered("a sector with a payload", &|bytes| bytes.extend(vec![7; 512]), Reason::UnaccountedBytes);
        for count in [1, 512, 1024, 4096] {
            altered(&format!("{count} cut off"), &|bytes| bytes.truncate(bytes.len() - count), malformed);
        }
        altered("version", &|bytes| bytes[26] = 5, malformed);
        altered("byte order", &|bytes| bytes[28] = 0, malformed);
        altered("length of sectors", &|bytes| bytes[30] = 8, malformed);
        altered("length of mini sectors", &|bytes| bytes[32] = 7, malformed);
        altered("class", &|bytes| bytes[8] = 1, malformed);
        altered("cutoff", &|bytes| put(bytes, 56, 1), malformed);
        altered("directory elsewhere", &|bytes| put(bytes, 48, sectors + 7), malformed);
        altered("directory in the table", &|bytes| put(bytes, 48, fat), malformed);
        altered("no table", &|bytes| put(bytes, 44, 0), malformed);
        altered("table of many sectors", &|bytes| put(bytes, 44, u32::MAX), malformed);
        altered("table elsewhere", &|bytes| put(bytes, 76, sectors + 1), malformed);
        altered("list beyond the header", &|bytes| put(bytes, 68, 3), malformed);
        altered("a chain into itself", &|bytes| put(bytes, fat_at, 0), malformed);
        altered("a chain to nowhere", &|bytes| put(bytes, fat_at, sectors + 9), malformed);
        altered("a chain that ends early", &|bytes| put(bytes, fat_at, 0xffff_fffe), malformed);
        altered("the table is free", &|bytes| put(bytes, fat_at + 4 * fat as usize, u32::MAX), malformed);
        altered("root of another kind", &|bytes| bytes[entry(0) + 66] = 1, Reason::UnaccountedBytes);
        let unaccounted = Reason::UnaccountedBytes;
        for at in 34..40 {
            altered(&format!("reserved byte {at}"), &|bytes| bytes[at] = 1, malformed);
        }
        altered("sectors of the directory", &|bytes| bytes[40] = 1, malformed);
        altered("sectors of the table's list", &|bytes| bytes[72] = 1, malformed);
        // Entries of the directory that nothing uses: the other form fills its sectors.
        let unused = (entry(0)..bytes.len()).step_by(128).find(|at| bytes[at + 66] == 0);
        assert_eq!(unused.is_some(), form == Form::InstallerWithMetadata);
        if let Some(unused) = unused {
            for (what, at) in [("name", 0), ("length of a name", 64), ("kind", 66), ("sibling", 69), ("class", 80)] {
                altered(&format!("{what} of nothing"), &|bytes| bytes[unused + at] = 1, unaccounted);
            }
            for (what, at) in [("state", 96), ("date", 100), ("start", 116), ("length", 120), ("end", 127)] {
                altered(&format!("{what} of nothing"), &|bytes| bytes[unused + at] = 1, unaccounted);
            }
        }
        altered("behind a name", &|bytes| bytes[entry(1) + 63] = 1, unaccounted);
        altered("class of a stream", &|bytes| bytes[entry(1) + 80] = 1, unaccounted);
        altered("colour", &|bytes| bytes[entry(1) + 67] = 2, unaccounted);
        // What the mini stream does not fill of its last sector, and what its table says of nothing.
        let (mini, mini_bytes) = (word(&bytes, entry(0) + 116), word(&bytes, entry(0) + 120));
        let tail = (mini + 1) as usize * 512 + mini_bytes as usize;
        assert!(mini_bytes % 512 != 0);
        altered("behind the mini stream", &|bytes| bytes[tail] = 1, unaccounted);
        let table = (word(&bytes, 60) + 1) as usize * 512;
        altered("a mini sector of nothing", &|bytes| put(bytes, table + 4 * 127, 0xffff_fffe), unaccounted);
        altered("no children", &|bytes| put(bytes, entry(0) + 76, u32::MAX), Reason::UnaccountedBytes);
        altered("a circle of siblings", &|bytes| put(bytes, entry(1) + 72, 1), malformed);
        altered("a sibling that is not there", &|bytes| put(bytes, entry(1) + 72, 9999), malformed);
        altered("a child of a stream", &|bytes| put(bytes, entry(1) + 76, 2), malformed);
        altered("a name of nothing", &|bytes| bytes[entry(1) + 64] = 0, malformed);
        altered("a long name", &|bytes| bytes[entry(1) + 64] = 80, malformed);
        altered("a kind that is none", &|bytes| bytes[entry(1) + 66] = 3, malformed);
        altered("a start that is not there", &|bytes| put(bytes, entry(1) + 116, 99_999), malformed);
        altered("a size beyond", &|bytes| put(bytes, entry(1) + 120, 1 << 20), malformed);
    }
    mutations.comparison.finish(70);
}

#[test]
fn names_and_dates_are_covered_where_the_signer_took_them() {
    let with = Form::InstallerWithMetadata.sign(&ESTATE.publisher.signing());
    let mut mutations = Mutations::new();
    let name: Vec<u8> = "Table".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = find(&with, &name);
    mutations.altered("name", &with, |bytes| bytes[at] = b'S', Reason::MetadataDigestMismatch);
    mutations.altered("date", &with, |bytes| bytes[at + 100] = 1, Reason::MetadataDigestMismatch);
    mutations.altered("state", &with, |bytes| bytes[at + 96] = 1, Reason::MetadataDigestMismatch);
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let signature = find(&with, &utf16("\u{5}MsiDigitalSignatureEx"));
    mutations.altered("its own date", &with, |bytes| bytes[signature + 100] = 1, Reason::UnaccountedBytes);
    // Without, streams have none, and of storages only the digest of the whole file tells.
    let without = Form::Installer.sign(&ESTATE.publisher.signing());
    let (stream, storage) = (find(&without, &name), find(&without, &utf16("Transform")));
    mutations.altered("date", &without, |bytes| bytes[stream + 100] = 1, Reason::UnaccountedBytes);
    mutations.altered("state", &without, |bytes| bytes[stream + 96] = 1, Reason::UnaccountedBytes);
    mutations.altered("start of a storage", &without, |bytes| bytes[storage + 117] = 1, Reason::UnaccountedBytes);
    mutations.altered("size of a storage", &without, |bytes| bytes[storage + 120] = 1, Reason::UnaccountedBytes);
    let mut altered = without.clone();
    altered[storage + 100] = 1;
    mutations.check("date of a storage", &altered, ACCEPTED);
    mutations.comparison.finish(9);
}

#[test]
fn sec_a2_what_stands_behind_the_ends_of_streams_is_told_and_no_archive() {
    let bytes = Form::Installer.sign(&ESTATE.publisher.signing());
    let mut mutations = Mutations::new();
    let long: Vec<u8> = (0..5000_usize).map(|at| (at * 7) as u8).collect();
    let short: Vec<u8> = (0..100_usize).map(|at| (at * 3) as u8).collect();
    let behind = [(find(&bytes, &long) + 5000, 120), (find(&bytes, &short) + 100, 28)];
    for (start, length) in behind {
        assert!(bytes[start..start + length].iter().all(|byte| *byte == 0));
        for at in [start, start + length - 1] {
            let mut altered = bytes.clone();
            altered[at] = 7;
            mutations.check(&format!("at {at}"), &altered, noted(Reason::SlackBytes));
        }
        for at in [start, start + length - 22] {
            let hide = |bytes: &mut Vec<u8>| bytes[at..at + 4].copy_from_slice(b"PK\x05\x06");
            mutations.altered(&format!("archive at {at}"), &bytes, hide, Reason::UnaccountedBytes);
        }
    }
    // A note takes no signature's place.
    let mut unsigned = Form::Installer.unsigned().unwrap();
    let start = find(&unsigned, &short) + 100;
    unsigned[start] = 7;
    mutations.check("unsigned", &unsigned, refused(Reason::Unsigned));
    mutations.comparison.finish(9);
}

#[test]
fn sec_a2_nothing_stands_behind_the_header_of_a_file_with_long_sectors() {
    let publisher = &ESTATE.publisher;
    let bytes = forge::compound::sign_in_long_sectors(&forge::compound::sample(), &publisher.signing());
    let mut mutations = Mutations::new();
    mutations.check("as it was", &bytes, ACCEPTED);
    for at in [512, 2000, 4095] {
        let hide = |bytes: &mut Vec<u8>| bytes[at] = 1;
        mutations.altered(&format!("at {at}"), &bytes, hide, Reason::UnaccountedBytes);
    }
    mutations.altered("no sectors of the directory", &bytes, |bytes| bytes[40] = 0, Reason::MalformedFile);
    mutations.comparison.finish(5);
}

#[test]
fn sec_a2_a_catalog_is_its_signature_and_nothing_else() {
    let bytes = Form::Catalog.sign(&ESTATE.publisher.signing());
    let mut mutations = Mutations::new();
    for count in [1, 8, 4096] {
        mutations.altered(
            &format!("{count} appended"),
            &bytes,
            |bytes| bytes.extend(vec![0; count]),
            Reason::TrailingBytes,
        );
        let cut = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len().saturating_sub(count).max(9));
        mutations.altered(&format!("{count} cut off"), &bytes, cut, Reason::MalformedSignature);
    }
    mutations.comparison.finish(6);
}
