use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::content::request::{self, Framing, HEAD_BYTES_MAX, Parsed, RequestHead};
use bytes::{Buf as _, BytesMut};
use futures::FutureExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::lend::{self, Loan};
use super::route::{Place, place};
use super::send::Out;
use super::{content, head};
use crate::app::App;

/// How many bytes are read at a time while a head is waited for: more than stock clients send.
const READ_BYTES: usize = 4 * 1024;

/// Answers the requests of a connection, one after the other, until the client or the server is done.
///
/// A plain request for a file is answered here, straight from the file to the socket: 0.25 s of CPU a GB where the
/// HTTP library, which has to be given the bytes, takes 0.8 s. Any other request is lent to that library together with
/// the socket. Between requests a connection has no buffer at all, so that an idle one costs about 2 KiB.
pub(super) async fn serve(
    app: &Arc<App>,
    mut socket: TcpStream,
    peer: SocketAddr,
    stop: &CancellationToken,
) -> io::Result<()> {
    let stall = Duration::from_secs(app.config.limits.stall_secs);
    let mut ahead = BytesMut::new();
    // Whoever connects has something to say.
    let mut patience = Duration::from_secs(app.config.limits.head_secs);
    while read_head(app, &mut socket, &mut ahead, patience, stop).await? {
        patience = Duration::from_secs(app.config.limits.idle_secs);
        let parsed = request::parse(&ahead);
        if let Parsed::Head(RequestHead { length, plain: Some(plain), .. }) = &parsed
            && let Place::Content(rest) = place(plain.path)
        {
            let response = content::answer(app, plain.is_head, &rest, &plain.conditions).await;
            let keeps = plain.keeps_connection() && !stop.is_cancelled();
            let head = head::bytes(&response, plain, keeps, app.now());
            let (length, is_head) = (*length, plain.is_head);
            Out { socket: &socket, stall }.send(head, response.into_body(), is_head).await?;
            ahead.advance(length);
            if !keeps {
                return socket.shutdown().await;
            }
            continue;
        }
        let loan =
            Loan { app: Arc::clone(app), peer, stop: stop.clone(), request_bytes: request_bytes(&parsed), stall };
        // In a box of its own: idle connections shall not have to hold the room for it.
        match Box::pin(lend::lend(socket, &mut ahead, loan)).await? {
            Some(returned) => socket = returned,
            None => return Ok(()),
        }
    }
    Ok(())
}

/// How many bytes the request at the beginning has, when that is beyond doubt.
fn request_bytes(parsed: &Parsed<'_>) -> Option<u64> {
    match parsed {
        Parsed::Head(RequestHead { length, framing: Framing::Length(body), .. }) => Some(*length as u64 + body),
        _ => None,
    }
}

/// Waits until `ahead` begins with a head, or with what will never be one. False when no request follows.
async fn read_head(
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
