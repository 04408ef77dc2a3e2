use std::io;
use std::net;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use futures::FutureExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;

use super::Transport;
use crate::http::content::Payload;
use crate::http::reading::READ_BYTES;
use crate::http::send::Out;

impl Transport for TcpStream {
    type Parked = net::TcpStream;

    fn park(self) -> io::Result<net::TcpStream> {
        self.into_std()
    }

    fn unpark(parked: net::TcpStream) -> io::Result<Self> {
        Self::from_std(parked)
    }

    fn is_secure(&self) -> bool {
        false
    }

    async fn first_bytes(&mut self, ahead: &mut BytesMut) -> io::Result<bool> {
        loop {
            self.readable().await?;
            ahead.reserve(READ_BYTES);
            // A socket may be called readable that is not: then it is idle still.
            match self.read_buf(ahead).now_or_never() {
                Some(Ok(0)) => return Ok(false),
                Some(read) => return read.map(|_| true),
                None => *ahead = BytesMut::new(),
            }
        }
    }

    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut next = [0];
        // What it sends ahead stays in the socket.
        match self.poll_peek(cx, &mut ReadBuf::new(&mut next)) {
            Poll::Ready(Ok(0)) => Poll::Ready(Ok(())),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(_)) | Poll::Pending => Poll::Pending,
        }
    }

    async fn send(&mut self, head: Vec<u8>, payload: Payload, is_head: bool, stall: Duration) -> io::Result<()> {
        Out { socket: self, stall }.send(head, payload, is_head).await
    }

    async fn farewell(&mut self) {
        // The last word is the system's, which does not wait; a client that is gone needs none.
        let _ = self.shutdown().await;
    }
}
