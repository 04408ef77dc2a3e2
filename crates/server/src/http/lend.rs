use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use ::content::request::{HEAD_BYTES_MAX, HEADERS_MAX};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::Request;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio_util::sync::CancellationToken;

use super::transport::Transport;
use super::{Visitor, route};
use crate::app::App;

mod lent;

use lent::Lent;

/// What a request is lent with.
pub(super) struct Loan {
    pub(super) app: Arc<App>,
    pub(super) visitor: Visitor,
    pub(super) stop: CancellationToken,
    /// How many bytes the request has, if that is known: then the socket is lent for it alone.
    pub(super) request_bytes: Option<u64>,
    /// How long a client may take nothing of its answer.
    pub(super) stall: Duration,
}

/// How far the one request is, for which a socket was lent.
#[derive(Default)]
struct Progress {
    /// The answer's body was taken to its end.
    is_answered: AtomicBool,
    /// What was taken of it waits for the client.
    is_blocked: AtomicBool,
    /// The library has read the whole request, and asks for the next.
    wants_next: AtomicBool,
}

impl Progress {
    fn is_over(&self) -> bool {
        self.wants_next.load(Ordering::Relaxed)
            && self.is_answered.load(Ordering::Relaxed)
            && !self.is_blocked.load(Ordering::Relaxed)
    }
}

/// Lends the socket, and what was read of it, to the HTTP library.
///
/// For one request if it is known where that ends: the library is given exactly its bytes, and the socket comes back when
/// the answer was written. An idle connection is never the library's, which would keep two buffers of 8 KiB for each. A
/// request whose end is not known is lent the socket for good; nothing comes back then.
pub(super) async fn lend<T: Transport>(socket: T, ahead: &mut BytesMut, loan: Loan) -> io::Result<Option<T>> {
    let Loan { app, visitor, stop, request_bytes, stall } = loan;
    let head_secs = app.config.limits.head_secs;
    let progress = Arc::new(Progress::default());
    let io = TokioIo::new(Lent::new(socket, ahead, request_bytes, stall, Arc::clone(&progress)));
    let answered = Arc::clone(&progress);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let answer = route::answer(Arc::clone(&app), request, visitor);
        let progress = Arc::clone(&answered);
        async move { Ok::<_, Infallible>(answer.await.map(|body| Body::new(Watched { body, progress }))) }
    });
    let mut connection = protocol(head_secs).serve_connection(io, service);
    let mut stopped = pin!(stop.cancelled());
    let mut is_stopping = false;
    let ended = poll_fn(|cx| {
        if !is_stopping && stopped.as_mut().poll(cx).is_ready() {
            is_stopping = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        match Pin::new(&mut connection).poll(cx) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            Poll::Pending if progress.is_over() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
    match ended {
        Some(ended) => ended.map(|()| None).map_err(io::Error::other),
        None => {
            let parts = connection.into_parts();
            // It was given one request and has read it. If anything were left, the two of us would disagree about where
            // it ends, and the connection would have to go.
            Ok(parts.read_buf.is_empty().then(|| parts.io.into_inner().into_socket()))
        }
    }
}

fn protocol(head_secs: u64) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(head_secs))
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        // Clients of this protocol send names in any letter case, and some proxies mind ours.
        .title_case_headers(true);
    protocol
}

/// A body that tells when it was taken to its end, or given up.
struct Watched {
    body: Body,
    progress: Arc<Progress>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.progress.is_answered.store(true, Ordering::Relaxed);
    }
}
