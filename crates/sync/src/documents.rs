//! From what an upstream sends to the text of a document.

use model::{Sha1, UpdateIdentity};
use wire::server::{UpdateData, UpdateDocument};

/// A document as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What it was asked for as. What it says of itself is for the one who reads it to compare.
    pub identity: UpdateIdentity,
    /// The place of that in the upstream's list.
    pub position: i32,
    /// The whole text, in UTF-8.
    pub text: Vec<u8>,
    /// Its files, by the digest they are asked for by.
    pub files: Vec<Sha1>,
}

/// What a document says of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Locked {
    /// All of its files.
    pub(crate) files: Vec<Sha1>,
    /// Those of them that are encrypted.
    pub(crate) encrypted: Vec<Sha1>,
}

/// A revision that cannot be taken, and why. The others are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which one.
    pub identity: UpdateIdentity,
    /// Why.
    pub reason: String,
}

/// Why what was sent is no document.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The cabinet is damaged, or larger than any document.
    #[error("the cabinet it came in cannot be unpacked")]
    Cabinet(#[from] cabinet::CabinetError),
    /// What is in the cabinet is no text.
    #[error("the cabinet it came in holds no text")]
    Text(#[from] cabinet::TextError),
}

/// The text of what was sent. Unpacking takes CPU: not for a thread that answers others.
pub(crate) fn text(data: UpdateData) -> Result<Vec<u8>, Unusable> {
    match data.document {
        UpdateDocument::Text(text) => Ok(text.into_bytes()),
        UpdateDocument::Cabinet(bytes) => {
            let member = cabinet::unpack(&bytes, &cabinet::Limits::default())?;
            Ok(cabinet::text(&member.content)?.into_bytes())
        }
        // Never read: it is only ever written.
        UpdateDocument::Escaped(_) => Ok(Vec::new()),
    }
}

/// What a document says of keys; `None` if there are none to ask for. Reading takes CPU, and is done only where one of
/// the two words occurs.
pub(crate) fn locked(text: &[u8]) -> Option<Locked> {
    let text = std::str::from_utf8(text).ok()?;
    if !["FileDecryption", "IsEncrypted"].iter().any(|word| text.contains(word)) {
        return None;
    }
    // One that cannot be read is refused, with the reason, where it is taken.
    let document = metadata::Document::parse(text.as_bytes()).ok().filter(metadata::Document::has_keys)?;
    Some(Locked {
        files: document.files.iter().map(|file| file.sha1).collect(),
        encrypted: document.files.iter().filter(|file| file.is_encrypted).map(|file| file.sha1).collect(),
    })
}
