//! Approving and declining.

use std::sync::Arc;

use axum::extract::State;
use model::UpdateId;
use store::{UpdateQuery, UpdateRow};

use super::ApiError;
use super::api::{ApproveRequest, Decided, DecidedUpdate, DeclineRequest, Which};
use super::extract::Json;
use super::groups::by_name;
use super::upstream::decides_here;
use crate::app::App;

pub(super) async fn approve(
    State(app): State<Arc<App>>,
    Json(request): Json<ApproveRequest>,
) -> Result<Json<Decided>, ApiError> {
    if request.updates.is_empty() {
        return Err(ApiError::invalid("no update was named"));
    }
    decides_here(&app).await?;
    let group = by_name(&app, &request.group).await?;
    let updates = named(&app, &request.updates).await?;
    app.store.approve(&ids(&updates), group, request.action, request.deadline, app.now()).await?;
    app.publisher.refresh(&app).await?;
    tracing::info!(updates = updates.len(), group = request.group, action = %request.action, "updates were decided about");
    Ok(Json(decided(updates)))
}

pub(super) async fn decline(
    State(app): State<Arc<App>>,
    Json(request): Json<DeclineRequest>,
) -> Result<Json<Decided>, ApiError> {
    if request.updates.is_empty() {
        return Err(ApiError::invalid("no update was named"));
    }
    decides_here(&app).await?;
    let updates = named(&app, &request.updates).await?;
    if request.undo {
        app.store.undecline(&ids(&updates)).await?;
    } else {
        app.store.decline(&ids(&updates), app.now()).await?;
    }
    app.publisher.refresh(&app).await?;
    tracing::info!(updates = updates.len(), undo = request.undo, "updates were declined");
    Ok(Json(decided(updates)))
}

impl Which {
    fn is_empty(&self) -> bool {
        matches!(self, Self::Updates(updates) if updates.is_empty())
    }
}

/// The updates that are meant, each of which can be approved; naming one that cannot is an error that says why.
async fn named(app: &App, which: &Which) -> Result<Vec<UpdateRow>, ApiError> {
    let deployable = UpdateQuery { deployable: Some(true), limit: u32::MAX, ..UpdateQuery::default() };
    match which {
        Which::All => Ok(app.store.updates(&deployable).await?),
        Which::Kb(kb) => {
            let kb = kb.trim().trim_start_matches(['K', 'k', 'B', 'b']).to_owned();
            let rows = app.store.updates(&UpdateQuery { kb: Some(kb.clone()), ..deployable }).await?;
            if rows.is_empty() {
                return Err(ApiError::not_found(format!("no update with the KB number {kb} can be approved"))
                    .hint("vanne updates lists what can be"));
            }
            Ok(rows)
        }
        Which::Updates(updates) => {
            let mut rows = Vec::with_capacity(updates.len());
            for update in updates {
                let query = UpdateQuery { update: Some(*update), limit: 1, ..UpdateQuery::default() };
                let row = app.store.updates(&query).await?.pop().ok_or_else(|| {
                    ApiError::not_found(format!("there is no update {update}"))
                        .hint("vanne updates --all lists every update; import its document first if it is missing")
                })?;
                rows.push(row);
            }
            if let Some(row) = rows.iter().find(|row| !row.deployable) {
                let UpdateRow { title, update_type, .. } = row;
                return Err(ApiError::invalid(format!(
                    "{} ({title}) cannot be approved or declined by itself: it is a {}",
                    row.identity.update_id,
                    match update_type {
                        model::UpdateType::Software => "member of a bundle".to_owned(),
                        other => other.to_string().to_lowercase(),
                    }
                ))
                .hint("decide about the bundle instead"));
            }
            Ok(rows)
        }
    }
}

fn ids(rows: &[UpdateRow]) -> Vec<UpdateId> {
    rows.iter().map(|row| row.identity.update_id).collect()
}

fn decided(rows: Vec<UpdateRow>) -> Decided {
    let updates = rows.into_iter().map(|row| DecidedUpdate { update_id: row.identity.update_id, title: row.title });
    Decided { updates: updates.collect() }
}
