//! `registry.pol`, the file of a group policy object (MS-GPREG 2.2.1).

use super::policy::{Data, Policy};

const SIGNATURE: &[u8] = b"PReg";
const VERSION: u32 = 1;
/// Kinds of values: `REG_SZ`, `REG_BINARY`, `REG_DWORD`.
const TEXT: u32 = 1;
const BYTES: u32 = 3;
const NUMBER: u32 = 4;

/// A header, then for each value `[key;name;kind;length;data]` in UTF-16, texts ended by a NUL, numbers of 32 bits.
pub(super) fn write(policy: &Policy) -> Vec<u8> {
    let mut bytes = SIGNATURE.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    for value in policy.values() {
        let (kind, data) = match &value.data {
            Data::Text(text) => (TEXT, terminated(text)),
            Data::Number(number) => (NUMBER, number.to_le_bytes().to_vec()),
            Data::Bytes(data) => (BYTES, data.clone()),
        };
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
        let parts = [terminated(&value.key), terminated(value.name), kind.to_le_bytes().to_vec(), length, data];
        bytes.extend(mark('['));
        bytes.extend(parts.join(mark(';').as_slice()));
        bytes.extend(mark(']'));
    }
    bytes
}

fn mark(mark: char) -> Vec<u8> {
    utf16(mark.encode_utf8(&mut [0; 4]))
}

fn terminated(text: &str) -> Vec<u8> {
    [utf16(text), vec![0, 0]].concat()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
