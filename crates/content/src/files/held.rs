use std::fs::{File, Metadata};
use std::io::{self, IoSliceMut};
use std::num::NonZeroU64;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use model::Sha256;
use rustix::buffer::spare_capacity;
use rustix::fs::Advice;
use rustix::io::{Errno, ReadWriteFlags};

use super::{Files, blocking, open_file};
use crate::range::{ByteRange, Segment};
use crate::{FileError, OpenError};

/// How many bytes of a file are handed over at a time: a piece of Delivery Optimization, and 0.2 ms of copying.
pub const PIECE_BYTES: usize = 1024 * 1024;

/// How far apart a part of a file is probed for being in memory. Linux reads ahead by at least half as much.
const PROBE_BYTES: u64 = 256 * 1024;

/// How many bytes are read at a time when it is only done to have them in memory.
const READ_AHEAD_BYTES: usize = 128 * 1024;

/// A held file, open for reading. Cheap to clone; readers do not disturb each other.
#[derive(Clone, Debug)]
pub struct Held {
    /// The file.
    pub file: Arc<File>,
    /// Its length in bytes.
    pub size: u64,
}

impl Files {
    /// Opens the file `sha256`, of which it is known that it has `size` bytes; `None` when it is not held.
    ///
    /// The bytes are not digested here: they were when they were put, and are by every [`Files::verify`].
    ///
    /// # Errors
    /// [`OpenError::OtherSize`] when its length is another: it must not be served.
    pub async fn open_file(&self, sha256: &Sha256, size: u64) -> Result<Option<Held>, OpenError> {
        Ok(self.open_with_metadata(sha256, size).await?.map(|(held, _)| held))
    }

    pub(super) async fn open_with_metadata(
        &self,
        sha256: &Sha256,
        size: u64,
    ) -> Result<Option<(Held, Metadata)>, OpenError> {
        let sha256 = *sha256;
        let path = self.path(&sha256);
        blocking(move || {
            let disk = |source| OpenError::Disk { sha256, source };
            let Some(file) = open_file(&path).map_err(disk)? else { return Ok(None) };
            let metadata = file.metadata().map_err(FileError::when("look at", &path)).map_err(disk)?;
            let found = metadata.len();
            if found != size {
                return Err(OpenError::OtherSize { sha256, expected: size, found });
            }
            Ok(Some((Held { file: Arc::new(file), size }, metadata)))
        })
        .await
    }
}

impl Held {
    /// The bytes of a body, in pieces of at most [`PIECE_BYTES`], each read when the one before was taken.
    ///
    /// Ends with an error if the file is cut short meanwhile; what was sent is then short of its `Content-Length`,
    /// and the connection has to be closed.
    pub fn stream(&self, segments: Vec<Segment>) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static + use<> {
        let held = self.clone();
        stream::iter(segments.into_iter().flat_map(pieces)).then(move |piece| {
            let held = held.clone();
            async move {
                match piece {
                    Segment::Text(text) => Ok(text),
                    Segment::File(part) => held.read(part).await.map(Bytes::from),
                }
            }
        })
    }

    /// Reads `part` on a thread that may block.
    ///
    /// # Errors
    /// `UnexpectedEof` when the file was cut short; otherwise those of the disk.
    pub async fn read(&self, part: ByteRange) -> io::Result<Vec<u8>> {
        let file = Arc::clone(&self.file);
        blocking(move || {
            let length = usize::try_from(part.length()).map_err(io::Error::other)?;
            // Not cleared first: that took 9 % of the time of serving a file.
            let mut bytes = Vec::with_capacity(length);
            while bytes.len() < length {
                let at = part.first() + bytes.len() as u64;
                match rustix::io::pread(&file, spare_capacity(&mut bytes), at) {
                    Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            // An allocator may give more than it was asked for.
            bytes.truncate(length);
            Ok(bytes)
        })
        .await
    }

    /// Reads what begins at `first` into `bytes` if it is in memory, and says how many bytes that were; never waits for a disk.
    ///
    /// # Errors
    /// `WouldBlock` when it is not in memory, or when the file system does not tell; otherwise those of the disk.
    pub fn read_now(&self, bytes: &mut [u8], first: u64) -> io::Result<usize> {
        match rustix::io::preadv2(&self.file, &mut [IoSliceMut::new(bytes)], first, ReadWriteFlags::NOWAIT) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INTR) => Err(io::ErrorKind::WouldBlock.into()),
            read => Ok(read?),
        }
    }

    /// True when `part` is in memory, so that sending it does not wait for a disk.
    ///
    /// A few places are probed: this is a guess, and a wrong one costs the time of one read of the disk.
    pub fn is_in_memory(&self, part: ByteRange) -> bool {
        let is_here =
            |at| !matches!(self.read_now(&mut [0], at), Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        is_here(part.last()) && (part.first()..part.last()).step_by(PROBE_BYTES as usize).all(is_here)
    }

    /// Has `part` brought into memory on a thread that may block.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn read_ahead(&self, part: ByteRange) -> io::Result<()> {
        let file = Arc::clone(&self.file);
        blocking(move || {
            // One order for the disk instead of several; it is only advice.
            let _ = rustix::fs::fadvise(&file, part.first(), NonZeroU64::new(part.length()), Advice::WillNeed);
            let mut bytes = Vec::with_capacity(READ_AHEAD_BYTES);
            let mut at = part.first();
            while at <= part.last() {
                bytes.clear();
                match rustix::io::pread(&file, spare_capacity(&mut bytes), at) {
                    Ok(0) => break,
                    Ok(read) => at += read as u64,
                    Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(())
        })
        .await
    }
}

/// A segment, cut so that each piece is one read.
fn pieces(segment: Segment) -> impl Iterator<Item = Segment> {
    let (text, part) = match segment {
        Segment::Text(_) => (Some(segment), None),
        Segment::File(part) => (None, Some(part)),
    };
    text.into_iter().chain(part.into_iter().flat_map(|part| part.pieces(PIECE_BYTES)).map(Segment::File))
}
