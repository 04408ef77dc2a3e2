use model::Sha1;
use serde::{Deserialize, Serialize};

use super::{InvalidRecord, Record, hex_bytes, read_json, write_json};
use crate::StreamKind;
use crate::limits::{FILE_KEY_BYTES_MAX, RECORD_BYTES_MAX, URL_BYTES_MAX};

/// What is known of how a file is fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Location {
    /// Where its publisher serves it.
    Url {
        /// The file.
        sha1: Sha1,
        /// An address in HTTP or HTTPS, at most [`URL_BYTES_MAX`] bytes.
        url: String,
    },
    /// What opens it, if it is served encrypted.
    Key {
        /// The file.
        sha1: Sha1,
        /// 1 to [`FILE_KEY_BYTES_MAX`] bytes; in hex digits.
        #[serde(with = "hex_bytes")]
        key: Vec<u8>,
    },
}

impl Record for Location {
    const KIND: StreamKind = StreamKind::Locations;
    const BYTES_MAX: usize = RECORD_BYTES_MAX;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), InvalidRecord> {
        self.check()?;
        write_json(self, out)
    }

    fn read(bytes: &[u8]) -> Result<Self, InvalidRecord> {
        let location: Self = read_json(bytes)?;
        location.check()?;
        Ok(location)
    }
}

impl Location {
    fn check(&self) -> Result<(), InvalidRecord> {
        match self {
            Self::Url { sha1, url } => {
                let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
                let known = matches!(scheme.as_deref(), Some("http" | "https"));
                if known && url.len() <= URL_BYTES_MAX && !url.contains(|sign: char| sign.is_control() || sign == ' ') {
                    return Ok(());
                }
                let most = format!("an address in HTTP or HTTPS of at most {URL_BYTES_MAX} bytes");
                Err(InvalidRecord::Bound(format!("the address of file {sha1} is not {most}")))
            }
            Self::Key { key, .. } if (1..=FILE_KEY_BYTES_MAX).contains(&key.len()) => Ok(()),
            Self::Key { sha1, key } => Err(InvalidRecord::Bound(format!(
                "the key of file {sha1} has {} bytes, 1 to {FILE_KEY_BYTES_MAX} are allowed",
                key.len()
            ))),
        }
    }
}
