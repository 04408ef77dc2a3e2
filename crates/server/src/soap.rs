//! The web services: bytes in, one function, bytes out.

mod details;
mod exchange;
pub(crate) mod handshake;
mod refusal;
mod reports;
mod scan;
mod session;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use hyper::body::Incoming;
use uuid::Uuid;
use wire::{DecodeError, Problem, Service};

use crate::admission::{Shed, Turn};
use crate::app::App;
use crate::metrics::Call;
use exchange::{Origin, refuse_http, respond, wants_xpress};
use refusal::Refusal;

/// Answers a `POST` to a web service.
pub(crate) async fn answer(
    app: Arc<App>,
    service: Service,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Response<Body> {
    let limit = Duration::from_secs(app.config.limits.request_secs);
    match tokio::time::timeout(limit, answer_in_time(Arc::clone(&app), service, request, peer)).await {
        Ok(response) => response,
        Err(_) => {
            app.metrics.refuse("time");
            tracing::warn!(%peer, limit_secs = limit.as_secs(), "a request took too long to arrive or to be answered");
            refuse_http(StatusCode::REQUEST_TIMEOUT)
        }
    }
}

/// A message that arrived.
struct Arrived {
    service: Service,
    headers: HeaderMap,
    peer: SocketAddr,
    body: Bytes,
    started: Instant,
}

async fn answer_in_time(
    app: Arc<App>,
    service: Service,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Response<Body> {
    let started = Instant::now();
    let (head, mut body) = request.into_parts();
    let (turn, bytes) = match arrival(&app, service, &head.headers, &mut body, peer).await {
        Ok(arrived) => arrived,
        Err(unread) => {
            exchange::drain(body);
            return turned_down(&app, service, peer, unread);
        }
    };
    let arrived = Arrived { service, headers: head.headers, peer, body: bytes, started };
    if !turn.is_large() {
        return work(&app, arrived).await;
    }
    // Where others are answered, the largest message would hold them up for 40 ms and more.
    let runtime = tokio::runtime::Handle::current();
    let worked = tokio::task::spawn_blocking(move || {
        let response = runtime.block_on(work(&app, arrived));
        drop(turn);
        response
    });
    worked.await.unwrap_or_else(|error| {
        tracing::error!(%error, %peer, ?service, "a large message was not answered; this is a fault of the server");
        refuse_http(StatusCode::INTERNAL_SERVER_ERROR)
    })
}

/// Why a message is not read, or not to its end.
#[derive(Clone, Copy)]
enum Unread {
    /// There is too much to do.
    Shed(Shed),
    /// It is not acceptable.
    Refused(StatusCode),
}

impl From<Shed> for Unread {
    fn from(shed: Shed) -> Self {
        Self::Shed(shed)
    }
}

/// Waits in the queue and reads the message: its body stays with the client until there is room for it.
async fn arrival(
    app: &App,
    service: Service,
    headers: &HeaderMap,
    body: &mut Incoming,
    peer: SocketAddr,
) -> Result<(Turn, Bytes), Unread> {
    let length = exchange::announced(headers, body, service).map_err(Unread::Refused)?;
    let room = app.admission.enter(peer.ip(), length)?.room().await?;
    let bytes = exchange::read(body, length).await.map_err(Unread::Refused)?;
    Ok((room.turn().await?, bytes))
}

fn turned_down(app: &App, service: Service, peer: SocketAddr, why: Unread) -> Response<Body> {
    match why {
        Unread::Shed(shed) => exchange::come_back_later(app.admission.turned_away(peer.ip(), shed)),
        Unread::Refused(status) => {
            app.metrics.refuse("body too large");
            tracing::warn!(%peer, %status, ?service, "refused the body of a request");
            refuse_http(status)
        }
    }
}

async fn work(app: &App, arrived: Arrived) -> Response<Body> {
    let Arrived { service, headers, peer, body, started } = arrived;
    let origin = Origin::of(&headers, peer);
    let call = match wire::decode(service, &body) {
        Ok(call) => call,
        Err(error) => return not_understood(app, service, &origin, &error),
    };
    drop(body);
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
    respond(service, status, call.soap.content_type(), encoded, wants_xpress(&headers))
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
            respond(service, StatusCode::INTERNAL_SERVER_ERROR, error.soap.content_type(), encoded, false)
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
