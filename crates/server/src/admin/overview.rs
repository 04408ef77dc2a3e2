//! The server at a glance.

use std::sync::Arc;

use axum::extract::State;

use super::ApiError;
use super::api::Overview;
use super::extract::Json;
use crate::app::App;

pub(super) async fn show(State(app): State<Arc<App>>) -> Result<Json<Overview>, ApiError> {
    let snapshot = app.publisher.current(&app).await?;
    Ok(Json(Overview {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        generation: snapshot.mark().0,
        revisions: snapshot.revisions() as u64,
        computers: app.computers.everyone().len() as u64,
        refused: app.metrics.refused_total(),
        http_port: app.listening_port(),
    }))
}
