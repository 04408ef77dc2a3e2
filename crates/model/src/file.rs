use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Languages, Sha1, Sha256};

/// The name a content file has before installation. Not unique; never used as a path.
///
/// Shape: 1 to 255 characters, no control characters, no `/` or `\`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName(String);

/// A text that cannot be a file name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a plain file name of 1 to 255 characters")]
pub struct InvalidFileName(String);

impl FileName {
    /// The name as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The extension in lower case without its dot: 1 to 16 letters or digits, or `None`.
    ///
    /// It becomes part of the file's address, which is why nothing else may be in it.
    pub fn extension(&self) -> Option<String> {
        let (_, extension) = self.0.rsplit_once('.')?;
        let plain = (1..=16).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plain.then(|| extension.to_ascii_lowercase())
    }
}

impl FromStr for FileName {
    type Err = InvalidFileName;

    fn from_str(text: &str) -> Result<Self, InvalidFileName> {
        let plain = (1..=255).contains(&text.chars().count())
            && !text.chars().any(|character| character.is_control() || matches!(character, '/' | '\\'));
        if plain { Ok(Self(text.to_owned())) } else { Err(InvalidFileName(text.chars().take(60).collect())) }
    }
}

impl TryFrom<String> for FileName {
    type Error = InvalidFileName;

    fn try_from(text: String) -> Result<Self, InvalidFileName> {
        text.parse()
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What metadata promises of a content file (`Files/File`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ContentFile {
    /// The name clients ask by; always there.
    pub sha1: Sha1,
    /// Absent on documents of before about 2013.
    pub sha256: Option<Sha256>,
    /// Length in bytes.
    pub size: u64,
    /// The name before installation.
    pub name: FileName,
}

/// What a revision has a content file for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum FileUse {
    /// To be installed: complete, or told apart by nobody.
    #[default]
    Payload,
    /// The same in pieces: agents fetch those ranges of it that they lack (`PatchingType` `Express`, MS-WSUSSS 3.1.1.1).
    Express,
    /// To be read: its licence, in one language.
    Licence(Languages),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_names() {
        for bad in ["", "a/b", "..\\x", "a\nb", &"x".repeat(256)] {
            assert!(bad.parse::<FileName>().is_err(), "{bad:?}");
        }
        let name: FileName = "AM_Delta.EXE".parse().unwrap();
        assert_eq!(name.extension().as_deref(), Some("exe"));
        assert_eq!("noextension".parse::<FileName>().unwrap().extension(), None);
        assert_eq!("a.b c".parse::<FileName>().unwrap().extension(), None);
    }
}
