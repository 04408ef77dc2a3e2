//! Bytes for a client as they come: what of a file is here is read, what is not is fetched first.
//!
//! They are passed on before the file is whole, so that nobody can say yet whether it is what was promised: they carry no
//! claim of this server. Clients check what they have downloaded by its digest and its signature, as they do anyway.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use content::range::{ByteRange, Segment};
use content::{Look, PIECE_BYTES};
use futures::{Stream, stream};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::download::Download;
use crate::app::App;

/// A file that is being fetched, for one reader.
#[derive(Clone)]
pub(crate) struct Arriving {
    app: Arc<App>,
    /// Where it is fetched: connections live where they were opened.
    main: Handle,
    download: Arc<Download>,
}

impl std::fmt::Debug for Arriving {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Arriving").field(&self.download.file.sha1).finish()
    }
}

impl Arriving {
    pub(super) fn new(app: Arc<App>, main: Handle, download: Arc<Download>) -> Self {
        Self { app, main, download }
    }

    /// Waits until the first bytes of `part` are here; how many.
    ///
    /// # Errors
    /// When no source sends them, or the file was found to be another one.
    pub(crate) async fn first(&self, part: ByteRange) -> io::Result<u64> {
        let partial = &self.download.partial;
        let patience = Duration::from_secs(self.app.config.content.source_stall_secs * 2);
        loop {
            let change = partial.change();
            match partial.look(part.first()) {
                Look::Here(bytes) => return Ok(bytes.min(part.length())),
                Look::Gone => return Err(io::Error::other("the file that came is not what was promised")),
                Look::Coming => {}
                Look::Nobody => self.download.urge(&self.app, &self.main, part).map_err(io::Error::other)?,
            }
            timeout(patience, change).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?;
        }
    }

    /// Reads the first bytes of `part`, at most [`PIECE_BYTES`], once they are here.
    async fn read(&self, part: ByteRange) -> io::Result<Bytes> {
        let here = self.first(part).await?.min(PIECE_BYTES as u64);
        let piece = ByteRange::new(part.first(), part.first() + here.max(1) - 1);
        let piece = piece.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(self.download.partial.read(piece).await?.into())
    }

    /// The bytes of a body as they come; each piece is waited for when the one before was taken.
    ///
    /// Ends with an error when they stop coming; what was sent is then short of its `Content-Length`, and the connection has
    /// to be closed.
    pub(crate) fn stream(self, segments: Vec<Segment>) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let mut left = segments;
        left.reverse();
        stream::try_unfold((self, left), async |(arriving, mut left)| {
            let bytes = match left.pop() {
                None => return Ok(None),
                Some(Segment::Text(text)) => text,
                Some(Segment::File(part)) => {
                    let bytes = arriving.read(part).await?;
                    let rest = ByteRange::new(part.first() + bytes.len() as u64, part.last());
                    left.extend(rest.map(Segment::File));
                    bytes
                }
            };
            arriving.app.metrics.content_bytes.inc_by(bytes.len() as u64);
            Ok(Some((bytes, (arriving, left))))
        })
    }
}
