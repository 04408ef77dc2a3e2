//! The text of a manifest: JSON, indented by two spaces, its members in the order of the types, a line feed at the end.

use model::Sha256;
use serde::{Deserialize, Serialize};
use trust::DigestSha256;

use super::{FORMAT_VERSION, Manifest, ManifestError};

pub(crate) const FORMAT: &str = "vanne-archive";

/// What is looked at first, whatever else a later version says.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u64,
}

impl Manifest {
    /// Reads a manifest, and holds it to its bounds. The signature is checked before, over the same bytes.
    ///
    /// # Errors
    /// [`ManifestError`]. Nothing is taken from what is refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let head: Head = serde_json::from_slice(bytes).map_err(ManifestError::Json)?;
        if head.format != FORMAT {
            return Err(ManifestError::Format(head.format.chars().take(60).collect()));
        }
        if head.version != u64::from(FORMAT_VERSION) {
            return Err(ManifestError::Version { found: head.version });
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(ManifestError::Json)?;
        manifest.check()?;
        if manifest.to_bytes() == bytes { Ok(manifest) } else { Err(ManifestError::Spelling) }
    }

    /// Its text, which is what is signed. Equal manifests have equal texts.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_text(self)
    }

    /// The digest of its text, by which an archive that follows names it.
    pub fn digest(&self) -> Sha256 {
        DigestSha256::of(&self.to_bytes())
    }
}

pub(crate) fn to_text(value: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).expect("types without maps and fallible parts become JSON");
    text.push(b'\n');
    text
}
