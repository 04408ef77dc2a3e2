use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use super::digests::Digests;
use super::{Stored, open_file};
use crate::FileError;
use crate::pieces::PieceTree;

/// A file that is being put: digested as it is written, and removed unless it is kept.
///
/// It is locked as long as it is open. The system ends the lock with the process, however that ends, so that
/// [`sweep`] can tell what is left over from what is under way.
pub(super) struct Incoming {
    path: PathBuf,
    file: File,
    digests: Digests,
    kept: bool,
}

impl Incoming {
    /// Begins a file in `folder`.
    pub(super) fn create(folder: &Path) -> Result<Self, FileError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{}-{number}", process::id()));
            let file = match File::create_new(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(FileError::when("create", &path)(error)),
            };
            file.lock().map_err(FileError::when("lock", &path))?;
            let links = file.metadata().map_err(FileError::when("look at", &path))?.nlink();
            // Without a name it was swept between its making and its lock: make another.
            if links > 0 {
                return Ok(Self { path, file, digests: Digests::default(), kept: false });
            }
        }
    }

    /// How many bytes were written so far.
    pub(super) fn size(&self) -> u64 {
        self.digests.size()
    }

    /// Adds `bytes`.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.file.write_all(bytes).map_err(FileError::when("write", &self.path))?;
        self.digests.update(bytes);
        Ok(())
    }

    /// What was written so far.
    pub(super) fn stored(&self) -> Stored {
        self.digests.stored()
    }

    /// The tree over the pieces of what was written so far.
    pub(super) fn tree(&self) -> Option<PieceTree> {
        self.digests.tree()
    }

    /// Makes what was written last, though not yet under its name.
    pub(super) fn sync(&self) -> Result<(), FileError> {
        self.file.sync_all().map_err(FileError::when("make lasting", &self.path))
    }

    /// Gives the file its name, in place of whatever has it.
    pub(super) fn rename(mut self, target: &Path) -> Result<(), FileError> {
        fs::rename(&self.path, target).map_err(FileError::when("give its name to", target))?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.kept {
            // Best effort: what stays is swept at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes from `folder` the files that interrupted puts left behind.
pub(super) fn sweep(folder: &Path) -> Result<(), FileError> {
    for entry in fs::read_dir(folder).map_err(FileError::when("list", folder))? {
        let entry = entry.map_err(FileError::when("list", folder))?;
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            sweep_file(&entry.path())?;
        }
    }
    Ok(())
}

fn sweep_file(path: &Path) -> Result<(), FileError> {
    // `None`: its put has just ended.
    let Some(file) = open_file(path)? else { return Ok(()) };
    match file.try_lock() {
        Ok(()) => remove(path)?, // Still locked meanwhile; see `Incoming::create`.
        Err(TryLockError::WouldBlock) => return Ok(()),
        Err(TryLockError::Error(error)) => return Err(FileError::when("lock", path)(error)),
    }
    let name = path.file_name().map(OsStr::to_string_lossy);
    tracing::info!(file.name = ?name, "removed what an interrupted put left behind");
    Ok(())
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FileError::when("remove", path)(error)),
        _ => Ok(()),
    }
}
