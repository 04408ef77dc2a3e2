use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

use crate::loopback::Chunked;

/// What is read at once; on the stack and only while there is something to read, so that those who wait cost nothing.
const READ_BYTES: usize = 16 * 1024;
/// Most bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// The longest pause a server's hint is followed for.
const RETRY_MAX: Duration = Duration::from_secs(60);

/// An answer of which only this is kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Head and body.
    pub(super) bytes: usize,
    pub(super) retry_after: Option<Duration>,
    pub(super) closes: bool,
}

/// Connects from an address of its own within 127.0.0.0/8, so that no limit on one address is met.
pub(super) async fn connect(port: u16, number: usize) -> io::Result<TcpStream> {
    let byte = |value: usize| u8::try_from(value % 250 + 1).unwrap_or(1);
    let own = Ipv4Addr::new(127, 1, byte(number / 250), byte(number));
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((own, 0)))?;
    let stream = socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Sends a request and reads all of its answer.
pub(super) async fn exchange(stream: &mut TcpStream, request: Vec<u8>) -> io::Result<Answer> {
    stream.write_all(&request).await?;
    drop(request);
    let mut head: Vec<u8> = Vec::new();
    let (mut answer, body, head_length) = loop {
        read(stream, |bytes| head.extend_from_slice(bytes)).await?;
        if let Some(at) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            break parse(&head[..at]).map(|(answer, body)| (answer, body, at + 4))?;
        }
        if head.len() > HEAD_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the head of an answer does not end"));
        }
    };
    answer.bytes = head.len();
    let mut chunked = Chunked::default();
    let mut is_all = match body {
        Some(length) => answer.bytes >= head_length + length,
        None => chunked.take(&head[head_length..], |_| ())?,
    };
    drop(head);
    while !is_all {
        let mut taken = Ok(false);
        let take = |bytes: &[u8]| {
            if body.is_none() {
                taken = chunked.take(bytes, |_| ());
            }
        };
        answer.bytes += read(stream, take).await?;
        is_all = taken? || body.is_some_and(|length| answer.bytes >= head_length + length);
    }
    Ok(answer)
}

/// Waits until something is there and hands it over; how much it was.
async fn read(stream: &TcpStream, take: impl FnOnce(&[u8])) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        match read_now(stream) {
            Ok((0, _)) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection")),
            Ok((count, buffer)) => {
                take(&buffer[..count]);
                return Ok(count);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

fn read_now(stream: &TcpStream) -> io::Result<(usize, [u8; READ_BYTES])> {
    let mut buffer = [0; READ_BYTES];
    Ok((stream.try_read(&mut buffer)?, buffer))
}

/// What a head says, and how long the body is unless it comes in chunks.
fn parse(head: &[u8]) -> io::Result<(Answer, Option<usize>)> {
    let invalid = || io::Error::new(io::ErrorKind::InvalidData, "the head of an answer is unreadable");
    let text = std::str::from_utf8(head).map_err(|_| invalid())?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok());
    let fields = lines.filter_map(|line| line.split_once(':'));
    let named = |name: &str| {
        let mut fields = fields.clone();
        fields.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let body = named("content-length").and_then(|value| value.parse().ok());
    let is_chunked = named("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    if body.is_none() && !is_chunked {
        return Err(invalid());
    }
    let retry_after = named("retry-after").and_then(|value| value.parse().ok()).map(Duration::from_secs);
    let closes = named("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    let status = status.ok_or_else(invalid)?;
    Ok((Answer { status, bytes: 0, retry_after: retry_after.map(|pause| pause.min(RETRY_MAX)), closes }, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_when_to_come_again() {
        let head = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\nconnection: Close\r\ncontent-length: 12";
        let answer = Answer { status: 503, bytes: 0, retry_after: Some(Duration::from_secs(3)), closes: true };
        assert_eq!(parse(head).unwrap(), (answer, Some(12)));
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked").unwrap().1, None);
        assert!(parse(b"HTTP/1.1 200 OK").is_err());
    }
}
