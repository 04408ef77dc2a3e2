use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A computer by the id its agent chose (`ClientIdString`, MS-WUSP 2.2.2.1.1); in practice a GUID.
///
/// Shape: 1 to 255 of a–z, 0–9 and hyphen; upper case is folded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ComputerId(Box<str>);

/// A text that cannot be a computer's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a client id: 1 to 255 letters, digits and hyphens")]
pub struct InvalidComputerId(String);

impl ComputerId {
    /// The id in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ComputerId {
    type Err = InvalidComputerId;

    fn from_str(text: &str) -> Result<Self, InvalidComputerId> {
        let plain =
            (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if plain {
            Ok(Self(text.to_ascii_lowercase().into()))
        } else {
            Err(InvalidComputerId(text.chars().take(60).collect()))
        }
    }
}

impl TryFrom<String> for ComputerId {
    type Error = InvalidComputerId;

    fn try_from(text: String) -> Result<Self, InvalidComputerId> {
        text.parse()
    }
}

impl From<ComputerId> for String {
    fn from(id: ComputerId) -> Self {
        id.0.into()
    }
}

impl fmt::Display for ComputerId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The protocol version a client speaks: two numbers, compared part by part (1.8 < 1.20 < 2.90).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProtocolVersion {
    /// The first number.
    pub major: u16,
    /// The second number.
    pub minor: u16,
}

impl ProtocolVersion {
    /// The version `major.minor`.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

impl FromStr for ProtocolVersion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (major, minor) = text.trim().split_once('.').ok_or(())?;
        Ok(Self { major: major.parse().map_err(drop)?, minor: minor.parse().map_err(drop)? })
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computer_ids_fold_case_and_refuse_the_rest() {
        let id: ComputerId = "E1DA06A3-5601-43c9-bac3-52d5db701494".parse().unwrap();
        assert_eq!(id.as_str(), "e1da06a3-5601-43c9-bac3-52d5db701494");
        for bad in ["", "a b", "{e1}", &"a".repeat(256)] {
            assert!(bad.parse::<ComputerId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn versions_compare_as_numbers() {
        let version = |text: &str| text.parse::<ProtocolVersion>().unwrap();
        assert!(version("1.8") < version("1.20"));
        assert!(version("1.20") < version("2.0"));
        assert!("2".parse::<ProtocolVersion>().is_err());
        assert!("2.9.0".parse::<ProtocolVersion>().is_err());
    }
}
