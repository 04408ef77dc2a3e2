use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::content::request::{self, Framing, Parsed, RequestHead};
use bytes::BytesMut;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::fetch::{self, Fetcher};
use super::lanes::Lanes;
use super::lend::{self, Loan};
use super::reading::read_head;
use super::transport::Transport;
use super::{Visitor, route};
use crate::app::App;

/// Answers the requests of a connection, one after the other, until the client or the server is done.
///
/// A connection whose client asks plainly for a file goes to a lane for as long as it asks for nothing else: there it is
/// answered straight from the file to the socket, 0.25 s of CPU a GB where the HTTP library, which has to be given the
/// bytes, takes 0.8 s. Any other request is lent to that library together with the socket. Between requests a
/// connection has no buffer at all, so that an idle one costs 5.3 KB. Over TLS it is all the same, but that the lane encrypts what
/// it reads from the file.
pub(super) async fn serve<T: Transport>(
    app: &Arc<App>,
    lanes: &Lanes,
    mut socket: T,
    peer: SocketAddr,
    stop: &CancellationToken,
) -> io::Result<()> {
    let stall = Duration::from_secs(app.config.limits.stall_secs);
    let visitor = Visitor { peer, is_secure: socket.is_secure(), is_misdirected: socket.is_misdirected() };
    let mut ahead = BytesMut::new();
    // Whoever connects has something to say.
    let mut patience = Duration::from_secs(app.config.limits.head_secs);
    while read_head(app, &mut socket, &mut ahead, patience, stop).await? {
        patience = Duration::from_secs(app.config.limits.idle_secs);
        let parsed = request::parse(&ahead);
        // In boxes of their own: idle connections shall not have to hold the room for them.
        if fetch::content_request(&parsed).is_some() && route::is_for_this_host(app, &visitor, &ahead) {
            let fetcher = Fetcher { app: Arc::clone(app), main: Handle::current(), stop: stop.clone(), stall };
            let fetched = lanes.run(fetcher.fetch::<T>(socket.park()?, std::mem::take(&mut ahead), visitor));
            match Box::pin(fetched).await?? {
                Some(returned) => (socket, ahead) = (T::unpark(returned.socket)?, returned.ahead),
                None => return Ok(()),
            }
            continue;
        }
        let loan =
            Loan { app: Arc::clone(app), visitor, stop: stop.clone(), request_bytes: request_bytes(&parsed), stall };
        match Box::pin(lend::lend(socket, &mut ahead, loan)).await? {
            Some(returned) => socket = returned,
            None => return Ok(()),
        }
    }
    socket.farewell().await;
    Ok(())
}

/// How many bytes the request at the beginning has, when that is beyond doubt.
fn request_bytes(parsed: &Parsed<'_>) -> Option<u64> {
    match parsed {
        Parsed::Head(RequestHead { length, framing: Framing::Length(body), .. }) => Some(*length as u64 + body),
        _ => None,
    }
}
