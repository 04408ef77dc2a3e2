//! Reading requests and writing answers: what is wrong with a request is said in the API's own form.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ApiError;

/// A body of JSON.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let body: Result<axum::Json<T>, JsonRejection> = axum::Json::from_request(request, state).await;
        body.map(|axum::Json(body)| Self(body)).map_err(|wrong| match wrong.status().as_u16() {
            413 => ApiError { status: 413, ..ApiError::invalid(wrong.body_text()) },
            _ => ApiError::invalid(wrong.body_text()),
        })
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// A query string.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query: Result<axum::extract::Query<T>, QueryRejection> =
            axum::extract::Query::from_request_parts(parts, state).await;
        query.map(|axum::extract::Query(query)| Self(query)).map_err(|wrong| ApiError::invalid(wrong.body_text()))
    }
}

/// There is nothing at the address.
pub(super) async fn nothing() -> ApiError {
    ApiError::not_found("the administration API has nothing at this address")
}

/// There is something at the address, for another method.
pub(super) async fn other_method() -> ApiError {
    ApiError { status: 405, ..ApiError::invalid("this address is not for that method") }
}
