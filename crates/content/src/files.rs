use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{ContentFile, Sha1, Sha256};

use crate::{FileError, PutError};
use handles::Handles;

mod digests;
mod evidence;
mod examinations;
mod handles;
mod held;
mod incoming;
mod list;
mod partial;
mod put;
mod reader;
mod remove;
mod trees;
mod verify;

pub use evidence::Evidence;
pub use examinations::EXAMINATION_BYTES_MAX;
pub use held::{Held, PIECE_BYTES};
pub use list::Listed;
pub use partial::{Claim, Look, Partial, PartialListed};
pub use reader::HeldReader;
pub use verify::{Quarantined, Verdict};

/// How many bytes of a file are digested or written at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// The longest content file: four times what the largest update known declares in all its files together.
pub const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024 * 1024;

/// Content files in a folder, each under its SHA-256.
///
/// ```text
/// <root>/files/<first two hex digits>/<64 hex digits>     what is held
/// <root>/pieces/<first two hex digits>/<64 hex digits>    the digests of its pieces
/// <root>/examinations/<first two>/<64 hex digits>         what was seen in it, as its judge writes it
/// <root>/incoming/                                        what is being put
/// <root>/partial/<40 hex digits>, and .note               what is being fetched, and which parts of it are here
/// <root>/quarantine/<64 hex digits>.<n>, and .<n>.json    what no longer matched, and why
/// ```
///
/// A file is there whole or not at all, whenever the power fails. Cheap to clone; several processes may share a folder.
#[derive(Clone, Debug)]
pub struct Files {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    /// Held while a file moves into `files/` or out of it, so that a verdict on one file never moves its successor.
    moves: Mutex<()>,
    handles: Handles,
}

/// What is promised of a file; what is `None` is not checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Expected {
    /// Its length in bytes.
    pub size: Option<u64>,
    /// Its SHA-1.
    pub sha1: Option<Sha1>,
    /// Its SHA-256.
    pub sha256: Option<Sha256>,
}

impl From<&ContentFile> for Expected {
    fn from(file: &ContentFile) -> Self {
        Self { size: Some(file.size), sha1: Some(file.sha1), sha256: file.sha256 }
    }
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stored {
    /// The name clients ask by.
    pub sha1: Sha1,
    /// The name it is kept under.
    pub sha256: Sha256,
    /// Its length in bytes.
    pub size: u64,
}

impl Stored {
    /// Refuses a file that is not what was promised, by the first promise that it breaks.
    fn keeps(&self, expected: &Expected) -> Result<(), PutError> {
        let found = *self;
        match *expected {
            Expected { size: Some(size), .. } if found.size > size => Err(PutError::TooLong { expected: size }),
            Expected { size: Some(size), .. } if found.size < size => {
                Err(PutError::TooShort { expected: size, found: found.size })
            }
            Expected { sha256: Some(sha256), .. } if found.sha256 != sha256 => {
                Err(PutError::OtherSha256 { expected: sha256, found: found.sha256 })
            }
            Expected { sha1: Some(sha1), .. } if found.sha1 != sha1 => {
                Err(PutError::OtherSha1 { expected: sha1, found: found.sha1 })
            }
            _ => Ok(()),
        }
    }
}

impl Files {
    /// Opens the folder `root`, makes what is missing of it, and removes what interrupted puts left behind.
    ///
    /// Puts that run at this moment, in this process or another, are left alone. Blocks; meant for the start.
    ///
    /// # Errors
    /// [`FileError`] when a folder cannot be made or read.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, FileError> {
        let files =
            Self { shared: Arc::new(Shared { root: root.into(), moves: Mutex::new(()), handles: Handles::default() }) };
        let held = files.held_folder();
        for prefix in 0..=u8::MAX {
            make_folder(&held.join(format!("{prefix:02x}")))?;
        }
        make_folder(&files.trees_folder())?;
        make_folder(&files.examinations_folder())?;
        make_folder(&files.incoming_folder())?;
        make_folder(&files.partial_folder())?;
        make_folder(&files.quarantine_folder())?;
        sync_folder(&held)?;
        sync_folder(&files.shared.root)?;
        incoming::sweep(&files.incoming_folder())?;
        Ok(files)
    }

    fn held_folder(&self) -> PathBuf {
        self.shared.root.join("files")
    }

    fn incoming_folder(&self) -> PathBuf {
        self.shared.root.join("incoming")
    }

    fn quarantine_folder(&self) -> PathBuf {
        self.shared.root.join("quarantine")
    }

    fn path(&self, sha256: &Sha256) -> PathBuf {
        named(&self.held_folder(), sha256)
    }

    fn lock_moves(&self) -> MutexGuard<'_, ()> {
        self.shared.moves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where in `folder` there is what belongs to a file.
fn named(folder: &Path, sha256: &Sha256) -> PathBuf {
    let name = sha256.to_string();
    folder.join(&name[..2]).join(name)
}

/// Does `work` on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime is going away, and with it whoever waits for this.
        Err(_) => std::future::pending().await,
    }
}

fn make_folder(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(FileError::when("create the folder", path))
}

/// Writes what belongs to a file, and can be made again: it may be cut short by a crash.
fn write_beside(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    path.parent().map_or(Ok(()), make_folder)?;
    fs::write(path, bytes).map_err(FileError::when("write", path))
}

/// Makes the names in a folder last.
fn sync_folder(path: &Path) -> Result<(), FileError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(FileError::when("make lasting the folder", path))
}

/// The file at `path`, or `None` when there is none.
fn open_file(path: &Path) -> Result<Option<File>, FileError> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::when("open", path)(error)),
    }
}

#[cfg(test)]
mod tests;
