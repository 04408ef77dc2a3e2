use std::path::Path;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde_json::Value;

/// Asks the administration API of the server on a data folder through its socket.
///
/// # Errors
/// When the server is not there or goes away.
pub(crate) async fn administer(
    data_dir: &Path,
    method: Method,
    path: &str,
    request: &impl Serialize,
) -> std::io::Result<(u16, Value)> {
    let body = serde_json::to_vec(request)?;
    let (status, bytes) = administer_raw(data_dir, method, path, body.into()).await?;
    Ok((status, serde_json::from_slice(&bytes)?))
}

/// The same with bytes.
pub(crate) async fn administer_raw(
    data_dir: &Path,
    method: Method,
    path: &str,
    body: Bytes,
) -> std::io::Result<(u16, Bytes)> {
    let gone = std::io::Error::other::<hyper::Error>;
    let stream = tokio::net::UnixStream::connect(data_dir.join("vanne.sock")).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(gone)?;
    let driver = tokio::spawn(connection);
    let request = Request::builder().method(method).uri(path).header(header::HOST, "vanne");
    let request = request.header(header::CONTENT_TYPE, "application/json").body(Full::new(body)).unwrap();
    let response = sender.send_request(request).await.map_err(gone)?;
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.map_err(gone)?.to_bytes();
    driver.abort();
    Ok((status, bytes))
}
