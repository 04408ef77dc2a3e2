use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use model::Sha256;

use super::{CHUNK_BYTES, Files, blocking, open_file};
use crate::range::{ByteRange, Segment};
use crate::{FileError, OpenError};

/// How many chunks of one body are read ahead of what the client took: one is read while one is sent.
const CHUNKS_AHEAD: usize = 2;

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
        let sha256 = *sha256;
        let path = self.path(&sha256);
        blocking(move || {
            let disk = |source| OpenError::Disk { sha256, source };
            let Some(file) = open_file(&path).map_err(disk)? else { return Ok(None) };
            let found = file.metadata().map_err(FileError::when("look at", &path)).map_err(disk)?.len();
            if found != size {
                return Err(OpenError::OtherSize { sha256, expected: size, found });
            }
            Ok(Some(Held { file: Arc::new(file), size }))
        })
        .await
    }
}

impl Held {
    /// The bytes of a body, in pieces of at most [`CHUNK_BYTES`].
    ///
    /// Ends with an error if the file is cut short meanwhile; what was sent is then short of its `Content-Length`,
    /// and the connection has to be closed.
    pub fn stream(&self, segments: Vec<Segment>) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static + use<> {
        let file = Arc::clone(&self.file);
        stream::iter(segments.into_iter().flat_map(pieces))
            .map(move |piece| read(Arc::clone(&file), piece))
            .buffered(CHUNKS_AHEAD)
    }
}

/// A segment, cut so that each piece is one read.
fn pieces(segment: Segment) -> impl Iterator<Item = Segment> {
    let (text, part) = match segment {
        Segment::Text(_) => (Some(segment), None),
        Segment::File(part) => (None, Some(part)),
    };
    let chunks = part.into_iter().flat_map(|part| {
        let last_of = move |first: u64| first.saturating_add(CHUNK_BYTES as u64 - 1).min(part.last());
        (part.first()..=part.last())
            .step_by(CHUNK_BYTES)
            .filter_map(move |first| ByteRange::new(first, last_of(first)))
            .map(Segment::File)
    });
    text.into_iter().chain(chunks)
}

async fn read(file: Arc<File>, piece: Segment) -> io::Result<Bytes> {
    let part = match piece {
        Segment::Text(text) => return Ok(text),
        Segment::File(part) => part,
    };
    blocking(move || {
        let length = usize::try_from(part.length()).map_err(io::Error::other)?;
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, part.first())?;
        Ok(bytes.into())
    })
    .await
}
