use std::io;
use std::sync::Arc;
use std::time::Duration;

use ::content::request::{self, Parsed, PlainRequest, RequestHead};
use bytes::{Buf as _, BytesMut};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::reading::read_head;
use super::route::{self, Place, place};
use super::transport::Transport;
use super::{Visitor, content, head};
use crate::app::App;

/// Answers requests for files, one after the other, on the lane of their connection.
pub(super) struct Fetcher {
    pub(super) app: Arc<App>,
    /// Where the database is asked and files are opened.
    pub(super) main: Handle,
    pub(super) stop: CancellationToken,
    /// How long a client may take nothing of its answer.
    pub(super) stall: Duration,
}

/// A connection whose next request is another one.
pub(super) struct Returned<Parked> {
    pub(super) socket: Parked,
    /// What was read of it: a head, or what will never be one.
    pub(super) ahead: BytesMut,
}

impl Fetcher {
    /// Answers until another request comes, for which the connection is returned, or none.
    pub(super) async fn fetch<T: Transport>(
        self,
        socket: T::Parked,
        mut ahead: BytesMut,
        visitor: Visitor,
    ) -> io::Result<Option<Returned<T::Parked>>> {
        let Self { app, main, stop, stall } = self;
        let mut socket = T::unpark(socket)?;
        let patience = Duration::from_secs(app.config.limits.idle_secs);
        loop {
            let parsed = request::parse(&ahead);
            let asked = content_request(&parsed).filter(|_| route::is_for_this_host(&app, &visitor, &ahead));
            let Some((length, request, rest)) = asked else {
                return Ok(Some(Returned { socket: socket.park()?, ahead }));
            };
            let response = content::answer(&app, &main, request.is_head, &rest, &request.conditions).await;
            let keeps = request.keeps_connection() && !stop.is_cancelled();
            let head = head::bytes(&response, &request, keeps, app.now());
            socket.send(head, response.into_body(), request.is_head, stall).await?;
            ahead.advance(length);
            if !keeps {
                socket.farewell().await;
                return Ok(None);
            }
            if !read_head(&app, &mut socket, &mut ahead, patience, &stop).await? {
                socket.farewell().await;
                return Ok(None);
            }
        }
    }
}

/// A request that is plainly for a file: how long it is, what it says, and the rest of its path.
pub(super) fn content_request<'bytes>(parsed: &Parsed<'bytes>) -> Option<(usize, PlainRequest<'bytes>, String)> {
    let Parsed::Head(RequestHead { length, plain: Some(request), .. }) = parsed else { return None };
    match place(request.path) {
        Place::Content(rest) => Some((*length, *request, rest)),
        _ => None,
    }
}
