//! The servers below this one.

use std::sync::Arc;

use axum::extract::{Path, State};
use store::{DownstreamRow, DownstreamState};
use uuid::Uuid;

use super::ApiError;
use super::api::{ChangeServer, ServerSummary};
use super::extract::Json;
use crate::app::App;

pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Vec<ServerSummary>>, ApiError> {
    listed(&app).await.map(Json)
}

pub(super) async fn change(
    State(app): State<Arc<App>>,
    Path(server): Path<Uuid>,
    Json(request): Json<ChangeServer>,
) -> Result<Json<Vec<ServerSummary>>, ApiError> {
    if let Some(label) = request.label {
        app.store.label_downstream(server, Some(label.trim()).filter(|label| !label.is_empty())).await?;
    }
    if let Some(is_refused) = request.refused {
        let state = if is_refused { DownstreamState::Refused } else { DownstreamState::Allowed };
        app.store.allow_downstream(server, state).await?;
    }
    listed(&app).await.map(Json)
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Path(server): Path<Uuid>,
) -> Result<Json<Vec<ServerSummary>>, ApiError> {
    app.store.remove_downstream(server).await?;
    listed(&app).await.map(Json)
}

async fn listed(app: &App) -> Result<Vec<ServerSummary>, ApiError> {
    let summary = |row: DownstreamRow| ServerSummary {
        id: row.id,
        name: row.name,
        label: row.label,
        parent: row.parent,
        refused: row.state == DownstreamState::Refused,
        first_seen: row.first_seen,
        last_contact: row.last_contact,
        last_sync: row.last_sync,
        version: row.version,
        is_replica: row.is_replica,
    };
    Ok(app.store.downstreams().await?.into_iter().map(summary).collect())
}
