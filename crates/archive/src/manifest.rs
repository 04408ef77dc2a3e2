use std::fmt;

use model::{ChangeMark, Sha256, Timestamp};
use serde::{Deserialize, Serialize};
use trust::DigestSha256;
use uuid::Uuid;

use crate::PartName;
use crate::limits::SERVER_NAME_CHARACTERS_MAX;

mod bounds;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use text::{FORMAT, to_text};

/// The version of the format that this program reads and writes.
pub const FORMAT_VERSION: u32 = 1;

/// What an archive is, carries and consists of. What is signed is its text: see [`Manifest::to_bytes`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub(crate) format: String,
    pub(crate) version: u32,
    /// Who exported it.
    pub server: Server,
    /// Grows with each archive of that server, from 1; there may be gaps.
    pub sequence: u64,
    /// The archive it goes on from; `None` for one that stands by itself.
    pub follows: Option<Base>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Up to where it has the changes of the exporting server: where an archive that follows it begins.
    pub mark: ChangeMark,
    /// The digest of the list of needs it was limited to. Nothing can follow such an archive.
    pub needs: Option<Sha256>,
    /// How long a part may be, in bytes. A content file that is longer lies in pieces, all but the last this long.
    pub part_bytes_max: u64,
    /// What it carries.
    pub carries: Carries,
    /// The records it carries, by kind.
    pub streams: Streams,
    /// SHA-256 over the names, sizes and digests of all its parts: see [`Whole`].
    pub whole: Sha256,
}

/// The server that exported an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Its id. One that was set up anew, or restored to an earlier state, has another.
    pub id: Uuid,
    /// Its name.
    pub name: ServerName,
}

/// What people call a server.
///
/// Shape: 1 to 256 characters, no control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerName(String);

/// A text that cannot name a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot name a server: 1 to 256 characters, no control characters")]
pub struct InvalidServerName(String);

/// The archive that another one goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Its sequence number.
    pub sequence: u64,
    /// The SHA-256 of its manifest.
    pub manifest: Sha256,
}

/// How many of each an archive carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carries {
    /// Update documents.
    pub documents: u64,
    /// Target groups.
    pub groups: u64,
    /// Approvals.
    pub approvals: u64,
    /// Declined updates.
    pub declines: u64,
    /// Accepted licences.
    pub eulas: u64,
    /// Files whose address is known.
    pub locations: u64,
    /// Files whose key is known.
    pub keys: u64,
    /// Lists of revoked certificates.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lists: u64,
    /// Content files.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
}

/// The streams of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Streams {
    /// Update documents.
    pub metadata: Stream,
    /// All that is decided, not only what changed. `None`: the archive does not say; an empty stream: nothing is.
    pub decisions: Option<Stream>,
    /// Addresses and keys of files.
    pub locations: Stream,
    /// Lists of revoked certificates; `None`: there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lists: Option<Stream>,
    /// The list of content files.
    pub contents: Stream,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Records, one after the other, compressed and cut into parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// How many records.
    pub records: u64,
    /// What the parts unpack to, in bytes.
    pub raw_bytes: u64,
    /// The parts, in order.
    pub parts: Vec<Part>,
}

/// A part: a file of the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name.
    pub name: PartName,
    /// Its length in bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Sha256,
}

/// Why bytes are not a manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not JSON, or not of this shape.
    #[error("it is not the JSON of a manifest")]
    Json(#[source] serde_json::Error),
    /// Something else.
    #[error("its format is {0:?}, not \"vanne-archive\"")]
    Format(String),
    /// Made by a newer program.
    #[error("its format has version {found}, this program reads version {FORMAT_VERSION}; update Vanne here")]
    Version {
        /// The version it has.
        found: u64,
    },
    /// The same could be said in other bytes.
    #[error("it is not written the one way that manifests are")]
    Spelling,
    /// A number that is out of bounds.
    #[error("{what} is {found}, {allowed} is allowed")]
    Bound {
        /// Which number.
        what: String,
        /// What it is.
        found: u64,
        /// What it may be.
        allowed: String,
    },
    /// It contradicts itself.
    #[error("{0}")]
    Contradiction(String),
}

/// The digest of a whole archive, taken part by part: first those of the streams in the order of the manifest,
/// then those of the content files in the order of their SHA-256.
///
/// For each part, `<name> <size> <SHA-256>` and a line feed are digested.
#[derive(Default)]
pub struct Whole(DigestSha256);

impl Whole {
    /// Adds a part.
    pub fn add(&mut self, part: &Part) {
        self.0.update(format!("{} {} {}\n", part.name, part.size, part.sha256).as_bytes());
    }

    /// The digest of all that was added.
    pub fn finish(self) -> Sha256 {
        self.0.finish().0
    }
}

impl Streams {
    /// The streams there are, in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Stream> {
        let Self { metadata, decisions, locations, lists, contents } = self;
        [Some(metadata), decisions.as_ref(), Some(locations), lists.as_ref(), Some(contents)].into_iter().flatten()
    }
}

impl ServerName {
    /// The name as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ServerName {
    type Error = InvalidServerName;

    fn try_from(text: String) -> Result<Self, InvalidServerName> {
        let plain =
            (1..=SERVER_NAME_CHARACTERS_MAX).contains(&text.chars().count()) && !text.contains(char::is_control);
        if plain { Ok(Self(text)) } else { Err(InvalidServerName(text.chars().take(60).collect())) }
    }
}

impl From<ServerName> for String {
    fn from(name: ServerName) -> Self {
        name.0
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
