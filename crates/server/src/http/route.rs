use std::sync::Arc;

use ::content::request::Conditions;
use axum::body::Body;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use tokio::runtime::Handle;
use wire::Service;

use super::{Visitor, content};
use crate::app::App;
use crate::soap::{self, Endpoint};

mod refusal;

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
pub(crate) async fn answer(app: Arc<App>, request: Request<Incoming>, visitor: Visitor) -> Response<Body> {
    if !is_at_home(&app, &visitor, request.headers().get(header::HOST).map(HeaderValue::as_bytes)) {
        return refusal::misdirected(&app, request);
    }
    if !visitor.is_secure && !app.config.server.allows_http_metadata() && is_web_service(request.uri().path()) {
        return refusal::not_over_http(&app, request, &visitor);
    }
    match place(request.uri().path()) {
        Place::WebService(endpoint) if request.method() == Method::POST => {
            if !visitor.is_secure {
                app.metrics.http_metadata.inc();
            }
            soap::answer(app, endpoint, request, visitor).await
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

/// True if a request that begins with this head is for this host. What is no plain head is for [`answer`] to judge.
pub(super) fn is_for_this_host(app: &App, visitor: &Visitor, head: &[u8]) -> bool {
    !visitor.is_secure || is_at_home(app, visitor, host_field(head))
}

/// Over TLS a client says whom it means, twice, and is told when it is not this server: what leads it here is set up wrong, or means
/// to mix up two servers. Over plain HTTP caches and proxies ask under any name.
fn is_at_home(app: &App, visitor: &Visitor, host: Option<&[u8]>) -> bool {
    if !visitor.is_secure {
        return true;
    }
    let host = host.map(|host| std::str::from_utf8(host).unwrap_or("?").trim());
    !visitor.is_misdirected && host.is_none_or(|host| app.https.serves(without_port(host)))
}

/// The host of `Host`, an address of IPv6 in its brackets.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.is_empty() => name,
        _ => host,
    }
}

/// `Host` in a head.
fn host_field(head: &[u8]) -> Option<&[u8]> {
    let lines = head.split(|byte| *byte == b'\n').skip(1).take_while(|line| !matches!(line, [] | [b'\r']));
    let mut fields =
        lines.filter_map(|line| line.iter().position(|byte| *byte == b':').map(|colon| line.split_at(colon)));
    let (_, value) = fields.find(|(name, _)| name.eq_ignore_ascii_case(b"host"))?;
    value.get(1..).map(<[u8]>::trim_ascii)
}

/// True for everything that IIS would take for a web service, those that are not here included.
fn is_web_service(path: &str) -> bool {
    path.split('/').any(|segment| segment.to_ascii_lowercase().ends_with(".asmx"))
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

    #[test]
    fn a_host_is_found_in_a_head_with_and_without_a_port() {
        let head = b"GET / HTTP/1.1\r\nUser-Agent: x: y\r\nHOST:  wsus.example:8531 \r\n\r\nHost: other\r\n";
        assert_eq!(host_field(head), Some(&b"wsus.example:8531"[..]));
        assert_eq!(host_field(b"GET / HTTP/1.0\r\n\r\nHost: x"), None);
        for (host, name) in [("a:8531", "a"), ("a", "a"), ("[::1]:1", "[::1]"), ("[::1]", "[::1]"), ("a:b", "a:b")] {
            assert_eq!(without_port(host), name);
        }
    }

    #[test]
    fn what_iis_would_take_for_a_web_service_is_one() {
        for path in ["/ClientWebService/Client.ASMX", "/x.asmx/y", "//ApiRemoting30/WebService.asmx", "/Content/a.asmx"]
        {
            assert!(is_web_service(path), "{path}");
        }
        assert!(!is_web_service("/Content/AB/AB.cab") && !is_web_service("/asmx"));
    }
}
