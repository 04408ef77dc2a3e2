//! Licences that updates ask for, and which of them are accepted.

use std::sync::Arc;

use axum::extract::State;
use store::LicenceRow;

use super::ApiError;
use super::api::{AcceptLicences, Licence};
use super::extract::Json;
use super::upstream::decides_here;
use crate::app::App;

pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Vec<Licence>>, ApiError> {
    all(&app).await.map(Json)
}

pub(super) async fn accept(
    State(app): State<Arc<App>>,
    Json(request): Json<AcceptLicences>,
) -> Result<Json<Vec<Licence>>, ApiError> {
    decides_here(&app).await?;
    app.store.accept_licences(&request.licences, app.now()).await?;
    app.publisher.refresh(&app).await?;
    all(&app).await.map(Json)
}

async fn all(app: &App) -> Result<Vec<Licence>, ApiError> {
    let licence = |row: LicenceRow| {
        let LicenceRow { id, title, updates, accepted_at } = row;
        Licence { id, title, updates, accepted_at }
    };
    Ok(app.store.licences().await?.into_iter().map(licence).collect())
}
