use std::net::SocketAddr;
use std::sync::Arc;

use ::content::request::Conditions;
use axum::body::Body;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use tokio::runtime::Handle;
use wire::Service;

use super::content;
use crate::app::App;
use crate::soap::{self, Endpoint};

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A SOAP endpoint.
    WebService(Endpoint),
    /// A content file; the rest of the path, as sent.
    Content(String),
    /// For load balancers and people with a browser.
    Root,
    /// Nothing.
    Nowhere,
}

/// Answers a client's request.
pub(crate) async fn answer(app: Arc<App>, request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
    match place(request.uri().path()) {
        Place::WebService(endpoint) if request.method() == Method::POST => {
            soap::answer(app, endpoint, request, peer).await
        }
        Place::WebService(_) if request.method() == Method::GET => {
            text(StatusCode::OK, "This is a web service of Vanne. Windows Update agents post to it.\n")
        }
        Place::WebService(_) => not_allowed("GET, POST"),
        Place::Content(rest) if matches!(*request.method(), Method::GET | Method::HEAD) => {
            let field = |name| request.headers().get(name).map(HeaderValue::as_bytes);
            let conditions = Conditions {
                range: field(header::RANGE),
                if_range: field(header::IF_RANGE),
                if_none_match: field(header::IF_NONE_MATCH),
            };
            let is_head = *request.method() == Method::HEAD;
            content::answer(&app, &Handle::current(), is_head, &rest, &conditions).await.map(Body::from)
        }
        Place::Content(_) => not_allowed("GET, HEAD"),
        Place::Root if matches!(*request.method(), Method::GET | Method::HEAD) => {
            text(StatusCode::OK, "Vanne is up. Point Windows Update at this address.\n")
        }
        Place::Root => not_allowed("GET, HEAD"),
        Place::Nowhere => {
            app.metrics.not_found.inc();
            text(StatusCode::NOT_FOUND, "There is nothing at this address.\n")
        }
    }
}

/// Finds the place of `path`, without regard to letter case and doubled slashes, as IIS does and
/// stock clients rely on (client-server protocol, section 2).
pub(super) fn place(path: &str) -> Place {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let (Some(first), rest) = (segments.next(), segments) else { return Place::Root };
    let first = first.to_ascii_lowercase();
    if first == "content" {
        return Place::Content(rest.collect::<Vec<_>>().join("/"));
    }
    let rest = rest.collect::<Vec<_>>().join("/").to_ascii_lowercase();
    let endpoint = match (first.as_str(), rest.as_str()) {
        ("clientwebservice", "client.asmx") => Endpoint::Clients(Service::Client),
        ("simpleauthwebservice", "simpleauth.asmx") => Endpoint::Clients(Service::SimpleAuth),
        // The WSDL says WebService.asmx, stock clients say ReportingWebService.asmx.
        ("reportingwebservice", "reportingwebservice.asmx" | "webservice.asmx") => Endpoint::Reporting,
        ("serversyncwebservice", "serversyncwebservice.asmx") => Endpoint::ServerSync,
        ("dssauthwebservice", "dssauthwebservice.asmx") => Endpoint::DssAuth,
        _ => return Place::Nowhere,
    };
    Place::WebService(endpoint)
}

/// A short answer in plain text.
fn text(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// 405, with what would be allowed.
fn not_allowed(methods: &'static str) -> Response<Body> {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "This method is not allowed here.\n");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_in_any_case_and_with_doubled_slashes() {
        for path in
            ["/ClientWebService/client.asmx", "/clientwebservice/CLIENT.ASMX", "//ClientWebService//Client.asmx"]
        {
            assert_eq!(place(path), Place::WebService(Endpoint::Clients(Service::Client)), "{path}");
        }
        let simple_auth = Place::WebService(Endpoint::Clients(Service::SimpleAuth));
        assert_eq!(place("/SimpleAuthWebService/SimpleAuth.asmx"), simple_auth);
        // A stock server asks with two slashes: its base address ends in one (server-server.md §2).
        assert_eq!(place("//DssAuthWebService/DssAuthWebService.asmx"), Place::WebService(Endpoint::DssAuth));
        assert_eq!(place("/ServerSyncWebService/serversyncWebService.asmx"), Place::WebService(Endpoint::ServerSync));
        for path in ["/ReportingWebService/ReportingWebService.asmx", "/reportingwebservice/webservice.asmx"] {
            assert_eq!(place(path), Place::WebService(Endpoint::Reporting), "{path}");
        }
        assert_eq!(place("/CONTENT/1f/AB.cab"), Place::Content("1f/AB.cab".into()));
        assert_eq!(place("/"), Place::Root);
        assert_eq!(place("/SelfUpdate/wuident.cab"), Place::Nowhere);
    }
}
