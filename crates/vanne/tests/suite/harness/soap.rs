use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use wire::{Fault, Response, Service, SoapVersion};

/// An answer as it came.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

/// Posts bytes to a path of the server, with these header fields.
pub(crate) async fn post(url: &str, path: &str, fields: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut request = Request::post(format!("{url}{path}")).header(header::CONTENT_TYPE, "text/xml; charset=utf-8");
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let response = client.request(request.body(Full::new(body.into())).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    Answer { status: head.status, headers: head.headers, body: body.collect().await.unwrap().to_bytes() }
}

/// The path of a web service, as stock clients write it.
pub(crate) fn path(service: Service) -> &'static str {
    match service {
        Service::Client => "/ClientWebService/client.asmx",
        Service::SimpleAuth => "/SimpleAuthWebService/SimpleAuth.asmx",
        Service::Reporting => "/ReportingWebService/ReportingWebService.asmx",
    }
}

/// Asks a web service.
pub(crate) async fn soap(url: &str, request: &wire::Request) -> Result<Response, Fault> {
    let body = wire::encode_request(request, SoapVersion::V11).into_bytes();
    let answer = post(url, path(request.service()), &[], body).await;
    wire::decode_response(request.method(), &answer.body).unwrap()
}
