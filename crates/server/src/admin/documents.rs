//! Taking update documents into the catalog.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use futures::channel::mpsc;
use futures::{StreamExt as _, TryStreamExt as _};
use tokio_util::io::StreamReader;

use super::ApiError;
use super::api::{DOCUMENTS_MAX, ImportAnswer, ImportRequest};
use super::extract::Json;
use crate::app::App;
use crate::import::{self, Offered};

pub(super) async fn import(
    State(app): State<Arc<App>>,
    Json(request): Json<ImportRequest>,
) -> Result<Json<ImportAnswer>, ApiError> {
    if request.documents.len() > DOCUMENTS_MAX {
        return Err(ApiError::invalid(format!("at most {DOCUMENTS_MAX} documents fit into one request")));
    }
    let offered = request.documents.into_iter().map(|one| Offered {
        name: one.name,
        bytes: one.text.into_bytes(),
        expected: None,
    });
    let documents = import::import(&app, offered.collect()).await?;
    Ok(Json(ImportAnswer { documents }))
}

/// Takes as many documents as come, set by set, and answers while they come: a line of JSON, an
/// [`ImportEvent`](super::api::ImportEvent), for each set.
pub(super) async fn import_stream(State(app): State<Arc<App>>, body: Body) -> Body {
    let documents = StreamReader::new(body.into_data_stream().map_err(std::io::Error::other));
    let (events, told) = mpsc::channel(1);
    tokio::spawn(import::stream::run(app, documents, events));
    Body::from_stream(told.map(Ok::<_, std::convert::Infallible>))
}

/// Makes what was imported visible to clients now, instead of within a second.
pub(super) async fn publish(State(app): State<Arc<App>>) -> Result<Json<u64>, ApiError> {
    Ok(Json(app.publisher.refresh(&app).await?.mark().0))
}
