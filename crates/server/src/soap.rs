//! The web services: bytes in, one function, bytes out.

mod details;
pub(crate) mod handshake;
mod refusal;
mod reports;
mod scan;
mod session;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use uuid::Uuid;
use wire::{DecodeError, Problem, Service, limits, xpress};

use crate::app::App;
use crate::metrics::Call;
use refusal::Refusal;

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
    fn of(headers: &HeaderMap, peer: SocketAddr) -> Self {
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

/// Answers a `POST` to a web service.
pub(crate) async fn answer(
    app: &App,
    service: Service,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Response<Body> {
    let limit = Duration::from_secs(app.config.limits.request_secs);
    match tokio::time::timeout(limit, answer_in_time(app, service, request, peer)).await {
        Ok(response) => response,
        Err(_) => {
            app.metrics.refuse("time");
            tracing::warn!(%peer, limit_secs = limit.as_secs(), "a request took too long to arrive or to be answered");
            refuse_http(StatusCode::REQUEST_TIMEOUT)
        }
    }
}

async fn answer_in_time(app: &App, service: Service, request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
    let started = Instant::now();
    let (head, body) = request.into_parts();
    let origin = Origin::of(&head.headers, peer);
    let body = match read(body, &head.headers, service).await {
        Ok(body) => body,
        Err(status) => {
            app.metrics.refuse("body too large");
            tracing::warn!(%peer, %status, ?service, "refused the body of a request");
            return refuse_http(status);
        }
    };
    let call = match wire::decode(service, &body) {
        Ok(call) => call,
        Err(error) => return not_understood(app, service, &origin, &error),
    };
    let operation = call.request.method();
    let action = call.request.action();
    let (outcome, encoded, status) = match handle(app, &origin, call.request).await {
        Ok(response) => ("ok", wire::encode(service, call.soap, &response), StatusCode::OK),
        Err(refusal) => {
            let (outcome, id) = (refusal.code.as_str(), Uuid::new_v4());
            log_refusal(app, &origin, operation, &refusal, id);
            let fault = refusal.into_fault(&action, id);
            (outcome, wire::encode_fault(service, call.soap, &fault), StatusCode::INTERNAL_SERVER_ERROR)
        }
    };
    app.metrics.calls.get_or_create(&Call { operation, outcome }).inc();
    app.metrics.call_seconds.observe(started.elapsed().as_secs_f64());
    respond(status, call.soap.content_type(), encoded, wants_xpress(&head.headers))
}

async fn handle(app: &App, origin: &Origin, request: wire::Request) -> Result<wire::Response, Refusal> {
    use wire::{Request, Response};
    Ok(match request {
        Request::GetConfig(_) => Response::GetConfig(handshake::config(app, origin)),
        Request::GetConfig2(_) => Response::GetConfig2(handshake::config(app, origin)),
        Request::GetAuthorizationCookie(request) => {
            Response::GetAuthorizationCookie(handshake::authorization(app, origin, request).await?)
        }
        Request::GetCookie(request) => Response::GetCookie(handshake::cookie(app, &request).await?),
        Request::RegisterComputer(request) => {
            handshake::register(app, request).await?;
            Response::RegisterComputer
        }
        Request::StartCategoryScan(request) => {
            Response::StartCategoryScan(scan::start_category_scan(app, &request).await?)
        }
        Request::SyncUpdates(request) => Response::SyncUpdates(scan::sync_updates(app, origin, request).await?),
        Request::SyncPrinterCatalog(request) => Response::SyncPrinterCatalog(scan::printers(app, &request).await?),
        Request::RefreshCache(request) => Response::RefreshCache(scan::refresh_cache(app, &request).await?),
        Request::GetExtendedUpdateInfo(request) => {
            Response::GetExtendedUpdateInfo(details::extended(app, origin, &request).await?)
        }
        Request::GetExtendedUpdateInfo2(request) => {
            Response::GetExtendedUpdateInfo2(details::extended2(app, origin, &request).await?)
        }
        Request::GetFileLocations(request) => {
            Response::GetFileLocations(details::file_locations(app, origin, &request).await?)
        }
        Request::GetTimestamps(_) => Response::GetTimestamps(Vec::new()),
        Request::ReportEventBatch(request) => Response::ReportEventBatch(reports::take(app, request).await?),
        Request::ReportEventBatch2(request) => Response::ReportEventBatch2(reports::decline(app, origin, &request)),
        Request::GetRequiredInventoryType(request) => {
            Response::GetRequiredInventoryType(reports::required_inventory(app, &request).await?)
        }
        Request::ReportInventory(request) => Response::ReportInventory(reports::inventory(app, &request).await?),
    })
}

/// The whole body, unless it is longer than the service takes.
async fn read(body: Incoming, headers: &HeaderMap, service: Service) -> Result<Bytes, StatusCode> {
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

/// The word under which a message that is not understood is counted.
fn reason(problem: &Problem) -> &'static str {
    match problem {
        Problem::TooMuch { .. } => "too much",
        Problem::Missing { .. } | Problem::Malformed { .. } => "parameters",
        Problem::Xml(_) | Problem::NotSoap(_) | Problem::UnknownOperation { .. } => "not understood",
    }
}

fn not_understood(app: &App, service: Service, origin: &Origin, error: &DecodeError) -> Response<Body> {
    let reason = reason(&error.problem);
    app.metrics.refuse(reason);
    app.metrics.calls.get_or_create(&Call { operation: "none", outcome: reason }).inc();
    let id = Uuid::new_v4();
    tracing::warn!(
        peer = %origin.peer, agent = origin.agent, correlation = origin.correlation, fault.id = %id,
        error = error as &dyn std::error::Error, "refused a request that is not understood"
    );
    match error.refusal(id) {
        wire::Refusal::Fault(fault) => {
            let encoded = wire::encode_fault(service, error.soap, &fault);
            respond(StatusCode::INTERNAL_SERVER_ERROR, error.soap.content_type(), encoded, false)
        }
        wire::Refusal::Status(status) => refuse_http(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST)),
    }
}

fn log_refusal(app: &App, origin: &Origin, operation: &'static str, refusal: &Refusal, id: Uuid) {
    app.metrics.refuse(refusal.reason);
    let code = refusal.code.as_str();
    match &refusal.trouble {
        Some(trouble) => tracing::error!(
            peer = %origin.peer, operation, fault.code = code, fault.id = %id, trouble,
            "a request could not be answered; clients try again by themselves"
        ),
        None => tracing::info!(
            peer = %origin.peer, correlation = origin.correlation, operation, fault.code = code, fault.id = %id,
            message = refusal.message, reason = refusal.reason, "answered a request with a fault"
        ),
    }
}

fn wants_xpress(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|coding| {
        let name = coding.split(';').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("xpress")
    })
}

fn respond(status: StatusCode, content_type: &'static str, encoded: wire::Body, xpress: bool) -> Response<Body> {
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
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if xpress {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("xpress"));
    }
    response
}

/// An answer without a body that ends the connection: what else the client sends is not read.
fn refuse_http(status: StatusCode) -> Response<Body> {
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
