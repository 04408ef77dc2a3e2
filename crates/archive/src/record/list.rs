use serde::{Deserialize, Serialize};

use super::{InvalidRecord, Record, hex_bytes, read_json, refuse_length, write_json};
use crate::StreamKind;
use crate::limits::{LIST_BYTES_MAX, URL_BYTES_MAX};

/// Longest head, in bytes: an address, a name and a key.
const HEAD_BYTES_MAX: usize = 8 << 10;
/// Longest name of an authority, in characters.
const NAME_CHARACTERS_MAX: usize = 300;
/// Longest public key, in bytes: RSA with 8,192 bits takes an eighth of it.
const KEY_BYTES_MAX: usize = 2 << 10;

/// A list of revoked certificates, and where it came from. Whether its authority signed it is for the importer to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedList {
    /// The address that certificates name, over plain HTTP.
    pub address: String,
    /// Whose it is.
    pub authority: String,
    /// The public key that has to have signed it (`SubjectPublicKeyInfo`).
    pub authority_key: Vec<u8>,
    /// The list. At most [`LIST_BYTES_MAX`] bytes.
    pub list: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    address: String,
    authority: String,
    #[serde(with = "hex_bytes")]
    authority_key: Vec<u8>,
}

impl Record for CarriedList {
    const KIND: StreamKind = StreamKind::Lists;
    const BYTES_MAX: usize = 2 + HEAD_BYTES_MAX + LIST_BYTES_MAX;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), InvalidRecord> {
        self.check()?;
        let head = Head {
            address: self.address.clone(),
            authority: self.authority.clone(),
            authority_key: self.authority_key.clone(),
        };
        let mut text = Vec::new();
        write_json(&head, &mut text)?;
        refuse_length(text.len(), HEAD_BYTES_MAX)?;
        let length = u16::try_from(text.len())
            .map_err(|_| InvalidRecord::TooLong { found: text.len() as u64, limit: HEAD_BYTES_MAX as u64 })?;
        out.extend(length.to_le_bytes());
        out.extend(text);
        out.extend(&self.list);
        Ok(())
    }

    fn read(bytes: &[u8]) -> Result<Self, InvalidRecord> {
        let too_short = || InvalidRecord::Bound(format!("it has {} bytes, too few for a list", bytes.len()));
        let (length, rest) = bytes.split_first_chunk::<2>().ok_or_else(too_short)?;
        let (head, list) = rest.split_at_checked(u16::from_le_bytes(*length).into()).ok_or_else(too_short)?;
        refuse_length(head.len(), HEAD_BYTES_MAX)?;
        let Head { address, authority, authority_key } = read_json(head)?;
        let read = Self { address, authority, authority_key, list: list.to_vec() };
        read.check()?;
        Ok(read)
    }
}

impl CarriedList {
    fn check(&self) -> Result<(), InvalidRecord> {
        refuse_length(self.list.len(), LIST_BYTES_MAX)?;
        let is_plain = |text: &str| !text.contains(|sign: char| sign.is_control());
        let is_address = self.address.starts_with("http://") && self.address.len() <= URL_BYTES_MAX;
        let is_name = self.authority.chars().count() <= NAME_CHARACTERS_MAX;
        let is_key = self.authority_key.len() <= KEY_BYTES_MAX;
        if is_address && is_name && is_key && is_plain(&self.address) && is_plain(&self.authority) {
            return Ok(());
        }
        Err(InvalidRecord::Bound(
            "a list of revoked certificates without a proper address, authority or key".to_owned(),
        ))
    }
}
