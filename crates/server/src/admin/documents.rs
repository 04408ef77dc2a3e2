//! Taking update documents into the catalog.

use std::sync::Arc;

use axum::extract::State;

use super::ApiError;
use super::api::{DOCUMENTS_MAX, ImportAnswer, ImportRequest};
use super::extract::Json;
use crate::app::App;
use crate::import;

pub(super) async fn import(
    State(app): State<Arc<App>>,
    Json(request): Json<ImportRequest>,
) -> Result<Json<ImportAnswer>, ApiError> {
    if request.documents.len() > DOCUMENTS_MAX {
        return Err(ApiError::invalid(format!("at most {DOCUMENTS_MAX} documents fit into one request")));
    }
    let documents = import::import(&app, request.documents).await?;
    Ok(Json(ImportAnswer { documents }))
}

/// Makes what was imported visible to clients now, instead of within a second.
pub(super) async fn publish(State(app): State<Arc<App>>) -> Result<Json<u64>, ApiError> {
    Ok(Json(app.publisher.refresh(&app).await?.mark().0))
}
