//! Requests that are not answered because of where they came, or how.

use axum::body::Body;
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use tokio::time::Instant;

use super::{Visitor, text};
use crate::app::App;
use crate::soap;

/// The body is not looked at, and the connection ends: whoever sent metadata in the clear shall not do so again at once.
pub(super) fn not_over_http(app: &App, request: Request<Incoming>, visitor: &Visitor) -> Response<Body> {
    app.metrics.refuse("http metadata");
    let port = app.https_port().unwrap_or_default();
    if let Some(times) = app.https.plain.another(Instant::now()) {
        let path: String = request.uri().path().chars().take(200).collect();
        tracing::warn!(
            peer = %visitor.peer, path, times, https_port = port,
            "refused metadata over plain HTTP, where others could change it: point that computer at the https address \
             (`vanne pki export` writes what it needs), or set server.allow_http_metadata while computers move"
        );
    }
    refuse(
        request,
        StatusCode::FORBIDDEN,
        "Metadata is not handed out over plain HTTP, where others could change it. Point Windows Update (WUServer and WUStatusServer) \
         at this server's https address, port 8531 unless it says otherwise. Files are served here as before.\n",
    )
}

/// RFC 9110, section 15.5.20.
pub(super) fn misdirected(app: &App, request: Request<Incoming>) -> Response<Body> {
    app.metrics.refuse("other host");
    refuse(
        request,
        StatusCode::MISDIRECTED_REQUEST,
        "This server has no certificate for that host. If it should, its name belongs into https.names.\n",
    )
}

fn refuse(request: Request<Incoming>, status: StatusCode, why: &'static str) -> Response<Body> {
    soap::drain(request.into_body());
    let mut response = text(status, why);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
