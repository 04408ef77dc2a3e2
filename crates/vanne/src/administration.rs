//! The administration API, wherever its handlers run: in the server on the data folder, or, when
//! none runs, in this process. Either way it is the same router that answers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use axum::body::Body;
use bytes::Bytes;
use futures::TryStreamExt as _;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper_util::rt::TokioIo;
use model::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use server::admin::{ApiError, socket};
use server::{App, Clock, Config};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::arguments::Place;
use crate::exit::Failure;

const BROKE_OFF: &str = "the server's answer broke off";
const NOT_UNDERSTOOD: &str = "the server's answer is not understood; is it of another version?";

/// The time as the system has it: the only place this program reads it.
pub(crate) fn system_clock() -> Clock {
    Arc::new(Timestamp::now)
}

/// The configuration of `place`, with what the command line says on top.
pub(crate) fn configuration(place: &Place) -> Result<Config, Failure> {
    let mut config = Config::load(place.config.as_deref(), &place.data_dir).map_err(server::OpenError::from)?;
    if place.database.is_some() {
        config.database.url.clone_from(&place.database);
    }
    Ok(config)
}

/// A way to the administration API.
pub(crate) enum Administration {
    /// The server on this data folder.
    Server(PathBuf),
    /// The handlers, in this process.
    Here(axum::Router),
}

impl Administration {
    /// Finds the server on `place`, or opens its state when none runs.
    pub(crate) async fn connect(place: &Place) -> Result<Self, Failure> {
        let running = socket::connect(&place.data_dir).await.map_err(|error| {
            let path = socket::path(&place.data_dir);
            Failure::from(
                anyhow::Error::new(error).context(format!("could not reach the server through {}", path.display())),
            )
        })?;
        if running.is_some() {
            return Ok(Self::Server(place.data_dir.clone()));
        }
        if !place.data_dir.exists() {
            return Err(Failure::usage(format!(
                "there is no data folder {}; start a server on it first, or name another one",
                place.data_dir.display()
            )));
        }
        Self::here(place).await
    }

    /// The same, and makes the data folder when it is not there: what is asked for comes before the first start.
    pub(crate) async fn connect_or_make(place: &Place) -> Result<Self, Failure> {
        if place.data_dir.exists() { Self::connect(place).await } else { Self::here(place).await }
    }

    /// Opens the state of `place` in this process, making it when it is not there.
    pub(crate) async fn here(place: &Place) -> Result<Self, Failure> {
        let app = App::open(&place.data_dir, configuration(place)?, system_clock()).await?;
        Ok(Self::Here(server::admin::router(app)))
    }

    /// Asks with `GET`; `query` becomes the query string.
    pub(crate) async fn read<A: DeserializeOwned>(&self, path: &str, query: &impl Serialize) -> Result<A, Failure> {
        let query = serde_urlencoded::to_string(query).context("could not write the query")?;
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        self.ask(Method::GET, &target, Body::empty()).await
    }

    /// Sends `request` as JSON.
    pub(crate) async fn send<A: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        request: &impl Serialize,
    ) -> Result<A, Failure> {
        let body = serde_json::to_vec(request).context("could not write the request")?;
        self.ask(method, path, Body::from(body)).await
    }

    /// Sends `body` as it is.
    pub(crate) async fn upload<A: DeserializeOwned>(&self, path: &str, body: Body) -> Result<A, Failure> {
        self.ask(Method::PUT, path, body).await
    }

    /// Sends a text as it is.
    pub(crate) async fn post_text<A: DeserializeOwned>(&self, path: &str, text: String) -> Result<A, Failure> {
        self.ask(Method::POST, path, Body::from(text)).await
    }

    /// Sends `body` as it comes, and hands over each line of the answer, which may come meanwhile.
    pub(crate) async fn converse<A: DeserializeOwned>(
        &self,
        path: &str,
        body: Body,
        mut take: impl FnMut(A) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let answer = self.begin(Method::POST, path, body).await?;
        if !answer.response.status().is_success() {
            let (status, bytes) = collect(answer.response).await?;
            return Err(refusal(status, &bytes));
        }
        let (mut lines, mut left) = (answer.response.into_body().into_data_stream(), Vec::new());
        while let Some(part) = lines.try_next().await.context(BROKE_OFF)? {
            left.extend_from_slice(&part);
            while let Some(end) = left.iter().position(|byte| *byte == b'\n') {
                take(serde_json::from_slice(&left[..end]).context(NOT_UNDERSTOOD)?)?;
                left.drain(..=end);
            }
        }
        Ok(())
    }

    async fn ask<A: DeserializeOwned>(&self, method: Method, target: &str, body: Body) -> Result<A, Failure> {
        let answer = self.begin(method, target, body).await?;
        let (status, bytes) = collect(answer.response).await?;
        if status.is_success() {
            return Ok(serde_json::from_slice(&bytes).context(NOT_UNDERSTOOD)?);
        }
        Err(refusal(status, &bytes))
    }

    /// Sends a request; the answer has begun.
    async fn begin(&self, method: Method, target: &str, body: Body) -> Result<Answer, Failure> {
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header(header::HOST, "vanne")
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .context("could not make the request")?;
        match self {
            Self::Here(router) => match router.clone().oneshot(request).await {
                Ok(response) => Ok(Answer { response: response.map(Body::new), _connection: None }),
                Err(never) => match never {},
            },
            Self::Server(data_dir) => over_socket(data_dir, request).await,
        }
    }
}

/// An answer that has begun, and the connection it comes over, which ends with it.
struct Answer {
    response: Response<Body>,
    _connection: Option<JoinSet<()>>,
}

fn refusal(status: StatusCode, bytes: &[u8]) -> Failure {
    let error: ApiError = serde_json::from_slice(bytes).unwrap_or_else(|_| ApiError {
        status: 0,
        error: format!("the server answered {status}: {}", String::from_utf8_lossy(bytes).trim()),
        hint: None,
    });
    ApiError { status: status.as_u16(), ..error }.into()
}

async fn over_socket(data_dir: &Path, request: Request<Body>) -> Result<Answer, Failure> {
    let gone = "the server went away while it was asked";
    let stream = socket::connect(data_dir).await.context(gone)?.context(gone)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.context("could not speak to the server")?;
    let mut driver = JoinSet::new();
    driver.spawn(async move {
        // What goes wrong with the connection is seen by whoever reads from it.
        let _ = connection.await;
    });
    let response = sender.send_request(request).await.context(gone)?;
    Ok(Answer { response: response.map(Body::new), _connection: Some(driver) })
}

async fn collect(response: Response<Body>) -> Result<(StatusCode, Bytes), Failure> {
    let status = response.status();
    let bytes = response.into_body().collect().await.context(BROKE_OFF)?.to_bytes();
    Ok((status, bytes))
}
