//! Content that is wanted: how far it is, fetching it now, and removing what nothing wants.

use std::sync::Arc;

use axum::extract::State;

use super::ApiError;
use super::api::{CollectAnswer, CollectRequest, CollectedFile, ContentStatus, FetchAnswer};
use super::extract::Json;
use crate::acquire;
use crate::app::App;

pub(super) async fn status(State(app): State<Arc<App>>) -> Result<Json<ContentStatus>, ApiError> {
    acquire::status(&app).await.map(Json)
}

/// Tries everything that is wanted once, and answers when that is done.
pub(super) async fn fetch(State(app): State<Arc<App>>) -> Result<Json<FetchAnswer>, ApiError> {
    acquire::fetch_now(&app).await.map(Json)
}

pub(super) async fn collect(
    State(app): State<Arc<App>>,
    Json(request): Json<CollectRequest>,
) -> Result<Json<CollectAnswer>, ApiError> {
    let collected = acquire::collect(&app, request.dry_run).await?;
    let digests: Vec<_> = collected.files.iter().map(|row| row.sha1).collect();
    let named = app.store.files_by_sha1(&digests).await?;
    let name = |sha1| named.iter().find(|file| file.sha1 == sha1).map(|file| file.name.to_string());
    let held = collected.files.iter().map(|row| CollectedFile {
        sha1: row.sha1,
        size: row.size,
        name: name(row.sha1),
        is_partial: false,
    });
    let partial = collected.partials.iter().map(|partial| CollectedFile {
        sha1: partial.sha1,
        size: partial.bytes,
        name: None,
        is_partial: true,
    });
    Ok(Json(CollectAnswer { dry_run: request.dry_run, files: held.chain(partial).collect() }))
}
