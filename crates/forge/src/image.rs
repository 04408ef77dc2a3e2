//! Small images (PE), and how they are signed.

use std::ops::Range;

use crate::cms::{Flaw, INDIRECT_DATA, Signing, indirect_data};
use crate::der::{context, octets, oid, sequence, set, tlv};
use crate::key::Digest;

/// Where the headers begin.
const PE_AT: usize = 0x80;
/// Length of the headers, and of a section's alignment in the file.
const ALIGNMENT: usize = 0x200;
/// `SectionAlignment`.
const PAGE: usize = 0x1000;
/// `SPC_PE_IMAGE_DATA`.
const IMAGE_DATA: &str = "1.3.6.1.4.1.311.2.1.15";

/// An unsigned image: a header, and sections of so many bytes filled with a pattern.
pub fn image(is_64: bool, sections: &[usize]) -> Vec<u8> {
    let optional_bytes = if is_64 { 240 } else { 224 };
    let mut file = vec![0; PE_AT];
    file[..2].copy_from_slice(b"MZ");
    put(&mut file, 0x3c, PE_AT as u32);
    file.extend_from_slice(b"PE\0\0");
    file.extend_from_slice(&(if is_64 { 0x8664_u16 } else { 0x14c }).to_le_bytes());
    file.extend_from_slice(&(sections.len() as u16).to_le_bytes());
    file.extend_from_slice(&[0; 12]);
    file.extend_from_slice(&(optional_bytes as u16).to_le_bytes());
    file.extend_from_slice(&0x2022_u16.to_le_bytes());
    let optional = file.len();
    file.resize(optional + optional_bytes, 0);
    file[optional..optional + 2].copy_from_slice(&(if is_64 { 0x20b_u16 } else { 0x10b }).to_le_bytes());
    put(&mut file, optional + 32, PAGE as u32);
    put(&mut file, optional + 36, ALIGNMENT as u32);
    put(&mut file, optional + 60, ALIGNMENT as u32);
    put(&mut file, optional + optional_bytes - 132, 16);
    let mut at = ALIGNMENT;
    for (index, bytes) in sections.iter().enumerate() {
        let raw = bytes.next_multiple_of(ALIGNMENT);
        let mut header = [0; 40];
        header[..6].copy_from_slice(b".part0");
        put(&mut header, 8, *bytes as u32);
        put(&mut header, 12, ((index + 1) * PAGE) as u32);
        put(&mut header, 16, raw as u32);
        put(&mut header, 20, at as u32);
        file.extend_from_slice(&header);
        at += raw;
    }
    file.resize(ALIGNMENT, 0);
    for (index, bytes) in sections.iter().enumerate() {
        let start = file.len();
        file.extend((0..*bytes).map(|at| (at * 7 + index * 13) as u8));
        file.resize(start + bytes.next_multiple_of(ALIGNMENT), 0);
    }
    file
}

/// Where checksum and directory entry of the certificate table lie.
pub fn fields(file: &[u8]) -> (usize, usize) {
    let optional = PE_AT + 24;
    let directory = if file[optional] == 0x0b && file[optional + 1] == 2 { 144 } else { 128 };
    (optional + 64, optional + directory)
}

/// Signs an image; with page hashes if asked for.
pub fn sign(file: &[u8], signing: &Signing<'_>, with_pages: bool) -> Vec<u8> {
    let mut file = file.to_vec();
    file.resize(file.len().next_multiple_of(8), 0);
    let signature = signature(&file, signing, with_pages);
    attach(&file, &[&signature])
}

/// The signature of an image, by itself.
pub fn signature(file: &[u8], signing: &Signing<'_>, with_pages: bool) -> Vec<u8> {
    let flaw = signing.flaw;
    signing.sign(INDIRECT_DATA, &|digest| {
        let mut of_file = digest_of(file, digest);
        match flaw {
            Some(Flaw::DigestLength) => of_file.truncate(12),
            Some(Flaw::FileDigest) => of_file[3] ^= 1,
            _ => {}
        }
        let link = if with_pages { page_hashes(file, digest, flaw) } else { context(2, &tlv(0x80, &[])) };
        let data = sequence(&[&tlv(0x03, &[0]), &context(0, &link)]);
        indirect_data(IMAGE_DATA, &data, digest, &of_file)
    })
}

/// Puts signatures into the certificate table, each an entry of its own.
pub fn attach(file: &[u8], signatures: &[&[u8]]) -> Vec<u8> {
    let mut signed = file.to_vec();
    for signature in signatures {
        let length = (8 + signature.len()).next_multiple_of(8);
        signed.extend_from_slice(&(length as u32).to_le_bytes());
        signed.extend_from_slice(&[0, 2, 2, 0]);
        signed.extend_from_slice(signature);
        signed.resize(signed.len().next_multiple_of(8), 0);
    }
    let (_, directory) = fields(file);
    let length = signed.len() - file.len();
    put(&mut signed, directory, file.len() as u32);
    put(&mut signed, directory + 4, length as u32);
    signed
}

/// The digest of an image without its signatures, checksum and their place: what a signature or a catalog names it by.
pub fn digest_of(file: &[u8], digest: Digest) -> Vec<u8> {
    let (checksum, directory) = fields(file);
    digest.of(&[&file[..checksum], &file[checksum + 4..directory], &file[directory + 8..]].concat())
}

/// `SpcLink` with the digests of all pages.
fn page_hashes(file: &[u8], digest: Digest, flaw: Option<Flaw>) -> Vec<u8> {
    // Tables are of SHA-1 or SHA-256 only.
    let digest = if digest == Digest::Sha1 { Digest::Sha1 } else { Digest::Sha256 };
    let (checksum, directory) = fields(file);
    // However long the image says that its pages are.
    let page_bytes = word(file, PE_AT + 24 + 32);
    let mut table = Vec::new();
    let mut entry = |offset: usize, bytes: &[u8]| {
        table.extend_from_slice(&(offset as u32).to_le_bytes());
        let mut page = bytes.to_vec();
        page.resize(bytes.len().next_multiple_of(page_bytes), 0);
        table.extend_from_slice(&digest.of(&page));
    };
    // The headers are filled up to a page before what is left out is left out.
    let headers = [&file[..checksum], &file[checksum + 4..directory], &file[directory + 8..ALIGNMENT]].concat();
    let mut filled = headers.clone();
    filled.resize(headers.len() + page_bytes - ALIGNMENT, 0);
    let first = digest.of(&filled);
    let mut end = ALIGNMENT;
    for section in sections(file) {
        for start in section.clone().step_by(page_bytes) {
            entry(start, &file[start..section.end.min(start + page_bytes)]);
        }
        end = section.end;
    }
    let zeros = vec![0; first.len()];
    let mut table = [&[0; 4], first.as_slice(), &table, &(end as u32).to_le_bytes(), &zeros].concat();
    match flaw {
        Some(Flaw::Page) => table[40] ^= 1,
        Some(Flaw::ManyPages) => table.resize(7 << 20, 7),
        Some(Flaw::PageMissing) => table.truncate(table.len() - 4 - zeros.len()),
        _ => {}
    }
    let kind = if digest == Digest::Sha1 { "1.3.6.1.4.1.311.2.3.1" } else { "1.3.6.1.4.1.311.2.3.2" };
    let attribute = sequence(&[&oid(kind), &tlv(0x31, &octets(&table))]);
    const CLASS: [u8; 16] =
        [0xa6, 0xb5, 0x86, 0xd5, 0xb4, 0xa1, 0x24, 0x66, 0xae, 0x05, 0xa2, 0x17, 0xda, 0x8e, 0x60, 0xd6];
    context(1, &[octets(&CLASS), octets(&set(&[&attribute]))].concat())
}

fn sections(file: &[u8]) -> Vec<Range<usize>> {
    let count = usize::from(u16::from_le_bytes([file[PE_AT + 6], file[PE_AT + 7]]));
    let optional = usize::from(u16::from_le_bytes([file[PE_AT + 20], file[PE_AT + 21]]));
    let word = |at: usize| word(file, at);
    let header = |index: usize| PE_AT + 24 + optional + 40 * index;
    (0..count).map(|index| word(header(index) + 20)..word(header(index) + 20) + word(header(index) + 16)).collect()
}

fn word(file: &[u8], at: usize) -> usize {
    u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]]) as usize
}

fn put(bytes: &mut [u8], at: usize, word: u32) {
    bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
}
