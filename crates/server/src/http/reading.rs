use std::io;
use std::time::Duration;

use ::content::request::{self, HEAD_BYTES_MAX, Parsed};
use bytes::BytesMut;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::transport::Transport;
use crate::app::App;

/// How many bytes are read at a time while a head is waited for: more than stock clients send.
pub(super) const READ_BYTES: usize = 4 * 1024;

/// Waits until `ahead` begins with a head, or with what will never be one. False when no request follows.
///
/// While it waits for the first byte there is no buffer at all.
pub(super) async fn read_head<T: Transport>(
    app: &App,
    socket: &mut T,
    ahead: &mut BytesMut,
    patience: Duration,
    stop: &CancellationToken,
) -> io::Result<bool> {
    if ahead.is_empty() {
        *ahead = BytesMut::new();
        tokio::select! {
            biased;
            first = timeout(patience, socket.first_bytes(ahead)) => match first {
                Ok(Ok(true)) => {}
                Ok(ended) => return ended,
                Err(_) => return Ok(false),
            },
            () = stop.cancelled() => return Ok(false),
        }
    }
    match timeout(Duration::from_secs(app.config.limits.head_secs), fill(socket, ahead)).await {
        Ok(filled) => filled,
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the head of a request took too long")),
    }
}

/// Not `try_read_buf`, which would leave the socket called readable after each read, for one more call in vain.
async fn fill(socket: &mut impl Transport, ahead: &mut BytesMut) -> io::Result<bool> {
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
