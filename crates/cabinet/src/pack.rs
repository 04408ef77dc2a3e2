//! Content becomes a cabinet of one member.

use crate::container::{Compression, FOLDER_BYTES, HEADER_BYTES, SIGNATURE, VERSION};
use crate::error::PackError;
use crate::lzx::{Encoder, Window};
use crate::{BLOCK_BYTES, CONTENT_BYTES_MAX, NAME_BYTES_MAX, checksum};

/// Attribute of a member whose name is UTF-8 (`_A_NAME_IS_UTF`).
const NAME_IS_UTF8: u16 = 0x80;
/// Length of `CFFILE` without its name.
const MEMBER_BYTES: usize = 16;
/// Length of `CFDATA` without its data.
const BLOCK_HEAD_BYTES: usize = 8;

/// Makes a cabinet with the member `name`: one folder, LZX with a window of 2 MiB (type word 0x1503), checksums.
///
/// As in those of native WSUS (capture `server-sync/000014`), date, time, attributes and the identity of the set are 0; the
/// same content gives the same bytes. A block is never longer than its content and 16 bytes. Beside the result this takes
/// up to 3 MiB, and time in proportion to the content.
///
/// # Errors
/// [`PackError`]: a name that is none, or more than [`CONTENT_BYTES_MAX`] bytes.
pub fn pack(name: &str, content: &[u8]) -> Result<Vec<u8>, PackError> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains('\0') {
        return Err(PackError::Name(name.to_owned()));
    }
    if content.len() > CONTENT_BYTES_MAX {
        return Err(PackError::TooLong(content.len()));
    }
    // Real documents become a fifteenth of their length.
    let mut out = Vec::with_capacity(content.len() / 12 + 512);
    let data_at = HEADER_BYTES + FOLDER_BYTES + MEMBER_BYTES + name.len() + 1;
    write_header(&mut out);
    write_folder(&mut out, data_at, content.len().div_ceil(BLOCK_BYTES));
    write_member(&mut out, name, content.len());
    debug_assert_eq!(out.len(), data_at);
    Encoder::new(content).encode(|content, coded| write_block(&mut out, content.len(), coded));
    let cabinet_bytes = u32::try_from(out.len()).map_err(|_| PackError::TooLong(content.len()))?;
    if let Some(place) = out.get_mut(CABINET_BYTES_AT..CABINET_BYTES_AT + 4) {
        place.copy_from_slice(&cabinet_bytes.to_le_bytes());
    }
    Ok(out)
}

/// Where the header has the length of the cabinet.
const CABINET_BYTES_AT: usize = 8;

fn write_header(out: &mut Vec<u8>) {
    out.extend_from_slice(&SIGNATURE);
    for number in [0, 0, 0, (HEADER_BYTES + FOLDER_BYTES) as u32, 0] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(&VERSION);
    // One folder, one member; no flags, no set.
    for number in [1_u16, 1, 0, 0, 0] {
        out.extend_from_slice(&number.to_le_bytes());
    }
}

fn write_folder(out: &mut Vec<u8>, data_at: usize, blocks: usize) {
    out.extend_from_slice(&(data_at as u32).to_le_bytes());
    // CONTENT_BYTES_MAX has just so many.
    out.extend_from_slice(&(blocks as u16).to_le_bytes());
    out.extend_from_slice(&Compression::Lzx(Window::LARGEST).word().to_le_bytes());
}

fn write_member(out: &mut Vec<u8>, name: &str, content_bytes: usize) {
    out.extend_from_slice(&(content_bytes as u32).to_le_bytes());
    out.extend_from_slice(&0_u32.to_le_bytes());
    let attributes = if name.is_ascii() { 0 } else { NAME_IS_UTF8 };
    // Folder, date, time, attributes.
    for number in [0, 0, 0, attributes] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(name.as_bytes());
    out.push(0);
}

fn write_block(out: &mut Vec<u8>, content_bytes: usize, coded: &[u8]) {
    // Both are little more than 32 KiB at most.
    let [[a, b], [c, d]] = [coded.len(), content_bytes].map(|length| (length as u16).to_le_bytes());
    let sizes = [a, b, c, d];
    out.reserve(BLOCK_HEAD_BYTES + coded.len());
    out.extend_from_slice(&checksum::of_block(&sizes, coded).to_le_bytes());
    out.extend_from_slice(&sizes);
    out.extend_from_slice(coded);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_into_a_cabinet_is_refused() {
        for name in [String::new(), "a\0b".to_owned(), "x".repeat(256)] {
            assert_eq!(pack(&name, b""), Err(PackError::Name(name)));
        }
    }

    #[test]
    fn a_cabinet_begins_as_native_ones_do() {
        let packed = pack("blob", b"<\0a\0/\0>\0").unwrap();
        let mut expected = b"MSCF\0\0\0\0----\0\0\0\0\x2c\0\0\0\0\0\0\0\x03\x01\x01\0\x01\0\0\0\0\0\0\0".to_vec();
        expected[8..12].copy_from_slice(&u32::try_from(packed.len()).unwrap().to_le_bytes());
        expected.extend_from_slice(b"\x41\0\0\0\x01\0\x03\x15");
        expected.extend_from_slice(b"\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0blob\0");
        assert_eq!(packed.get(..expected.len()), Some(&expected[..]));
    }
}
