use std::fs;
use std::os::unix::fs::MetadataExt as _;

use model::Sha256;

use super::{Files, blocking, incoming};
use crate::FileError;

impl Files {
    /// Removes a held file that nobody wants; whoever is being sent it gets it to its end. How many bytes are free for it.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn remove(&self, sha256: &Sha256) -> Result<u64, FileError> {
        let (files, path, sha256) = (self.clone(), self.path(sha256), *sha256);
        blocking(move || {
            let _moving = files.lock_moves();
            let bytes = fs::metadata(&path).map_or(0, |metadata| metadata.blocks() * 512);
            incoming::remove(&path)?;
            files.remove_tree(&sha256)?;
            files.remove_examination(&sha256)?;
            Ok(bytes)
        })
        .await
    }

    /// How many bytes the disk of the folder has left for this account.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn free_bytes(&self) -> Result<u64, FileError> {
        crate::free_bytes(&self.shared.root).await
    }
}
