//! The HTTP half of a web-service call: what is read of a request, and how an answer goes out.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, timeout_at};
use wire::{Service, limits, xpress};

use super::Endpoint;
use crate::http::Visitor;

/// Longest answer, before it is coded, that is coded in one go: 512 KiB take about 2 ms, during which nobody else
/// is answered by the same thread. Stock clients are sent no more than that in nearly every answer.
const WHOLE_BYTES_MAX: usize = 512 * 1024;
/// Blocks of 16 KiB of a larger answer that are coded at once: 64 KiB fill a packet of TCP, and take 0.2 ms.
const BLOCKS_AT_ONCE: usize = 4;
/// Most bytes of a refused body that are read on: four times what any service takes.
const DRAIN_BYTES_MAX: usize = 16 << 20;
/// How long at most that is done,
const DRAIN_MAX: Duration = Duration::from_secs(10);
/// and how long the client may be silent meanwhile.
const DRAIN_SILENCE_MAX: Duration = Duration::from_secs(1);
/// Least time after which a client that is turned away is asked to come back, in seconds; within a minute more, all
/// are.
const RETRY_SECS_MIN: u64 = 30;

/// What the handlers need to know of a request beside its message.
pub(crate) struct Origin {
    /// `Host`, when it is one that may stand in an address.
    pub(crate) host: Option<String>,
    /// Where it came from.
    pub(crate) peer: SocketAddr,
    /// It came over TLS.
    pub(crate) is_secure: bool,
    /// `User-Agent`.
    pub(crate) agent: String,
    /// `MS-CV`: the client's own correlation id.
    pub(crate) correlation: String,
}

impl Origin {
    pub(super) fn of(headers: &HeaderMap, visitor: Visitor) -> Self {
        let field = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let short = |text: &str| text.chars().take(256).collect::<String>();
        Self {
            host: host_name(field("host")),
            peer: visitor.peer,
            is_secure: visitor.is_secure,
            agent: short(field("user-agent")),
            correlation: short(field("ms-cv")),
        }
    }
}

/// The host's name without its port, if it is made of what host names and addresses are made of.
fn host_name(host: &str) -> Option<String> {
    let name =
        if host.starts_with('[') { &host[..=host.find(']')?] } else { host.split(':').next().unwrap_or_default() };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'[' | b']' | b':');
    ((1..=255).contains(&name.len()) && name.bytes().all(plain)).then(|| name.to_owned())
}

/// The most bytes that the body may have: as many as announced, or, when its length is not, as the service takes.
pub(super) fn announced(headers: &HeaderMap, body: &Incoming, endpoint: Endpoint) -> Result<usize, StatusCode> {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let limit = body_bytes_max(endpoint, headers);
    let announced = body.size_hint().upper().map_or(Some(limit), |length| usize::try_from(length).ok());
    announced.filter(|length| *length <= limit).ok_or(StatusCode::PAYLOAD_TOO_LARGE)
}

/// How slowly a body may come.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// As slowly as it likes for so long;
    pub(super) grace: Duration,
    /// then so many bytes a second since its beginning, at least; 0 for none.
    pub(super) bytes_per_sec: u32,
}

impl Pace {
    /// When the byte behind `bytes` must be there.
    fn due(self, began: Instant, bytes: usize) -> Option<Instant> {
        let millis = (bytes as u64).saturating_mul(1_000).checked_div(self.bytes_per_sec.into())?;
        Some(began + self.grace.max(Duration::from_millis(millis)))
    }
}

/// The whole body, unless it is longer than `limit` or comes more slowly than `pace`: whoever sends a byte now and then
/// would keep room that others wait for.
pub(super) async fn read(body: &mut Incoming, limit: usize, pace: Pace) -> Result<Bytes, StatusCode> {
    let began = Instant::now();
    let mut bytes = Vec::with_capacity(body.size_hint().exact().map_or(0, |_| limit));
    loop {
        let frame = match pace.due(began, bytes.len()) {
            Some(due) => timeout_at(due, body.frame()).await.map_err(|_| StatusCode::REQUEST_TIMEOUT)?,
            None => body.frame().await,
        };
        let Some(frame) = frame else { break };
        let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
        if data.len() > limit - bytes.len() {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.into())
}

/// Reads on for a while, beside the answer, what a client sends that was refused: stock clients read the answer
/// after they have sent everything, and closing before that would reset the connection under it.
pub(crate) fn drain(mut body: Incoming) {
    tokio::spawn(async move {
        let until = Instant::now() + DRAIN_MAX;
        let mut left = DRAIN_BYTES_MAX;
        loop {
            let silence = (Instant::now() + DRAIN_SILENCE_MAX).min(until);
            let Ok(Some(Ok(frame))) = timeout_at(silence, body.frame()).await else { return };
            match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    });
}

fn body_bytes_max(endpoint: Endpoint, headers: &HeaderMap) -> usize {
    let limits = match endpoint {
        Endpoint::Clients(Service::Client) => limits::CLIENT,
        Endpoint::Clients(Service::SimpleAuth) => limits::SIMPLE_AUTH,
        Endpoint::Reporting if is_rollup(headers) => limits::ROLLUP,
        Endpoint::Reporting | Endpoint::Clients(Service::Reporting) => limits::REPORTING,
        Endpoint::ServerSync => limits::SERVER_SYNC,
        Endpoint::DssAuth => limits::DSS_AUTH,
    };
    limits.xml.bytes
}

/// True when a server below says that it sends a rollup: in `SOAPAction`, or with SOAP 1.2 in the type of the body.
/// What it is after all stands in the body, and reports of clients keep to their own limit there.
fn is_rollup(headers: &HeaderMap) -> bool {
    let field = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let in_type = field("content-type").split(';').filter_map(|part| part.trim().strip_prefix("action="));
    std::iter::once(field("soapaction")).chain(in_type).any(wire::reporting::is_rollup_action)
}

/// True when the client asks for Xpress, among whatever else.
pub(super) fn wants_xpress(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|coding| {
        let name = coding.split(';').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("xpress")
    })
}

/// A message on its way to a client of `endpoint`, with the header fields of native WSUS.
pub(super) fn respond(
    endpoint: Endpoint,
    status: StatusCode,
    content_type: &'static str,
    encoded: wire::Body,
    xpress: bool,
) -> Response<Body> {
    let (body, length) = match xpress {
        true if encoded.len() > WHOLE_BYTES_MAX => (coded_when_sent(encoded), None),
        true => whole(xpress::compress(&encoded)),
        false => whole(encoded),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, cache_control(endpoint));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(length) = length {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    if xpress {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("xpress"));
    }
    response
}

/// A body and its length. The segments are shared fragments: they go to the socket as they are.
fn whole(encoded: wire::Body) -> (Body, Option<usize>) {
    let length = encoded.len();
    let mut segments = encoded.into_segments();
    let body = match segments.len() {
        1 => Body::from(segments.pop().unwrap_or_default()),
        _ => Body::from_stream(stream::iter(segments.into_iter().map(Ok::<_, Infallible>))),
    };
    (body, Some(length))
}

/// Codes a large answer as the socket takes it, so that a slow reader holds a few blocks, and nobody waits while
/// tens of megabytes are coded. Its length is not known before, which means chunked transfer coding.
fn coded_when_sent(encoded: wire::Body) -> Body {
    let mut blocks = xpress::Blocks::new(encoded.into_segments());
    Body::from_stream(stream::iter(std::iter::from_fn(move || {
        let mut coded = Vec::new();
        for _ in 0..BLOCKS_AT_ONCE {
            blocks.write_next(&mut coded);
        }
        (!coded.is_empty()).then(|| Ok::<_, Infallible>(Bytes::from(coded)))
    })))
}

/// What each service of native WSUS says (captures of October 2026).
fn cache_control(endpoint: Endpoint) -> HeaderValue {
    HeaderValue::from_static(match endpoint {
        Endpoint::Clients(Service::Client) => "private",
        _ => "private, max-age=0",
    })
}

/// An answer without a body that ends the connection.
pub(super) fn refuse_http(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Asks the client to come back, and not at the same moment as all the others that were turned away: `before` tells
/// how many those are.
pub(super) fn come_back_later(before: u64) -> Response<Body> {
    let mut response = refuse_http(StatusCode::SERVICE_UNAVAILABLE);
    // Steps of 37 visit every second of the minute before they come to one again.
    let seconds = RETRY_SECS_MIN + before.wrapping_mul(37) % 60;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    *response.body_mut() = Body::from("There is too much to do just now; come back later.\n");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_host_names_go_into_addresses() {
        assert_eq!(host_name("wsus.example:8530").as_deref(), Some("wsus.example"));
        assert_eq!(host_name("192.0.2.1").as_deref(), Some("192.0.2.1"));
        assert_eq!(host_name("[2001:db8::1]:8530").as_deref(), Some("[2001:db8::1]"));
        for bad in ["", "a b", "a/b", "<x>", "[2001:db8::1", "\"quoted\""] {
            assert_eq!(host_name(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn xpress_is_asked_for_among_other_codings() {
        let asks = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            wants_xpress(&headers)
        };
        assert!(asks("xpress"));
        assert!(asks("gzip, XPRESS;q=0.5"));
        assert!(!asks("gzip"));
        assert!(!wants_xpress(&HeaderMap::new()));
    }
}
