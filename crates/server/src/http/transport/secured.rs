use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::Transport;
use crate::http::content::Payload;
use crate::http::reading::READ_BYTES;

mod roaming;
mod send;

use roaming::Roaming;

/// How long a client may take for the last word of a connection.
const FAREWELL_MAX: Duration = Duration::from_secs(1);

/// A connection over TLS.
pub(crate) struct Secured {
    stream: TlsStream<Roaming>,
    /// A byte that was read to learn whether the client is gone: the next request's.
    peeked: Option<u8>,
    is_misdirected: bool,
}

impl Secured {
    /// A connection on which hands were shaken, with a client who asked for another host, or for this one.
    pub(crate) fn new(stream: TlsStream<Roaming>, is_misdirected: bool) -> Self {
        Self { stream, peeked: None, is_misdirected }
    }
}

impl Transport for Secured {
    type Parked = Self;

    fn park(mut self) -> io::Result<Self> {
        self.stream.get_mut().0.park()?;
        Ok(self)
    }

    fn unpark(mut parked: Self) -> io::Result<Self> {
        parked.stream.get_mut().0.unpark()?;
        Ok(parked)
    }

    fn is_secure(&self) -> bool {
        true
    }

    fn is_misdirected(&self) -> bool {
        self.is_misdirected
    }

    fn passed_on(&self) -> Option<u64> {
        Some(self.stream.get_ref().0.taken())
    }

    async fn first_bytes(&mut self, ahead: &mut BytesMut) -> io::Result<bool> {
        // On the stack, and only while it is looked: an idle connection has no buffer of ours.
        let read = std::future::poll_fn(|cx| {
            let mut room = [0; READ_BYTES];
            let mut room = ReadBuf::new(&mut room);
            ready!(Pin::new(&mut *self).poll_read(cx, &mut room))?;
            ahead.extend_from_slice(room.filled());
            Poll::Ready(io::Result::Ok(!room.filled().is_empty()))
        });
        match read.await {
            // Many clients leave without the word that TLS has for it; between requests that cuts nothing off.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            read => read,
        }
    }

    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.peeked.is_some() {
            return Poll::Pending;
        }
        let mut byte = [0];
        let mut room = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut room))?;
        self.peeked = room.filled().first().copied();
        if self.peeked.is_some() { Poll::Pending } else { Poll::Ready(Ok(())) }
    }

    async fn send(&mut self, head: Vec<u8>, payload: Payload, is_head: bool, stall: Duration) -> io::Result<()> {
        send::send(&mut self.stream, head, payload, is_head, stall).await
    }

    async fn farewell(&mut self) {
        // A client that is gone needs none.
        let _ = timeout(FAREWELL_MAX, self.stream.shutdown()).await;
    }
}

impl AsyncRead for Secured {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if into.remaining() > 0
            && let Some(byte) = self.peeked.take()
        {
            into.put_slice(&[byte]);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
