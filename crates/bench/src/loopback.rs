//! As little HTTP as a load generator needs: requests that are bytes already, over kept connections to this machine.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

mod chunked;
mod sealed;

pub(crate) use chunked::Chunked;
pub(crate) use sealed::{Sealed, Trust};

/// Most bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Most bytes of an answer's body: longer than thirty of the longest fragments.
const BODY_BYTES_MAX: usize = 2 << 30;
/// A server that says nothing for so long is taken for dead.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// What is read at once of a head, and of the body behind it.
const READ_BYTES: usize = 16 * 1024;

/// A kept connection to this machine: there is no way to name another host.
pub(crate) struct Connection<S = TcpStream> {
    socket: S,
    head: Vec<u8>,
    body: Vec<u8>,
    buffer: Box<[u8]>,
}

/// An answer, until the next one is asked for.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    /// `Content-Encoding`, if there is one.
    pub(crate) is_encoded: bool,
    pub(crate) body: &'a [u8],
    /// All that came over the wire.
    pub(crate) bytes: usize,
}

impl Connection {
    /// To a port of 127.0.0.1.
    pub(crate) fn open(port: u16) -> io::Result<Self> {
        Self::over(TcpStream::connect((Ipv4Addr::LOCALHOST, port))?)
    }

    /// Over a socket that is connected already.
    pub(crate) fn over(socket: TcpStream) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(SILENCE_MAX))?;
        socket.set_write_timeout(Some(SILENCE_MAX))?;
        Ok(Self::new(socket))
    }

    /// The socket alone, to be kept open.
    pub(crate) fn into_socket(self) -> TcpStream {
        self.socket
    }
}

impl Connection<UnixStream> {
    /// To the administration API of the server on `data_dir`.
    pub(crate) fn administration(data_dir: &Path) -> io::Result<Self> {
        let socket = UnixStream::connect(data_dir.join("vanne.sock"))?;
        socket.set_read_timeout(Some(SILENCE_MAX))?;
        socket.set_write_timeout(Some(SILENCE_MAX))?;
        Ok(Self::new(socket))
    }
}

impl<S: Read + Write> Connection<S> {
    fn new(socket: S) -> Self {
        Self { socket, head: Vec::new(), body: Vec::new(), buffer: vec![0; READ_BYTES].into_boxed_slice() }
    }

    /// Sends a request and reads all of its answer.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.socket.write_all(request)?;
        let (head, head_length) = self.read_head()?;
        let (status, is_encoded) = (head.status, head.is_encoded);
        let Some(length) = head.content_length else {
            let mut body = std::mem::take(&mut self.body);
            body.clear();
            let bytes = self.read_chunks(head_length, |piece| body.extend_from_slice(piece))?;
            self.body = body;
            return Ok(Answer { status, is_encoded, body: &self.body, bytes });
        };
        let came_along = &self.head[head_length..];
        // Only ever grows: what a longer answer left behind is overwritten, which is cheaper than clearing it.
        if self.body.len() < length {
            self.body.resize(length, 0);
        }
        let (start, rest) = self.body[..length].split_at_mut(came_along.len());
        start.copy_from_slice(came_along);
        self.socket.read_exact(rest)?;
        Ok(Answer { status, is_encoded, body: &self.body[..length], bytes: head_length + length })
    }

    /// The same for answers that nobody looks at and that are too long to keep: their status and length.
    pub(crate) fn exchange_away(&mut self, request: &[u8]) -> io::Result<(u16, usize)> {
        self.socket.write_all(request)?;
        let (head, head_length) = self.read_head()?;
        let Some(length) = head.content_length else {
            return Ok((head.status, self.read_chunks(head_length, |_| ())?));
        };
        let rest = (length + head_length - self.head.len()) as u64;
        let read = io::copy(&mut (&mut self.socket).take(rest), &mut io::sink())?;
        if read < rest {
            return Err(closed());
        }
        Ok((head.status, head_length + length))
    }

    /// Reads a body that comes in chunks; how long the answer was, all that frames it included.
    fn read_chunks(&mut self, head_length: usize, mut body: impl FnMut(&[u8])) -> io::Result<usize> {
        let mut chunked = Chunked::default();
        let (mut bytes, mut is_all) = (self.head.len(), chunked.take(&self.head[head_length..], &mut body)?);
        while !is_all {
            let read = self.socket.read(&mut self.buffer)?;
            if read == 0 {
                return Err(closed());
            }
            bytes += read;
            if bytes > BODY_BYTES_MAX {
                return Err(invalid("an answer in chunks is too long"));
            }
            is_all = chunked.take(&self.buffer[..read], &mut body)?;
        }
        Ok(bytes)
    }

    /// Reads until the head of an answer is there, and what came along with it; how long the head is.
    fn read_head(&mut self) -> io::Result<(Head, usize)> {
        self.head.clear();
        let head_length = loop {
            let read = self.socket.read(&mut self.buffer)?;
            if read == 0 {
                return Err(closed());
            }
            let seen = self.head.len().saturating_sub(3);
            self.head.extend_from_slice(&self.buffer[..read]);
            if let Some(at) = self.head[seen..].windows(4).position(|window| window == b"\r\n\r\n") {
                break seen + at + 4;
            }
            if self.head.len() > HEAD_BYTES_MAX {
                return Err(invalid("the head of an answer does not end"));
            }
        };
        let head = Head::parse(&self.head[..head_length])?;
        if head.content_length.is_some_and(|length| self.head.len() - head_length > length) {
            return Err(invalid("the answer is longer than announced"));
        }
        Ok((head, head_length))
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// `None` if the body comes in chunks.
    content_length: Option<usize>,
    is_encoded: bool,
}

impl Head {
    fn parse(bytes: &[u8]) -> io::Result<Self> {
        let text = std::str::from_utf8(bytes).map_err(|_| invalid("the head of an answer is not text"))?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok());
        let fields = lines.filter_map(|line| line.split_once(':'));
        let named = |name: &str| {
            let mut fields = fields.clone();
            fields.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
        };
        let content_length: Option<usize> = named("content-length").and_then(|value| value.parse().ok());
        let is_chunked = named("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        let is_encoded = named("content-encoding").is_some();
        let says_how_long = content_length.map_or(is_chunked, |length| !is_chunked && length <= BODY_BYTES_MAX);
        match status {
            Some(status) if says_how_long => Ok(Self { status, content_length, is_encoded }),
            _ => Err(invalid("an answer has no status, no length, or too great a one")),
        }
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection")
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn a_head_says_how_long_the_body_is() {
        let head = b"HTTP/1.1 206 Partial Content\r\ncontent-LENGTH: 12\r\nContent-Encoding: xpress\r\n\r\n";
        assert_eq!(Head::parse(head).unwrap(), Head { status: 206, content_length: Some(12), is_encoded: true });
        let head = Head::parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        assert_eq!(head.content_length, None);
        assert!(Head::parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(Head::parse(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n").is_err());
    }

    #[test]
    fn answers_in_pieces_are_put_together_and_the_connection_is_kept() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let whole = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nin \r\n6\r\nchunks\r\n0\r\n\r\n";
            let answers = [whole("first"), chunked.to_owned(), whole("the third, longer"), chunked.to_owned()];
            for answer in answers {
                socket.read_exact(&mut [0; 4]).unwrap();
                for piece in answer.as_bytes().chunks(7) {
                    socket.write_all(piece).unwrap();
                }
            }
        });
        let mut connection = Connection::open(port).unwrap();
        assert_eq!(connection.exchange(b"GET1").unwrap().body, b"first");
        assert_eq!(connection.exchange(b"GET2").unwrap().body, b"in chunks");
        let (status, bytes) = connection.exchange_away(b"GET3").unwrap();
        assert_eq!((status, bytes), (200, "HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\nthe third, longer".len()));
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let framed = "3\r\nin \r\n6\r\nchunks\r\n0\r\n\r\n";
        assert_eq!(connection.exchange_away(b"GET4").unwrap(), (200, head.len() + framed.len()));
        server.join().unwrap();
        assert!(connection.exchange(b"GET5").is_err(), "the server is gone");
    }
}
