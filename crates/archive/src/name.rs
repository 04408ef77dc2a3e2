use std::fmt;
use std::str::FromStr;

use model::Sha256;
use serde::{Deserialize, Serialize};

/// What a stream of records carries. The streams are written and read in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StreamKind {
    /// Update documents, as they came.
    Metadata,
    /// Groups, approvals, declined updates and accepted licences.
    Decisions,
    /// Where publishers serve files, and what opens those that are served encrypted.
    Locations,
    /// Lists of revoked certificates.
    Lists,
    /// The list of the content files, with their digests.
    Contents,
}

impl StreamKind {
    /// Every kind, in order.
    pub const ALL: [Self; 5] = [Self::Metadata, Self::Decisions, Self::Locations, Self::Lists, Self::Contents];

    /// The word in the names of parts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Decisions => "decisions",
            Self::Locations => "locations",
            Self::Lists => "lists",
            Self::Contents => "contents",
        }
    }
}

impl fmt::Display for StreamKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// The name of a part, from which alone follows where it lies.
///
/// | Name | Lies at | Holds |
/// |---|---|---|
/// | `metadata-00001.zst` | `parts/metadata-00001.zst` | records of a stream, compressed |
/// | 64 hex digits | `files/<first two digits>/<name>` | a content file, named by its SHA-256 |
/// | 64 hex digits, `-00001` | the same | a piece of one that is longer than a part may be |
///
/// Numbers begin with 1 and have five digits. Nothing else is a name, so that no archive can point outside its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PartName {
    /// A part of a stream.
    Stream(StreamKind, u32),
    /// A whole content file.
    File(Sha256),
    /// A piece of a content file.
    Piece(Sha256, u32),
}

/// A text that is not the name of a part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the name of a part of an archive")]
pub struct InvalidPartName(String);

impl PartName {
    /// The folders, from the archive's own, in which the part lies.
    pub(crate) fn folders(&self) -> Vec<String> {
        match self {
            Self::Stream(..) => vec!["parts".to_owned()],
            Self::File(sha256) | Self::Piece(sha256, _) => {
                vec!["files".to_owned(), format!("{:02x}", sha256.as_bytes()[0])]
            }
        }
    }
}

impl FromStr for PartName {
    type Err = InvalidPartName;

    fn from_str(text: &str) -> Result<Self, InvalidPartName> {
        read_name(text).ok_or_else(|| InvalidPartName(text.chars().take(100).collect()))
    }
}

fn read_name(text: &str) -> Option<PartName> {
    if let Some(stem) = text.strip_suffix(".zst") {
        let (word, number) = stem.split_once('-')?;
        let kind = StreamKind::ALL.into_iter().find(|kind| kind.as_str() == word)?;
        return Some(PartName::Stream(kind, read_number(number)?));
    }
    match text.split_once('-') {
        Some((digest, number)) => Some(PartName::Piece(read_digest(digest)?, read_number(number)?)),
        None => read_digest(text).map(PartName::File),
    }
}

fn read_number(text: &str) -> Option<u32> {
    let plain = text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok()?;
    (plain && number > 0).then_some(number)
}

/// In lower case only: on a disk that tells cases apart, another spelling is another file.
fn read_digest(text: &str) -> Option<Sha256> {
    let digest = text.parse().ok()?;
    (!text.bytes().any(|byte| byte.is_ascii_uppercase())).then_some(digest)
}

impl TryFrom<String> for PartName {
    type Error = InvalidPartName;

    fn try_from(text: String) -> Result<Self, InvalidPartName> {
        text.parse()
    }
}

impl From<PartName> for String {
    fn from(name: PartName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for PartName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(kind, number) => write!(out, "{kind}-{number:05}.zst"),
            Self::File(sha256) => sha256.fmt(out),
            Self::Piece(sha256, number) => write!(out, "{sha256}-{number:05}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sec_p6_a_name_says_where_the_part_lies() {
        let stream: PartName = "metadata-00012.zst".parse().unwrap();
        assert_eq!(stream, PartName::Stream(StreamKind::Metadata, 12));
        assert_eq!(stream.folders(), ["parts"]);
        let digest = Sha256::new([0xab; 32]);
        let piece: PartName = format!("{digest}-00003").parse().unwrap();
        assert_eq!(piece, PartName::Piece(digest, 3));
        assert_eq!(piece.folders(), ["files", "ab"]);
        assert_eq!(digest.to_string().parse(), Ok(PartName::File(digest)));
    }

    #[test]
    fn sec_p6_nothing_else_is_a_name() {
        let digest = "ab".repeat(32);
        for bad in [
            "",
            "/etc/passwd",
            "../metadata-00001.zst",
            "parts/metadata-00001.zst",
            "metadata-00000.zst",
            "metadata-1.zst",
            "metadata-000001.zst",
            "metadata-+0001.zst",
            "metadata-00001.zst.partial",
            "Metadata-00001.zst",
            "other-00001.zst",
            &digest.to_uppercase(),
            &format!("{digest}-"),
            &format!("{digest}-00000"),
            &format!("{digest}.zst"),
            &digest[2..],
        ] {
            assert!(bad.parse::<PartName>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_name_has_one_spelling(text in "(metadata|contents|[0-9a-fA-F]{64})?-?[0-9]{0,6}(\\.zst)?|.*") {
            if let Ok(name) = text.parse::<PartName>() {
                prop_assert_eq!(name.to_string(), text);
                prop_assert!(name.folders().iter().all(|folder| folder.bytes().all(|byte| byte.is_ascii_alphanumeric())));
            }
        }
    }
}
