//! What an export is written to. Tests put one in its place that fails when they say.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::Path;

/// A place for files that can be made lasting.
pub(crate) trait Medium: Send + Sync {
    /// Makes a folder and those above it, unless they are there.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Begins a file in the place of whatever has its name. No link is followed.
    fn create(&self, path: &Path) -> io::Result<Box<dyn Lasting>>;
    /// Opens a file to write behind its end, and keeps others from doing so. `WouldBlock`: another does.
    fn append(&self, path: &Path) -> io::Result<Box<dyn Lasting>>;
    /// Gives a file another name, in the place of whatever has that.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder last.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// A file that is being written.
pub(crate) trait Lasting: Write + Send {
    /// Makes what was written last.
    fn sync(&mut self) -> io::Result<()>;
}

/// The file system.
pub(crate) struct Disk;

impl Medium for Disk {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Lasting>> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Box::new(File::create_new(path)?))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Lasting>> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(file)),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

impl Lasting for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}
