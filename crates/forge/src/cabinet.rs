//! Small cabinets, and how they are signed.

use crate::cms::{INDIRECT_DATA, Signing, indirect_data};
use crate::der::{context, tlv};

/// `SPC_CAB_DATA`.
const CAB_DATA: &str = "1.3.6.1.4.1.311.2.1.25";

/// A cabinet of one stored member, with room for a signature if asked for.
pub fn cabinet(content: &[u8], with_room: bool) -> Vec<u8> {
    let reserved = if with_room { 24 } else { 0 };
    let files_at = 36 + reserved + 8;
    let data_at = files_at + 16 + 5;
    let size = data_at + 8 + content.len();
    let mut file = Vec::with_capacity(size);
    let word = |file: &mut Vec<u8>, number: usize| file.extend_from_slice(&(number as u32).to_le_bytes());
    let short = |file: &mut Vec<u8>, number: usize| file.extend_from_slice(&(number as u16).to_le_bytes());
    file.extend_from_slice(b"MSCF");
    for number in [0, size, 0, files_at, 0] {
        word(&mut file, number);
    }
    file.extend_from_slice(&[3, 1]);
    for number in [1, 1, if with_room { 4 } else { 0 }, 7, 0] {
        short(&mut file, number);
    }
    if with_room {
        file.extend_from_slice(&[20, 0, 0, 0, 0, 0, 0x10, 0]);
        file.extend_from_slice(&[0; 16]);
    }
    word(&mut file, data_at);
    short(&mut file, 1);
    short(&mut file, 0);
    word(&mut file, content.len());
    word(&mut file, 0);
    for number in [0, 0x5a21, 0, 0x20] {
        short(&mut file, number);
    }
    file.extend_from_slice(b"part\0");
    word(&mut file, 0);
    short(&mut file, content.len());
    short(&mut file, content.len());
    file.extend_from_slice(content);
    file
}

/// Signs a cabinet that has room for it.
pub fn sign(file: &[u8], signing: &Signing<'_>) -> Vec<u8> {
    let covered = [&file[..4], &file[8..34], &file[56..]].concat();
    // The text that such links have held for twenty years.
    let text: Vec<u8> = "<<<Obsolete>>>".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let link = context(2, &tlv(0x80, &text));
    let signature = signing.sign(INDIRECT_DATA, &|digest| indirect_data(CAB_DATA, &link, digest, &digest.of(&covered)));
    attach(file, &signature)
}

/// Puts a signature behind a cabinet that has room for it.
pub fn attach(file: &[u8], signature: &[u8]) -> Vec<u8> {
    let mut signed = file.to_vec();
    signed.extend_from_slice(signature);
    signed.resize(signed.len().next_multiple_of(8).max(file.len()), 0);
    // The length says where the file ends, zeros included.
    let length = signed.len() - file.len();
    signed[44..48].copy_from_slice(&(file.len() as u32).to_le_bytes());
    signed[48..52].copy_from_slice(&(length as u32).to_le_bytes());
    signed
}
