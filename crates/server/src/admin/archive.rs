//! Archives: keys, needs, exporting and importing.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use trust::Fingerprint;

use super::ApiError;
use super::api::{
    ArchiveEvent, ArchiveHistory, ArchiveImportRequest, ArchiveKey, ExportRequest, TrustRequest, TrustedKey,
};
use super::extract::Json;
use crate::air_gap;
use crate::app::App;

pub(super) async fn history(State(app): State<Arc<App>>) -> Result<Json<ArchiveHistory>, ApiError> {
    Ok(Json(air_gap::history(&app.store).await?))
}

pub(super) async fn key(State(app): State<Arc<App>>) -> Result<Json<ArchiveKey>, ApiError> {
    Ok(Json(air_gap::key(&app).await?))
}

/// Signs with a new key from now on.
pub(super) async fn renew(State(app): State<Arc<App>>) -> Result<Json<ArchiveKey>, ApiError> {
    Ok(Json(air_gap::renew(&app).await?))
}

pub(super) async fn trusted(State(app): State<Arc<App>>) -> Result<Json<Vec<TrustedKey>>, ApiError> {
    Ok(Json(air_gap::trusted(&app.store).await?))
}

pub(super) async fn trust(
    State(app): State<Arc<App>>,
    Json(request): Json<TrustRequest>,
) -> Result<Json<Vec<TrustedKey>>, ApiError> {
    Ok(Json(air_gap::trust(&app, request).await?))
}

pub(super) async fn distrust(
    State(app): State<Arc<App>>,
    Path(fingerprint): Path<String>,
) -> Result<Json<Vec<TrustedKey>>, ApiError> {
    let fingerprint: Fingerprint = fingerprint.parse().map_err(|_| {
        ApiError::invalid(format!("{fingerprint} is not the fingerprint of a key")).hint("`vanne archive trust --list`")
    })?;
    Ok(Json(air_gap::distrust(&app, fingerprint).await?))
}

pub(super) async fn needs(State(app): State<Arc<App>>) -> Result<Json<archive::Needs>, ApiError> {
    Ok(Json(air_gap::needs(&app).await?))
}

/// Writes an archive, and answers while it does: a line of JSON, an [`ArchiveEvent`], a few times a second.
pub(super) async fn export(State(app): State<Arc<App>>, Json(request): Json<ExportRequest>) -> Body {
    air_gap::told(app, |app, telling| async move {
        Ok(ArchiveEvent::Exported(Box::new(air_gap::export(&app, request, telling).await?)))
    })
}

/// Takes an archive in, and answers in the same way.
pub(super) async fn import(State(app): State<Arc<App>>, Json(request): Json<ArchiveImportRequest>) -> Body {
    air_gap::told(app, |app, telling| async move {
        Ok(ArchiveEvent::Imported(Box::new(air_gap::import(&app, request, telling).await?)))
    })
}
