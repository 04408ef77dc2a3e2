use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf, Take};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::Progress;
use crate::http::send::stalled;

/// A socket in the hands of the HTTP library: first gives what was read before, ends with the one request that it was
/// lent for, and fails when the client takes nothing for too long.
pub(super) struct Lent {
    /// Read already.
    ahead: Bytes,
    /// As far as it may be read.
    socket: Take<TcpStream>,
    stall: Duration,
    /// Set while the client takes nothing.
    patience: Option<Pin<Box<Sleep>>>,
    progress: Arc<Progress>,
}

impl Lent {
    pub(super) fn new(
        socket: TcpStream,
        ahead: &mut BytesMut,
        request_bytes: Option<u64>,
        stall: Duration,
        progress: Arc<Progress>,
    ) -> Self {
        let limit = request_bytes.unwrap_or(u64::MAX);
        let own = usize::try_from(limit).map_or(ahead.len(), |limit| limit.min(ahead.len()));
        let ahead = ahead.split_to(own).freeze();
        let socket = socket.take(limit - ahead.len() as u64);
        Self { ahead, socket, stall, patience: None, progress }
    }

    pub(super) fn into_socket(self) -> TcpStream {
        self.socket.into_inner()
    }

    fn socket(&mut self) -> Pin<&mut TcpStream> {
        Pin::new(self.socket.get_mut())
    }

    /// Notes whether the client takes what it is sent.
    fn watch<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.progress.is_blocked.store(written.is_pending(), Ordering::Relaxed);
        if written.is_ready() {
            self.patience = None;
            return written;
        }
        let stall = self.stall;
        let patience = self.patience.get_or_insert_with(|| Box::pin(sleep(stall)));
        patience.as_mut().poll(cx).map(|()| Err(stalled()))
    }
}

impl AsyncRead for Lent {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let length = self.ahead.len().min(into.remaining());
            into.put_slice(&self.ahead.split_to(length));
            return Poll::Ready(Ok(()));
        }
        if self.socket.limit() == 0 {
            self.progress.wants_next.store(true, Ordering::Relaxed);
            return Poll::Pending;
        }
        Pin::new(&mut self.socket).poll_read(cx, into)
    }
}

impl AsyncWrite for Lent {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.socket().poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.socket().poll_write_vectored(cx, slices);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket().poll_shutdown(cx)
    }
}
