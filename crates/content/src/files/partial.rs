use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{io, ptr};

use model::Sha1;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::digests::Digests;
use super::{Files, Held, blocking, incoming};
use crate::FileError;
use crate::range::ByteRange;

mod blocks;
mod claim;
mod finish;

pub use claim::Claim;

use blocks::{BLOCK_BYTES, Blocks, Known};

/// Stands before the note of what is here, together with the file's size.
const MAGIC: &[u8; 16] = b"vanne partial 1\n";
/// Bytes before that note.
const HEADER_BYTES: usize = 24;

/// A file that is being fetched: parts of it are here, in any order.
///
/// It survives its process: what was written is noted in the file beside it, block by block, after it was written. What
/// is here is *not verified* before the whole file is; see [`Files::keep_partial`]. Cheap to clone; it is closed with the
/// last clone.
#[derive(Clone, Debug)]
pub struct Partial {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    sha1: Sha1,
    /// For readers.
    held: Held,
    path: PathBuf,
    /// Locked while it is open: a file is fetched by one process at a time.
    note: File,
    note_path: PathBuf,
    /// Bytes that were here when it was opened.
    resumed: u64,
    blocks: Mutex<Blocks>,
    /// Of the beginning of the file, as far as it came in order.
    digests: Mutex<Digests>,
    arrivals: Notify,
    /// It was kept or discarded: its names are no longer its own. Changed under the lock of moves only.
    is_settled: AtomicBool,
    /// It was discarded.
    is_gone: AtomicBool,
}

/// What is known of a byte of a file that is being fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is here, and so many bytes with it; 0 at the end of the file.
    Here(u64),
    /// Somebody fetches it and will soon have it.
    Coming,
    /// Nobody fetches it.
    Nobody,
    /// The file was discarded: it is not what was promised.
    Gone,
}

/// A file that is partly here, by its name on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartialListed {
    /// Which file.
    pub sha1: Sha1,
    /// How much of the disk it takes, in bytes.
    pub bytes: u64,
}

impl Files {
    /// Opens what is here of a file of `size` bytes, or begins it. `None` while another process fetches it, and in this
    /// process while a [`Partial`] of it is open.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn partial(&self, sha1: &Sha1, size: u64) -> Result<Option<Partial>, FileError> {
        let (path, note_path) = self.partial_paths(sha1);
        let sha1 = *sha1;
        blocking(move || Inner::open(sha1, size, path, note_path))
            .await
            .map(|opened| opened.map(|inner| Partial { inner: Arc::new(inner) }))
    }

    /// The files that are partly here, in no order.
    ///
    /// # Errors
    /// [`FileError`] when the folder cannot be read.
    pub async fn partials(&self) -> Result<Vec<PartialListed>, FileError> {
        let folder = self.partial_folder();
        blocking(move || {
            let mut listed = Vec::new();
            for entry in fs::read_dir(&folder).map_err(FileError::when("list", &folder))? {
                let entry = entry.map_err(FileError::when("list", &folder))?;
                let Some(sha1) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
                // Gone since the folder was read: done.
                let Ok(metadata) = entry.metadata() else { continue };
                listed.push(PartialListed { sha1, bytes: metadata.blocks() * 512 });
            }
            Ok(listed)
        })
        .await
    }

    /// Removes what is here of a file that nobody wants whole any more; false while somebody fetches it.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn remove_partial(&self, sha1: &Sha1) -> Result<bool, FileError> {
        let (path, note_path) = self.partial_paths(sha1);
        blocking(move || {
            let Some(_note) = open_locked(&note_path)? else { return Ok(false) };
            incoming::remove(&path)?;
            incoming::remove(&note_path)?;
            Ok(true)
        })
        .await
    }

    pub(super) fn partial_folder(&self) -> PathBuf {
        self.shared.root.join("partial")
    }

    fn partial_paths(&self, sha1: &Sha1) -> (PathBuf, PathBuf) {
        let folder = self.partial_folder();
        (folder.join(sha1.to_string()), folder.join(format!("{sha1}.note")))
    }
}

impl Inner {
    fn open(sha1: Sha1, size: u64, path: PathBuf, note_path: PathBuf) -> Result<Option<Self>, FileError> {
        let Some(note) = open_locked(&note_path)? else { return Ok(None) };
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(FileError::when("open", &path))?;
        let length = file.metadata().map_err(FileError::when("look at", &path))?.len();
        let noted = read_note(&note, size).map_err(FileError::when("read", &note_path))?;
        let blocks = match noted.filter(|_| length == size) {
            Some(blocks) => blocks,
            None => {
                let blocks = Blocks::none(size);
                // Emptied first: bytes of before are never taken for noted ones.
                begin_note(&note, size, &blocks).map_err(FileError::when("write", &note_path))?;
                file.set_len(0).and_then(|()| file.set_len(size)).map_err(FileError::when("make room for", &path))?;
                blocks
            }
        };
        Ok(Some(Self {
            sha1,
            held: Held { file: Arc::new(file), size },
            path,
            note,
            note_path,
            resumed: blocks.here_bytes(),
            blocks: Mutex::new(blocks),
            digests: Mutex::default(),
            arrivals: Notify::new(),
            is_settled: AtomicBool::new(false),
            is_gone: AtomicBool::new(false),
        }))
    }

    fn blocks(&self) -> MutexGuard<'_, Blocks> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn digests(&self) -> MutexGuard<'_, Digests> {
        self.digests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes whole blocks, then notes them, then tells who waits.
    ///
    /// INVARIANT: a block that is here is never written again, so that what was digested is what is on the disk. Whoever
    /// was given up in the middle of a write may still be at it when another has his claim.
    fn write(&self, first_block: u64, bytes: &[u8]) -> Result<(), FileError> {
        let mut digests = self.digests();
        let count = (bytes.len() as u64).div_ceil(BLOCK_BYTES);
        if self.blocks().is_none_here(first_block..first_block + count) {
            self.write_new(&mut digests, first_block, bytes)?;
        } else {
            for (block, bytes) in (first_block..).zip(bytes.chunks(BLOCK_BYTES as usize)) {
                if self.blocks().is_none_here(block..block + 1) {
                    self.write_new(&mut digests, block, bytes)?;
                }
            }
        }
        drop(digests);
        self.arrivals.notify_waiters();
        Ok(())
    }

    fn write_new(&self, digests: &mut Digests, first_block: u64, bytes: &[u8]) -> Result<(), FileError> {
        let at = first_block * BLOCK_BYTES;
        self.held.file.write_all_at(bytes, at).map_err(FileError::when("write", &self.path))?;
        if digests.size() == at {
            digests.update(bytes);
        }
        let mut blocks = self.blocks();
        let (place, changed) = blocks.mark(first_block..first_block + (bytes.len() as u64).div_ceil(BLOCK_BYTES));
        let noted = self.note.write_all_at(changed, HEADER_BYTES as u64 + place);
        noted.map_err(FileError::when("write", &self.note_path))
    }
}

impl Partial {
    /// Which file it is.
    pub fn sha1(&self) -> Sha1 {
        self.inner.sha1
    }

    /// The size it will have, in bytes.
    pub fn size(&self) -> u64 {
        self.inner.held.size
    }

    /// How many bytes are here.
    pub fn here_bytes(&self) -> u64 {
        self.inner.blocks().here_bytes()
    }

    /// How many bytes were here when it was opened.
    pub fn resumed_bytes(&self) -> u64 {
        self.inner.resumed
    }

    /// True when all of it is here; whether it is what was promised, [`Files::keep_partial`] tells.
    pub fn is_whole(&self) -> bool {
        self.inner.blocks().is_whole()
    }

    /// What is known of the byte at `at`.
    pub fn look(&self, at: u64) -> Look {
        if self.inner.is_gone.load(Ordering::Acquire) {
            return Look::Gone;
        }
        match self.inner.blocks().known(at) {
            Known::Here(bytes) => Look::Here(bytes),
            Known::Coming => Look::Coming,
            Known::Nobody => Look::Nobody,
        }
    }

    /// Ends at the next change of what [`Self::look`] says, counted from this call.
    pub fn change(&self) -> Notified<'_> {
        self.inner.arrivals.notified()
    }

    /// Reads bytes that are here.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn read(&self, part: ByteRange) -> io::Result<Vec<u8>> {
        self.inner.held.read(part).await
    }

    /// Claims the first bytes that are neither here nor fetched by anyone, as far as they follow each other; `None` when
    /// there are none.
    pub fn claim(&self) -> Option<Claim> {
        let mut blocks = self.inner.blocks();
        let all = 0..blocks.count();
        let id = blocks.claim(all)?;
        drop(blocks);
        Some(Claim::new(self.clone(), id))
    }

    /// Claims the first bytes of `part` that are not here, taking them from whoever would come to them much later;
    /// `None` when they are all here, or on their way.
    pub fn claim_urgently(&self, part: ByteRange) -> Option<Claim> {
        let mut blocks = self.inner.blocks();
        let wanted = blocks.of_bytes(part.first(), part.last());
        let id = blocks.claim_urgently(wanted)?;
        drop(blocks);
        Some(Claim::new(self.clone(), id))
    }
}

impl PartialEq for Partial {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(Arc::as_ptr(&self.inner), Arc::as_ptr(&other.inner))
    }
}

/// The note at `path`, locked; `None` while somebody else has it.
fn open_locked(path: &Path) -> Result<Option<File>, FileError> {
    loop {
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let note = opened.map_err(FileError::when("open", path))?;
        match note.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(FileError::when("lock", path)(error)),
        }
        // Without a name it was removed between its opening and its lock: the next one is another.
        if note.metadata().map_err(FileError::when("look at", path))?.nlink() > 0 {
            return Ok(Some(note));
        }
    }
}

fn header(size: u64) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    let (magic, bytes) = header.split_at_mut(MAGIC.len());
    magic.copy_from_slice(MAGIC);
    bytes.copy_from_slice(&size.to_le_bytes());
    header
}

/// What a note says; `None` when it is new, or of something else.
fn read_note(note: &File, size: u64) -> io::Result<Option<Blocks>> {
    // No longer than a note of the longest file.
    if note.metadata()?.len() > HEADER_BYTES as u64 + super::FILE_BYTES_MAX / BLOCK_BYTES / 8 + 1 {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::BufReader::new(note), &mut bytes)?;
    let rest = bytes.strip_prefix(header(size).as_slice());
    Ok(rest.and_then(|rest| Blocks::of_note(size, rest)))
}

fn begin_note(note: &File, size: u64, blocks: &Blocks) -> io::Result<()> {
    note.set_len(0)?;
    note.write_all_at(&[header(size).as_slice(), blocks.note()].concat(), 0)
}

#[cfg(test)]
mod tests;
