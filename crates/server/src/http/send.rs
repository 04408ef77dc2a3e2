use std::cell::RefCell;
use std::io;
use std::iter::{Chain, Once, Peekable, once};
use std::pin::pin;
use std::time::Duration;
use std::vec;

use ::content::range::{ByteRange, Segment};
use ::content::{Held, PIECE_BYTES};
use futures::StreamExt as _;
use rustix::io::Errno;
use rustix::net::SendFlags;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::content::Payload;
use crate::acquire::Arriving;

/// Up to here a part of a file is read and sent together with what stands before it, in one call; from there on it is
/// sent from the page cache as it is.
const COPIED_BYTES_MAX: usize = 64 * 1024;

/// Room for what is sent in one call: a part of a file and the head before it.
const BATCH_BYTES: usize = COPIED_BYTES_MAX + 2 * 1024;

thread_local! {
    /// Where a batch is put together. One for each thread rather than for each connection: it is filled and emptied
    /// without waiting in between, and never cleared.
    static BATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; BATCH_BYTES]);
}

type Left = Peekable<Chain<Once<Segment>, vec::IntoIter<Segment>>>;

/// Puts as many of the next segments into `batch` as there is room for and are in memory: how many bytes they have.
pub(super) fn fill(batch: &mut [u8], held: &Held, left: &mut Peekable<impl Iterator<Item = Segment>>) -> usize {
    let mut filled = 0;
    while let Some(segment) = left.peek() {
        let length = usize::try_from(segment.length()).unwrap_or(usize::MAX);
        let Some(room) = batch.get_mut(filled..).and_then(|free| free.get_mut(..length)) else { break };
        match segment {
            Segment::Text(text) => room.copy_from_slice(text),
            Segment::File(part) => match held.read_now(room, part.first()) {
                Ok(read) if read == length => {}
                // Not in memory, cut short, or failing: the other way finds out which.
                _ => break,
            },
        }
        filled += length;
        left.next();
    }
    filled
}

/// Where an answer goes.
pub(super) struct Out<'socket> {
    pub(super) socket: &'socket TcpStream,
    /// How long a client may take nothing before it is given up.
    pub(super) stall: Duration,
}

impl Out<'_> {
    /// Sends an answer: its head, and its body unless it was a `HEAD`.
    ///
    /// Ends with an error when the client takes nothing for too long, and when the file is cut short meanwhile: what was
    /// sent is then short of its `Content-Length`, and the connection has to be closed.
    pub(super) async fn send(&self, mut head: Vec<u8>, payload: Payload, is_head: bool) -> io::Result<()> {
        match payload {
            Payload::File(held, segments) => self.send_parts(head, &held, segments).await,
            Payload::Arriving(arriving, segments) => self.send_arriving(head, arriving, segments).await,
            Payload::Text(text) if !is_head => {
                head.extend_from_slice(text.as_bytes());
                self.write(&head, false).await
            }
            Payload::Text(_) | Payload::Nothing => self.write(&head, false).await,
        }
    }

    /// Sends parts of a file as they come.
    async fn send_arriving(&self, head: Vec<u8>, arriving: Arriving, segments: Vec<Segment>) -> io::Result<()> {
        self.write(&head, true).await?;
        let mut pieces = pin!(arriving.stream(segments));
        while let Some(piece) = pieces.next().await {
            self.write(&piece?, false).await?;
        }
        Ok(())
    }

    async fn send_parts(&self, head: Vec<u8>, held: &Held, segments: Vec<Segment>) -> io::Result<()> {
        let mut left = once(Segment::Text(head.into())).chain(segments).peekable();
        loop {
            let unsent = self.send_batch(held, &mut left)?;
            self.write(&unsent, left.peek().is_some()).await?;
            match left.next() {
                None => return Ok(()),
                Some(Segment::Text(text)) => self.write(&text, left.peek().is_some()).await?,
                Some(Segment::File(part)) => self.send_part(held, part).await?,
            }
        }
    }

    /// Sends as many of the next segments as are small and in memory in one call. What the socket did not take comes back.
    fn send_batch(&self, held: &Held, left: &mut Left) -> io::Result<Vec<u8>> {
        BATCH.with_borrow_mut(|batch| {
            let filled = fill(batch, held, left);
            let batch = batch.get(..filled).unwrap_or_default();
            let flags = flags(left.peek().is_some());
            let sent =
                match self.socket.try_io(Interest::WRITABLE, || Ok(rustix::net::send(self.socket, batch, flags)?)) {
                    Ok(sent) => sent,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                    Err(error) => return Err(error),
                };
            Ok(batch.get(sent..).unwrap_or_default().to_vec())
        })
    }

    /// Sends a part of the file from the page cache, a piece at a time, so that others get their turn in between.
    async fn send_part(&self, held: &Held, part: ByteRange) -> io::Result<()> {
        for piece in part.pieces(PIECE_BYTES) {
            self.send_piece(held, piece).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn send_piece(&self, held: &Held, piece: ByteRange) -> io::Result<()> {
        let mut at = piece.first();
        let mut is_read = false;
        while let Some(rest) = ByteRange::new(at, piece.last()) {
            self.writable().await?;
            // `sendfile` would wait for the disk, and with it everybody whom this thread answers.
            if !is_read && !held.is_in_memory(rest) {
                held.read_ahead(rest).await?;
                is_read = true;
            }
            let (mut offset, length) = (at, usize::try_from(rest.length()).unwrap_or(PIECE_BYTES));
            let send = || Ok(rustix::fs::sendfile(self.socket, &held.file, Some(&mut offset), length)?);
            match self.socket.try_io(Interest::WRITABLE, send) {
                Ok(0) => {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a file was cut short while it was sent"));
                }
                Ok(sent) => at += sent as u64,
                Err(error) if is_passing(&error) => {}
                Err(error) if is_unsupported(&error) => {
                    self.write(&held.read(rest).await?, false).await?;
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn write(&self, mut bytes: &[u8], more: bool) -> io::Result<()> {
        while !bytes.is_empty() {
            self.writable().await?;
            let send = || Ok(rustix::net::send(self.socket, bytes, flags(more))?);
            match self.socket.try_io(Interest::WRITABLE, send) {
                Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Waits until the client takes more.
    async fn writable(&self) -> io::Result<()> {
        match timeout(self.stall, self.socket.writable()).await {
            Ok(writable) => writable,
            Err(_) => Err(stalled()),
        }
    }
}

/// Why a connection is given up whose client takes nothing.
pub(super) fn stalled() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the client took nothing of its answer for too long")
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// True when the file system cannot give its pages away.
fn is_unsupported(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP))
}

/// With `more`, a packet that is not full waits for what follows.
fn flags(more: bool) -> SendFlags {
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    if more { flags | SendFlags::MORE } else { flags }
}
