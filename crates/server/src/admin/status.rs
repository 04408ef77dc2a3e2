//! What computers reported, and why they are offered what they are.

use std::sync::Arc;

use axum::extract::State;
use model::UpdateState;

use super::ApiError;
use super::api::{ExplainAnswer, ExplainQuery, StatusAnswer, StatusQuery, StatusRow};
use super::computers::find;
use super::extract::{Json, Query};
use super::groups::by_name;
use super::servers;
use crate::app::App;
use crate::computers::groups_of_row;

/// Most pairs of computer and update that are listed one by one, of each state.
const ROWS_MAX: u32 = 1_000;

/// States that want something done.
const WORTH_A_LOOK: [UpdateState; 4] =
    [UpdateState::Needed, UpdateState::Downloaded, UpdateState::PendingReboot, UpdateState::Failed];

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Query(query): Query<StatusQuery>,
) -> Result<Json<StatusAnswer>, ApiError> {
    let selection = selection(&app, query).await?;
    let servers = servers::known(&app).await?;
    let figures = app.store.status_counts(&selection).await?;
    let mut rows = Vec::new();
    for state in WORTH_A_LOOK {
        rows.extend(app.store.status_rows(&selection, Some(state), ROWS_MAX).await?);
    }
    let rows = rows.into_iter().map(|row| StatusRow {
        computer: row.computer,
        dns_name: row.dns_name,
        update_id: row.update,
        title: row.title,
        state: row.state,
        since: row.since,
        reported_at: row.reported_at,
        server: row.server.and_then(|id| servers.get(&id).cloned()),
    });
    let rows = rows.collect();
    Ok(Json(StatusAnswer {
        computers: figures.computers,
        computers_unknown: figures.computers.saturating_sub(figures.reporting),
        updates: figures.updates,
        counts: figures.pairs,
        oldest_report: figures.oldest_report,
        newest_report: figures.newest_report,
        servers: servers::counted(&app, &servers).await?,
        rows,
    }))
}

/// Turns names into what the store selects by.
async fn selection(app: &App, query: StatusQuery) -> Result<store::StatusQuery, ApiError> {
    // What was heard of a moment ago counts as well.
    app.computers.flush(&app.store).await?;
    let group = match &query.group {
        Some(name) => Some(by_name(app, name).await?),
        None => None,
    };
    let computer = match &query.computer {
        Some(name) => Some(find(app, name).await?.id),
        None => None,
    };
    Ok(store::StatusQuery { group, computer, update: query.update, kb: query.kb, cve: query.cve })
}

pub(super) async fn explain(
    State(app): State<Arc<App>>,
    Query(query): Query<ExplainQuery>,
) -> Result<Json<ExplainAnswer>, ApiError> {
    let row = find(&app, &query.computer).await?;
    servers::asks_here(&app, &row, "is decided and explained").await?;
    let snapshot = app.publisher.current(&app).await?;
    let scope = snapshot.scope(&groups_of_row(&app, snapshot.groups(), &row));
    let last_scan = app.store.last_scan(&row.id).await?;
    let installed = last_scan.as_ref().map(|scan| scan.installed.as_slice());
    let explanation = snapshot.explain(&scope, query.update, installed);
    let name = row.dns_name.clone().unwrap_or_else(|| row.id.to_string());
    Ok(Json(ExplainAnswer {
        text: format!("computer {name}\n{explanation}"),
        explanation: serde_json::to_value(&explanation).map_err(|error| ApiError::internal(&error))?,
        last_scan: last_scan.map(|scan| scan.at),
        computer: row.id,
        dns_name: row.dns_name,
    }))
}
