//! The HTTP half of a web-service call: what is read of a request, and how an answer goes out.

use std::net::SocketAddr;

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use wire::{Service, limits, xpress};

/// What the handlers need to know of a request beside its message.
pub(crate) struct Origin {
    /// `Host`, when it is one that may stand in an address.
    pub(crate) host: Option<String>,
    /// Where it came from.
    pub(crate) peer: SocketAddr,
    /// `User-Agent`.
    pub(crate) agent: String,
    /// `MS-CV`: the client's own correlation id.
    pub(crate) correlation: String,
}

impl Origin {
    pub(super) fn of(headers: &HeaderMap, peer: SocketAddr) -> Self {
        let field = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let short = |text: &str| text.chars().take(256).collect::<String>();
        Self {
            host: host_name(field("host")),
            peer,
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

/// The whole body, unless it is longer than the service takes.
pub(super) async fn read(body: Incoming, headers: &HeaderMap, service: Service) -> Result<Bytes, StatusCode> {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let limit = body_bytes_max(service);
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}

fn body_bytes_max(service: Service) -> usize {
    match service {
        Service::Client => limits::CLIENT.xml.bytes,
        Service::SimpleAuth => limits::SIMPLE_AUTH.xml.bytes,
        Service::Reporting => limits::REPORTING.xml.bytes,
    }
}

/// True when the client asks for Xpress, among whatever else.
pub(super) fn wants_xpress(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|coding| {
        let name = coding.split(';').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("xpress")
    })
}

/// A message on its way to a client of `service`, with the header fields of native WSUS.
pub(super) fn respond(
    service: Service,
    status: StatusCode,
    content_type: &'static str,
    encoded: wire::Body,
    xpress: bool,
) -> Response<Body> {
    let encoded = if xpress { xpress::compress(&encoded) } else { encoded };
    let length = encoded.len();
    let mut segments = encoded.into_segments();
    let body = match segments.len() {
        1 => Body::from(segments.pop().unwrap_or_default()),
        // The segments are shared fragments: they go to the socket as they are.
        _ => Body::from_stream(stream::iter(segments.into_iter().map(Ok::<_, std::convert::Infallible>))),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, cache_control(service));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if xpress {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("xpress"));
    }
    response
}

/// What each service of native WSUS says (captures of October 2026).
fn cache_control(service: Service) -> HeaderValue {
    HeaderValue::from_static(match service {
        Service::Client => "private",
        Service::SimpleAuth | Service::Reporting => "private, max-age=0",
    })
}

/// An answer without a body that ends the connection: what else the client sends is not read.
pub(super) fn refuse_http(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
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
