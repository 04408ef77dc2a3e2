use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf, Take};
use tokio::time::{Sleep, sleep};

use super::Progress;
use crate::http::send::stalled;
use crate::http::transport::Transport;

/// A socket in the hands of the HTTP library: first gives what was read before, ends with the one request that it was
/// lent for, and fails when the client takes nothing for too long.
pub(super) struct Lent<T> {
    /// Read already.
    ahead: Bytes,
    /// As far as it may be read.
    socket: Take<T>,
    stall: Duration,
    /// Set while the client takes nothing.
    patience: Option<Pin<Box<Sleep>>>,
    /// What had been passed on to the client when that was last looked at.
    passed_on: Option<u64>,
    progress: Arc<Progress>,
}

impl<T: Transport> Lent<T> {
    pub(super) fn new(
        socket: T,
        ahead: &mut BytesMut,
        request_bytes: Option<u64>,
        stall: Duration,
        progress: Arc<Progress>,
    ) -> Self {
        let limit = request_bytes.unwrap_or(u64::MAX);
        let own = usize::try_from(limit).map_or(ahead.len(), |limit| limit.min(ahead.len()));
        let ahead = ahead.split_to(own).freeze();
        let passed_on = socket.passed_on();
        let socket = socket.take(limit - ahead.len() as u64);
        Self { ahead, socket, stall, patience: None, passed_on, progress }
    }

    pub(super) fn into_socket(self) -> T {
        self.socket.into_inner()
    }

    fn socket(&mut self) -> Pin<&mut T> {
        Pin::new(self.socket.get_mut())
    }

    /// Whether the client took something: a slow one may take little of what waits here, and one who takes nothing leaves room here.
    fn has_moved(&mut self, is_written: bool) -> bool {
        let passed_on = self.socket.get_ref().passed_on();
        let before = std::mem::replace(&mut self.passed_on, passed_on);
        if passed_on.is_some() { passed_on != before } else { is_written }
    }

    /// Notes whether the client takes what it is sent.
    fn watch<V>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<V>>) -> Poll<io::Result<V>> {
        self.progress.is_blocked.store(written.is_pending(), Ordering::Relaxed);
        if self.has_moved(written.is_ready()) {
            self.patience = None;
        }
        if written.is_ready() {
            return written;
        }
        let stall = self.stall;
        let patience = self.patience.get_or_insert_with(|| Box::pin(sleep(stall)));
        patience.as_mut().poll(cx).map(|()| Err(stalled()))
    }
}

impl<T: Transport> AsyncRead for Lent<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let length = self.ahead.len().min(into.remaining());
            into.put_slice(&self.ahead.split_to(length));
            return Poll::Ready(Ok(()));
        }
        if self.socket.limit() == 0 {
            self.progress.wants_next.store(true, Ordering::Relaxed);
            // Once the client is gone the library gives its call up, and whoever waits in the queue behind it moves on.
            return self.socket.get_mut().poll_gone(cx);
        }
        Pin::new(&mut self.socket).poll_read(cx, into)
    }
}

impl<T: Transport> AsyncWrite for Lent<T> {
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

    /// What TLS has taken is not with the client before it is flushed.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.socket().poll_flush(cx);
        self.watch(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Over TLS there is a last word, for which the client has to make room.
        let done = self.socket().poll_shutdown(cx);
        self.watch(cx, done)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncWriteExt as _;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::http::content::Payload;

    /// A client's socket, and the server's, lent for a request of four bytes that was read.
    async fn lent() -> (TcpStream, Lent<TcpStream>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        client.write_all(b"read").await.unwrap();
        let mut lent = Lent::new(socket, &mut BytesMut::new(), Some(4), Duration::from_secs(60), Arc::default());
        lent.read_exact(&mut [0; 4]).await.unwrap();
        (client, lent)
    }

    #[tokio::test]
    async fn a_client_that_leaves_while_it_is_answered_is_noticed() {
        let (client, mut lent) = lent().await;
        let mut next = [0; 8];
        assert!(futures::poll!(Box::pin(lent.read(&mut next))).is_pending(), "it waits for its answer");
        drop(client);
        assert_eq!(lent.read(&mut next).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn what_a_client_sends_ahead_is_left_in_the_socket() {
        let (mut client, mut lent) = lent().await;
        client.write_all(b"next").await.unwrap();
        let mut peeked = [0; 8];
        poll_fn(|cx| lent.socket.get_ref().poll_peek(cx, &mut ReadBuf::new(&mut peeked))).await.unwrap();
        assert!(futures::poll!(Box::pin(lent.read(&mut [0; 8]))).is_pending());
        let mut socket = lent.into_socket();
        let mut next = [0; 4];
        socket.read_exact(&mut next).await.unwrap();
        assert_eq!(&next, b"next");
    }

    /// A connection in which all waits for the client, who takes some of it from time to time.
    struct Hoarding {
        passed_on: u64,
        takes_more: bool,
    }

    impl AsyncRead for Hoarding {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Hoarding {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            if self.takes_more { Poll::Ready(Ok(bytes.len())) } else { Poll::Pending }
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl Transport for Hoarding {
        type Parked = Self;

        fn park(self) -> io::Result<Self> {
            Ok(self)
        }

        fn unpark(parked: Self) -> io::Result<Self> {
            Ok(parked)
        }

        fn is_secure(&self) -> bool {
            true
        }

        fn passed_on(&self) -> Option<u64> {
            Some(self.passed_on)
        }

        async fn first_bytes(&mut self, _: &mut BytesMut) -> io::Result<bool> {
            Ok(false)
        }

        fn poll_gone(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }

        async fn send(&mut self, _: Vec<u8>, _: Payload, _: bool, _: Duration) -> io::Result<()> {
            Ok(())
        }

        async fn farewell(&mut self) {}
    }

    /// Lent to a client whose time is over unless he takes something.
    async fn impatient() -> Lent<Hoarding> {
        let socket = Hoarding { passed_on: 0, takes_more: true };
        let mut lent = Lent::new(socket, &mut BytesMut::new(), Some(4), Duration::from_secs(60), Arc::default());
        let mut over = Box::pin(sleep(Duration::from_millis(1)));
        over.as_mut().await;
        lent.patience = Some(over);
        lent
    }

    #[tokio::test]
    async fn who_takes_little_of_what_waits_is_not_given_up() {
        let mut lent = impatient().await;
        lent.socket.get_mut().passed_on = 1;
        assert!(futures::poll!(Box::pin(lent.flush())).is_pending(), "he has taken a byte");
        assert!(futures::poll!(Box::pin(lent.flush())).is_pending(), "and has time for the next");
    }

    #[tokio::test]
    async fn who_takes_nothing_is_given_up_however_much_is_written_for_him() {
        let mut lent = impatient().await;
        assert_eq!(lent.write(b"more").await.unwrap(), 4, "there is room for it");
        lent.socket.get_mut().takes_more = false;
        assert_eq!(lent.write(b"more").await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        for ended in [impatient().await.shutdown().await, impatient().await.flush().await] {
            assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
        }
    }
}
