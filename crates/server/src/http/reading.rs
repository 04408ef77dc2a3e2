use std::io;
use std::time::Duration;

use ::content::request::{self, HEAD_BYTES_MAX, Parsed};
use bytes::BytesMut;
use futures::FutureExt as _;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// How many bytes are read at a time while a head is waited for: more than stock clients send.
const READ_BYTES: usize = 4 * 1024;

/// Waits until `ahead` begins with a head, or with what will never be one. False when no request follows.
///
/// While it waits for the first byte there is no buffer at all.
pub(super) async fn read_head(
    app: &App,
    socket: &mut TcpStream,
    ahead: &mut BytesMut,
    patience: Duration,
    stop: &CancellationToken,
) -> io::Result<bool> {
    while ahead.is_empty() {
        *ahead = BytesMut::new();
        tokio::select! {
            biased;
            readable = timeout(patience, socket.readable()) => match readable {
                Ok(readable) => readable?,
                Err(_) => return Ok(false),
            },
            () = stop.cancelled() => return Ok(false),
        }
        ahead.reserve(READ_BYTES);
        // A socket may be called readable that is not: then it is idle still.
        match socket.read_buf(ahead).now_or_never() {
            Some(Ok(0)) => return Ok(false),
            Some(read) => {
                read?;
            }
            None => {}
        }
    }
    match timeout(Duration::from_secs(app.config.limits.head_secs), fill(socket, ahead)).await {
        Ok(filled) => filled,
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the head of a request took too long")),
    }
}

/// Not `try_read_buf`, which would leave the socket called readable after each read, for one more call in vain.
async fn fill(socket: &mut TcpStream, ahead: &mut BytesMut) -> io::Result<bool> {
    let mut searched = 0_usize;
    loop {
        // The first bytes tell whether this is HTTP at all. Then the blank line is waited for without parsing again.
        let is_first = searched == 0;
        let unseen = ahead.get(searched.saturating_sub(3)..).unwrap_or_default();
        if request::has_blank_line(unseen)
            || ahead.len() >= HEAD_BYTES_MAX
            || (is_first && request::parse(ahead) == Parsed::Unreadable)
        {
            return Ok(true);
        }
        searched = ahead.len();
        ahead.reserve(READ_BYTES);
        if socket.read_buf(ahead).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}
