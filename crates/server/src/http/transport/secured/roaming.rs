use std::io::{self, IoSlice, Write};
use std::net;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The socket below a TLS session, which can be taken from one runtime to another while the session stays around it.
pub(crate) struct Roaming(Option<Place>);

enum Place {
    /// On a runtime.
    Here(TcpStream),
    /// On none.
    Between(net::TcpStream),
}

impl From<TcpStream> for Roaming {
    fn from(socket: TcpStream) -> Self {
        Self(Some(Place::Here(socket)))
    }
}

impl Roaming {
    /// Takes it off its runtime.
    pub(super) fn park(&mut self) -> io::Result<()> {
        self.0 = match self.0.take() {
            Some(Place::Here(socket)) => Some(Place::Between(socket.into_std()?)),
            other => other,
        };
        Ok(())
    }

    /// Takes it onto this runtime.
    pub(super) fn unpark(&mut self) -> io::Result<()> {
        self.0 = match self.0.take() {
            Some(Place::Between(socket)) => Some(Place::Here(TcpStream::from_std(socket)?)),
            other => other,
        };
        Ok(())
    }

    /// The socket, as long as it is on a runtime.
    pub(super) fn socket(&self) -> io::Result<&TcpStream> {
        match &self.0 {
            Some(Place::Here(socket)) => Ok(socket),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn pinned(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        match &mut self.0 {
            Some(Place::Here(socket)) => Ok(Pin::new(socket)),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

/// Writes what the socket takes at once.
pub(super) struct AtOnce<'socket>(pub(super) &'socket TcpStream);

impl Write for AtOnce<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Roaming {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.pinned()?.poll_read(cx, into)
    }
}

impl AsyncWrite for Roaming {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.pinned()?.poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.pinned()?.poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pinned()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pinned()?.poll_shutdown(cx)
    }
}
