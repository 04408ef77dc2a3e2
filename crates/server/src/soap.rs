//! The web services: bytes in, one function, bytes out.

mod clients;
mod details;
mod exchange;
pub(crate) mod handshake;
mod question;
mod refusal;
mod reports;
mod rollup;
mod scan;
mod session;
mod upstream;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use hyper::body::Incoming;
use uuid::Uuid;
use wire::{Call, DecodeError, Fault, Problem, Service, SoapVersion};

use crate::admission::{Shed, Turn};
use crate::app::App;
use crate::http::Visitor;
use crate::metrics;
pub(crate) use exchange::drain;
use exchange::{Origin, Pace, refuse_http, respond, wants_xpress};
use question::Question;
use refusal::Refusal;
pub(crate) use upstream::PackedDocuments;

/// Who posts there, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Windows Update agents.
    Clients(Service),
    /// Windows Update agents report, and downstream servers what was reported to them.
    Reporting,
    /// Downstream servers: all but the first call.
    ServerSync,
    /// Downstream servers say who they are.
    DssAuth,
}

/// Answers a `POST` to a web service.
pub(crate) async fn answer(
    app: Arc<App>,
    endpoint: Endpoint,
    request: Request<Incoming>,
    visitor: Visitor,
) -> Response<Body> {
    let peer = visitor.peer;
    let limit = Duration::from_secs(app.config.limits.request_secs);
    match tokio::time::timeout(limit, answer_in_time(Arc::clone(&app), endpoint, request, visitor)).await {
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
    endpoint: Endpoint,
    headers: HeaderMap,
    visitor: Visitor,
    body: Bytes,
    started: Instant,
}

async fn answer_in_time(
    app: Arc<App>,
    endpoint: Endpoint,
    request: Request<Incoming>,
    visitor: Visitor,
) -> Response<Body> {
    let peer = visitor.peer;
    let started = Instant::now();
    let (head, mut body) = request.into_parts();
    let (turn, bytes) = match arrival(&app, endpoint, &head.headers, &mut body, peer).await {
        Ok(arrived) => arrived,
        Err(unread) => {
            drain(body);
            return turned_down(&app, endpoint, peer, unread);
        }
    };
    let arrived = Arrived { endpoint, headers: head.headers, visitor, body: bytes, started };
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
        tracing::error!(%error, %peer, ?endpoint, "a large message was not answered; this is a fault of the server");
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
    endpoint: Endpoint,
    headers: &HeaderMap,
    body: &mut Incoming,
    peer: std::net::SocketAddr,
) -> Result<(Turn, Bytes), Unread> {
    let length = exchange::announced(headers, body, endpoint).map_err(Unread::Refused)?;
    let place = match endpoint {
        // Lists of a hundred thousand revisions, and documents that are packed for the way.
        Endpoint::ServerSync => app.admission.enter_large(peer.ip(), length)?,
        Endpoint::Clients(_) | Endpoint::Reporting | Endpoint::DssAuth => app.admission.enter(peer.ip(), length)?,
    };
    let room = place.room().await?;
    let limits = &app.config.limits;
    let grace = Duration::from_secs(limits.body_grace_secs);
    let pace = Pace { grace, bytes_per_sec: limits.body_bytes_per_sec_min };
    let bytes = exchange::read(body, length, pace).await.map_err(Unread::Refused)?;
    Ok((room.turn().await?, bytes))
}

fn turned_down(app: &App, endpoint: Endpoint, peer: std::net::SocketAddr, why: Unread) -> Response<Body> {
    match why {
        Unread::Shed(shed) => exchange::come_back_later(app.admission.turned_away(peer.ip(), shed)),
        Unread::Refused(status) => {
            let is_slow = status == StatusCode::REQUEST_TIMEOUT;
            app.metrics.refuse(if is_slow { "slow body" } else { "body too large" });
            tracing::warn!(%peer, %status, ?endpoint, "refused the body of a request");
            refuse_http(status)
        }
    }
}

async fn work(app: &App, arrived: Arrived) -> Response<Body> {
    let Arrived { endpoint, headers, visitor, body, started } = arrived;
    let origin = &Origin::of(&headers, visitor);
    let way = Way { app, endpoint, origin, headers: &headers, started };
    // A body may have megabytes: it is gone before the answer is thought about.
    match endpoint {
        Endpoint::Clients(service) => {
            let call = wire::decode(service, &body);
            drop(body);
            let handle = |request| clients::handle(app, origin, request);
            way.answer(call, handle, |soap, answer| wire::encode(service, soap, answer)).await
        }
        Endpoint::Reporting => {
            let call = wire::reporting::decode(&body);
            drop(body);
            match call {
                Ok(Call { soap, request: wire::reporting::Request::Rollup(request) }) => {
                    let handle = |request| rollup::handle(app, origin, request);
                    way.answer(Ok(Call { soap, request }), handle, wire::reporting::rollup::encode).await
                }
                Ok(Call { soap, request: wire::reporting::Request::Client(request) }) => {
                    let handle = |request| clients::handle(app, origin, request);
                    let encode = |soap, answer: &_| wire::encode(Service::Reporting, soap, answer);
                    way.answer(Ok(Call { soap, request }), handle, encode).await
                }
                Err(error) => way.not_understood(&error),
            }
        }
        Endpoint::ServerSync => {
            let call = wire::server::decode(&body);
            drop(body);
            way.answer(call, |request| upstream::handle(app, origin, request), wire::server::encode).await
        }
        Endpoint::DssAuth => {
            let call = wire::dss_auth::decode(&body);
            drop(body);
            way.answer(call, |request| upstream::authorize(app, request), wire::dss_auth::encode).await
        }
    }
}

/// All that an answer depends on beside the question.
struct Way<'a> {
    app: &'a App,
    endpoint: Endpoint,
    origin: &'a Origin,
    headers: &'a HeaderMap,
    started: Instant,
}

impl Way<'_> {
    /// Has a question answered, or says why it is not.
    async fn answer<Q: Question, A, F: Future<Output = Result<A, Refusal>> + Send>(
        &self,
        call: Result<Call<Q>, DecodeError>,
        handle: impl FnOnce(Q) -> F + Send,
        encode: impl FnOnce(SoapVersion, &A) -> wire::Body + Send,
    ) -> Response<Body> {
        let Call { soap, request } = match call {
            Ok(call) => call,
            Err(error) => return self.not_understood(&error),
        };
        let (operation, action) = (request.method(), request.action());
        let (outcome, encoded, status) = match handle(request).await {
            Ok(answer) => ("ok", encode(soap, &answer), StatusCode::OK),
            Err(refusal) => {
                let (outcome, id) = (refusal.code.as_str(), Uuid::new_v4());
                log_refusal(self.app, self.origin, operation, &refusal, id);
                let fault = refusal.into_fault(&action, id);
                (outcome, self.encode_fault(soap, &fault), StatusCode::INTERNAL_SERVER_ERROR)
            }
        };
        self.app.metrics.calls.get_or_create(&metrics::Call { operation, outcome }).inc();
        self.app.metrics.call_seconds.observe(self.started.elapsed().as_secs_f64());
        respond(self.endpoint, status, soap.content_type(), encoded, wants_xpress(self.headers))
    }

    fn encode_fault(&self, soap: SoapVersion, fault: &Fault) -> wire::Body {
        match self.endpoint {
            Endpoint::Clients(service) => wire::encode_fault(service, soap, fault),
            Endpoint::Reporting => wire::encode_fault(Service::Reporting, soap, fault),
            Endpoint::ServerSync | Endpoint::DssAuth => wire::server::encode_fault(soap, fault),
        }
    }

    fn not_understood(&self, error: &DecodeError) -> Response<Body> {
        let (app, origin) = (self.app, self.origin);
        let reason = reason(&error.problem);
        app.metrics.refuse(reason);
        app.metrics.calls.get_or_create(&metrics::Call { operation: "none", outcome: reason }).inc();
        let id = Uuid::new_v4();
        tracing::warn!(
            peer = %origin.peer, agent = origin.agent, correlation = origin.correlation, fault.id = %id,
            error = error as &dyn std::error::Error, "refused a request that is not understood"
        );
        match error.refusal(id) {
            wire::Refusal::Fault(fault) => {
                let encoded = self.encode_fault(error.soap, &fault);
                respond(self.endpoint, StatusCode::INTERNAL_SERVER_ERROR, error.soap.content_type(), encoded, false)
            }
            wire::Refusal::Status(status) => {
                refuse_http(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST))
            }
        }
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
