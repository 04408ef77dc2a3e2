use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use jiff::Timestamp;

use super::{Files, Stored, blocking};
use crate::FileError;

/// Longest note that is read.
const NOTE_BYTES_MAX: u64 = 64 * 1024;

/// A file in the quarantine, as its note says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Where it is; it may have been removed by hand.
    pub file: PathBuf,
    /// Why it is there.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
    /// What it is.
    pub found: Stored,
    /// Where it came from, when it came a moment before.
    pub sources: Vec<String>,
}

/// What is read of a note.
#[derive(serde::Deserialize)]
struct Note {
    reason: String,
    at: Timestamp,
    found: Stored,
    #[serde(default)]
    sources: Vec<String>,
}

impl Files {
    /// The files in the quarantine, the latest first; at most `limit`. What has no note that can be read is left out.
    ///
    /// # Errors
    /// [`FileError`] when the folder cannot be read.
    pub async fn evidence(&self, limit: usize) -> Result<Vec<Evidence>, FileError> {
        let files = self.clone();
        blocking(move || files.evidence_blocking(limit)).await
    }

    fn evidence_blocking(&self, limit: usize) -> Result<Vec<Evidence>, FileError> {
        let folder = self.quarantine_folder();
        let mut notes = Vec::new();
        for entry in fs::read_dir(&folder).map_err(FileError::when("list", &folder))? {
            let path = entry.map_err(FileError::when("list", &folder))?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let changed = fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
                notes.push((changed, path));
            }
        }
        notes.sort();
        let read = |(_, path): &(_, PathBuf)| {
            let mut text = String::new();
            fs::File::open(path).ok()?.take(NOTE_BYTES_MAX).read_to_string(&mut text).ok()?;
            let Note { reason, at, found, sources } = serde_json::from_str(&text).ok()?;
            Some(Evidence { file: path.with_extension(""), reason, at, found, sources })
        };
        Ok(notes.iter().rev().filter_map(read).take(limit).collect())
    }
}
