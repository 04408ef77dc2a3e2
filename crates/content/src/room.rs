use std::path::Path;

use rustix::fs::statvfs;

use crate::FileError;
use crate::files::blocking;

/// How many bytes the disk of a folder has left for this account.
///
/// # Errors
/// [`FileError`].
pub async fn free_bytes(folder: &Path) -> Result<u64, FileError> {
    let folder = folder.to_owned();
    blocking(move || {
        let disk = statvfs(&folder).map_err(|error| FileError::when("look at", &folder)(error.into()))?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    })
    .await
}
