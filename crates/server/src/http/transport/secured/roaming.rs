use std::io::{self, IoSlice, Write};
use std::net;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The socket below a TLS session, which can be taken from one runtime to another while the session stays around it.
pub(crate) struct Roaming {
    place: Option<Place>,
    /// Bytes that the socket took from those who write to it as it is; see [`Roaming::socket`].
    taken: u64,
}

enum Place {
    /// On a runtime.
    Here(TcpStream),
    /// On none.
    Between(net::TcpStream),
}

impl From<TcpStream> for Roaming {
    fn from(socket: TcpStream) -> Self {
        Self { place: Some(Place::Here(socket)), taken: 0 }
    }
}

impl Roaming {
    /// Takes it off its runtime.
    pub(super) fn park(&mut self) -> io::Result<()> {
        self.place = match self.place.take() {
            Some(Place::Here(socket)) => Some(Place::Between(socket.into_std()?)),
            other => other,
        };
        Ok(())
    }

    /// Takes it onto this runtime.
    pub(super) fn unpark(&mut self) -> io::Result<()> {
        self.place = match self.place.take() {
            Some(Place::Between(socket)) => Some(Place::Here(TcpStream::from_std(socket)?)),
            other => other,
        };
        Ok(())
    }

    /// How many bytes went through it.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    fn count(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &written {
            self.taken += *bytes as u64;
        }
        written
    }

    /// The socket, as long as it is on a runtime, for who knows by himself how much it takes.
    pub(super) fn socket(&self) -> io::Result<&TcpStream> {
        match &self.place {
            Some(Place::Here(socket)) => Ok(socket),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn pinned(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        match &mut self.place {
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
        let written = self.pinned()?.poll_write(cx, bytes);
        self.count(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.pinned()?.poll_write_vectored(cx, slices);
        self.count(written)
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
