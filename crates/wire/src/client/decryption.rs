use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits;

/// How to open an encrypted file, as it stands beside its address: a JSON object in a text (MS-WUSP 2.2.2.2.10,
/// `DecryptionInformation`; agents since Windows 10 1803). All its members are optional.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecryptionInformation {
    /// The key.
    #[serde(rename = "KeyData", default, with = "key", skip_serializing_if = "Option::is_none")]
    pub key: Option<Vec<u8>>,
    /// Bytes that are encrypted at a time: 65,536 unless told.
    #[serde(rename = "EncryptionBufferSize", default = "buffer_bytes")]
    pub buffer_bytes: u32,
    /// `AES` unless told.
    #[serde(rename = "AlgorithmName", default = "algorithm")]
    pub algorithm: String,
    /// `ChainingModeCBC` unless told.
    #[serde(rename = "ChainingMode", default = "chaining_mode")]
    pub chaining_mode: String,
}

impl DecryptionInformation {
    /// A key, for everything else as usual.
    pub fn new(key: Vec<u8>) -> Self {
        Self { key: Some(key), buffer_bytes: buffer_bytes(), algorithm: algorithm(), chaining_mode: chaining_mode() }
    }
}

/// Keys are in no log.
impl fmt::Debug for DecryptionInformation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, buffer_bytes, algorithm, chaining_mode } = self;
        let key = key.as_ref().map(Vec::len);
        write!(formatter, "DecryptionInformation {{ {key:?} bytes, {buffer_bytes}, {algorithm}, {chaining_mode} }}")
    }
}

impl fmt::Display for DecryptionInformation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        formatter.write_str(&text)
    }
}

/// Why a text says nothing of how to open a file.
#[derive(Debug, thiserror::Error)]
pub enum InvalidDecryptionInformation {
    /// It is no such object.
    #[error("it is no JSON object of the kind of MS-WUSP 2.2.2.2.10")]
    Json(#[from] serde_json::Error),
    /// Longer than any key needs.
    #[error("it has {0} bytes, more than any key needs")]
    TooLong(usize),
}

impl FromStr for DecryptionInformation {
    type Err = InvalidDecryptionInformation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > limits::DECRYPTION_KEY.max * 2 {
            return Err(InvalidDecryptionInformation::TooLong(text.len()));
        }
        // An array would pass for an object whose members are all left out.
        let members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text)?;
        Ok(serde_json::from_value(members.into())?)
    }
}

const fn buffer_bytes() -> u32 {
    65_536
}

fn algorithm() -> String {
    "AES".to_owned()
}

fn chaining_mode() -> String {
    "ChainingModeCBC".to_owned()
}

/// Base64.
mod key {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(key: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        match key {
            Some(key) => serializer.serialize_str(&STANDARD.encode(key)),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| STANDARD.decode(text.trim()).map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_the_specification_has_it_and_read_back() {
        let information = DecryptionInformation::new(vec![1, 2, 3]);
        let text = information.to_string();
        assert_eq!(
            text,
            r#"{"KeyData":"AQID","EncryptionBufferSize":65536,"AlgorithmName":"AES","ChainingMode":"ChainingModeCBC"}"#
        );
        assert_eq!(text.parse::<DecryptionInformation>().unwrap(), information);
        assert!(!format!("{information:?}").contains("AQID"));
    }

    #[test]
    fn what_is_left_out_is_as_usual_and_garbage_is_refused() {
        let usual = DecryptionInformation { key: None, ..DecryptionInformation::new(Vec::new()) };
        assert_eq!("{}".parse::<DecryptionInformation>().unwrap(), usual);
        assert_eq!(r#"{"KeyData":null,"More":1}"#.parse::<DecryptionInformation>().unwrap(), usual);
        for garbage in ["", "[]", r#"{"KeyData":"*"}"#, r#"{"EncryptionBufferSize":-1}"#, &" ".repeat(9_000)] {
            assert!(garbage.parse::<DecryptionInformation>().is_err(), "{garbage}");
        }
    }
}
