//! How the administration API says no.

use std::error::Error as StdError;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::StoreError;

/// A refusal or a failure, with what to do about it.
///
/// | Status | Means to the caller | Means to the operator |
/// |---|---|---|
/// | 400 | the request is off; correct it | nothing |
/// | 404 | the thing named is not here | nothing |
/// | 405 | the address is not for that method | nothing |
/// | 409 | it contradicts what is here | nothing |
/// | 502 | the upstream answered with what is no answer, or refused | its log, or what is in between, needs a look |
/// | 413 | the body is longer than [`BODY_BYTES_MAX`](super::api::BODY_BYTES_MAX) | nothing |
/// | 503 | try again in a moment | the database or the disk needs a look |
/// | 507 | nothing was changed | the disk is full |
/// | 500 | nothing was changed | a fault of the server; the log has the reason |
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// HTTP status.
    #[serde(skip)]
    pub status: u16,
    /// What happened and why.
    pub error: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
}

impl ApiError {
    /// The request is off.
    pub(crate) fn invalid(error: impl Into<String>) -> Self {
        Self { status: 400, error: error.into(), hint: None }
    }

    /// It contradicts what is here.
    pub(crate) fn conflict(error: impl Into<String>) -> Self {
        Self { status: 409, error: error.into(), hint: None }
    }

    /// The thing named is not here.
    pub(crate) fn not_found(error: impl Into<String>) -> Self {
        Self { status: 404, error: error.into(), hint: None }
    }

    /// The same, with what to do.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// A failure of the server's own.
    pub(crate) fn internal(error: &(dyn StdError + 'static)) -> Self {
        tracing::error!(error, "an administration request failed");
        Self { status: 500, error: chain(error), hint: None }
    }
}

/// An error and its sources as one sentence.
pub fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let (status, hint) = match &error {
            StoreError::Invalid { .. } => (400, None),
            StoreError::NotFound { .. } => (404, None),
            StoreError::Conflict { .. } => (409, None),
            StoreError::Unavailable { .. } => (503, Some("nothing was changed; try again")),
            StoreError::Full { .. } => (507, Some("nothing was changed; make room and try again")),
            StoreError::ReadOnly { .. } | StoreError::Newer { .. } => (503, Some("nothing was changed")),
            StoreError::Corrupt { .. } => (500, None),
        };
        if status >= 500 {
            tracing::error!(error = &error as &dyn StdError, "an administration request failed");
        }
        Self { status, error: chain(&error), hint: hint.map(Into::into) }
    }
}

impl From<crate::background::publish::PublishError> for ApiError {
    fn from(error: crate::background::publish::PublishError) -> Self {
        match error {
            // What was asked for may be in effect already: it is published as soon as the store answers.
            crate::background::publish::PublishError::Store(error) => Self::from(error).hint("try again"),
            error => Self::internal(&error),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self)).into_response()
    }
}
