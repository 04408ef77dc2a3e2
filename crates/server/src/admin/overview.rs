//! The server at a glance.

use std::sync::Arc;

use axum::extract::State;

use super::ApiError;
use super::api::Overview;
use super::extract::Json;
use crate::app::App;

pub(super) async fn show(State(app): State<Arc<App>>) -> Result<Json<Overview>, ApiError> {
    let snapshot = app.publisher.current(&app).await?;
    let below: u64 = app.store.computers_below().await?.into_values().sum();
    Ok(Json(Overview {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        generation: snapshot.mark().0,
        revisions: snapshot.revisions() as u64,
        computers: app.computers.everyone().len() as u64 + below,
        refused: app.metrics.refused_total(),
        http_port: app.listening_port(),
        https_port: app.https_port(),
        allow_http_metadata: app.config.server.allows_http_metadata(),
    }))
}
