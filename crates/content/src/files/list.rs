use std::fs;

use model::Sha256;

use super::{Files, blocking};
use crate::FileError;

/// A file in the folder, as its name and length say; whether it still is that, [`Files::verify`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Listed {
    /// The name it is kept under.
    pub sha256: Sha256,
    /// Its length in bytes.
    pub size: u64,
}

impl Files {
    /// Every held file, in order of SHA-256. What does not have the name of a digest is not ours, and left out.
    ///
    /// # Errors
    /// [`FileError`] when a folder cannot be read.
    pub async fn list(&self) -> Result<Vec<Listed>, FileError> {
        let files = self.clone();
        blocking(move || files.list_blocking()).await
    }

    fn list_blocking(&self) -> Result<Vec<Listed>, FileError> {
        let held = self.held_folder();
        let mut listed = Vec::new();
        for prefix in 0..=u8::MAX {
            let prefix = format!("{prefix:02x}");
            let folder = held.join(&prefix);
            for entry in fs::read_dir(&folder).map_err(FileError::when("list", &folder))? {
                let entry = entry.map_err(FileError::when("list", &folder))?;
                let name = entry.file_name();
                let Some(sha256) =
                    name.to_str().filter(|name| name.starts_with(&prefix)).and_then(|name| name.parse().ok())
                else {
                    continue;
                };
                // Gone since the folder was read: quarantined.
                let Ok(metadata) = entry.metadata() else { continue };
                listed.push(Listed { sha256, size: metadata.len() });
            }
        }
        listed.sort_unstable();
        Ok(listed)
    }
}
