//! The servers below this one.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use store::{ComputerRow, DownstreamRow, DownstreamState, SystemRow};
use uuid::Uuid;

use super::ApiError;
use super::api::{
    ChangeServer, InstallsCounted, ServerCounted, ServerDetails, ServerKnown, ServerSummary, SystemCounted,
};
use super::extract::Json;
use crate::app::App;
use crate::windows;

pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Vec<ServerSummary>>, ApiError> {
    listed(&app).await.map(Json)
}

/// One server by its id or name, with what is known of its computers in sum.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(server): Path<String>,
) -> Result<Json<ServerDetails>, ApiError> {
    let id = find(&app, &server).await?;
    let server = listed(&app).await?.into_iter().find(|one| one.id == id);
    let server = server.ok_or_else(|| ApiError::not_found(format!("there is no server {id} below this one")))?;
    let installed = app.store.activities_below(id).await?.into_iter().map(|row| InstallsCounted {
        update: row.update,
        title: row.title,
        successes: row.successes,
        failures: row.failures,
    });
    Ok(Json(ServerDetails { server, installed: installed.collect() }))
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

/// The servers below by id, for whatever shows something of theirs.
pub(super) async fn known(app: &App) -> Result<HashMap<Uuid, ServerKnown>, ApiError> {
    let one = |row: DownstreamRow| {
        (row.id, ServerKnown { id: row.id, name: row.label.unwrap_or(row.name), told_at: row.last_rollup })
    };
    Ok(app.store.downstreams().await?.into_iter().map(one).collect())
}

/// Those of the servers below that have computers, by name.
pub(super) async fn counted(app: &App, known: &HashMap<Uuid, ServerKnown>) -> Result<Vec<ServerCounted>, ApiError> {
    let counts = app.store.computers_below().await?;
    let one =
        |(id, computers): (&Uuid, &u64)| Some(ServerCounted { server: known.get(id)?.clone(), computers: *computers });
    let mut counted: Vec<ServerCounted> = counts.iter().filter_map(one).collect();
    counted.sort_by(|one, other| (&one.server.name, one.server.id).cmp(&(&other.server.name, other.server.id)));
    Ok(counted)
}

/// The server below with that id or, if only one has it, that name: its own or the administrator's.
pub(super) async fn find(app: &App, name: &str) -> Result<Uuid, ApiError> {
    let is = |text: &str| text.eq_ignore_ascii_case(name);
    let is_meant =
        |row: &DownstreamRow| is(&row.name) || row.label.as_deref().is_some_and(is) || is(&row.id.to_string());
    let mut meant = app.store.downstreams().await?.into_iter().filter(is_meant);
    match (meant.next(), meant.next()) {
        (Some(one), None) => Ok(one.id),
        (None, _) => Err(ApiError::not_found(format!("there is no server {name:?} below this one"))
            .hint("vanne servers list shows them")),
        (Some(_), Some(_)) => {
            Err(ApiError::invalid(format!("several servers are called {name}")).hint("name it by its id"))
        }
    }
}

/// What concerns a computer of a server below is done there: says where.
pub(super) async fn asks_here(app: &App, row: &ComputerRow, what: &str) -> Result<(), ApiError> {
    let Some(server) = row.server else { return Ok(()) };
    let name = known(app).await?.remove(&server).map_or_else(|| server.to_string(), |known| known.name);
    let computer = row.dns_name.clone().unwrap_or_else(|| row.id.to_string());
    Err(ApiError::conflict(format!("{computer} asks the server {name}: what it is offered {what} there"))
        .hint(format!("run the same command on {name}")))
}

async fn listed(app: &App) -> Result<Vec<ServerSummary>, ApiError> {
    let computers = app.store.computers_below().await?;
    let mut systems: HashMap<Uuid, Vec<SystemCounted>> = HashMap::new();
    for row in app.store.systems_below(None).await? {
        systems.entry(row.server).or_default().push(system_counted(row));
    }
    let summary = |row: DownstreamRow| ServerSummary {
        id: row.id,
        name: row.name,
        label: row.label,
        parent: row.parent,
        refused: row.state == DownstreamState::Refused,
        first_seen: row.first_seen,
        last_contact: row.last_contact,
        last_sync: row.last_sync,
        last_rollup: row.last_rollup,
        computers: computers.get(&row.id).copied().unwrap_or_default(),
        systems: systems.remove(&row.id).unwrap_or_default(),
        figures: row.summary.and_then(|json| serde_json::from_str(&json).ok()),
        version: row.version,
        is_replica: row.is_replica,
    };
    Ok(app.store.downstreams().await?.into_iter().map(summary).collect())
}

fn system_counted(row: SystemRow) -> SystemCounted {
    let [major, minor, build] = row.system.version;
    let os = match row.system.version {
        [0, 0, 0] => "not known".to_owned(),
        _ => windows::name(major, minor, build, Some(row.system.old_product_type)),
    };
    SystemCounted {
        os,
        locale: row.system.locale,
        architecture: row.system.architecture,
        computers: row.computers,
        told_at: row.told_at,
    }
}
