//! Computers: who they are, where they belong.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use model::{ComputerId, Timestamp};
use policy::GroupTree;
use store::{ComputerQuery, ComputerRow, Registration};
use uuid::Uuid;

use super::ApiError;
use super::api::{AssignRequest, ComputerSummary, ComputersQuery, ServerKnown};
use super::extract::{Json, Query};
use super::groups::by_name;
use super::{search, servers};
use crate::app::App;
use crate::computers::groups_of_row;
use crate::soap::handshake::Details;
use crate::windows;

/// Computers listed unless the query says otherwise.
const LIMIT: u32 = 100;

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<ComputersQuery>,
) -> Result<Json<Vec<ComputerSummary>>, ApiError> {
    app.computers.flush(&app.store).await?;
    let group = match &query.group {
        Some(name) => Some(by_name(&app, name).await?),
        None => None,
    };
    let servers = servers::known(&app).await?;
    let server = match &query.server {
        Some(name) => Some(servers::find(&app, name).await?),
        None => None,
    };
    let limit = query.limit.unwrap_or(LIMIT);
    let text = search::checked(query.search)?;
    let query = ComputerQuery { text, group, server, limit, ..ComputerQuery::default() };
    let rows = app.store.computers(&query).await?;
    let snapshot = app.publisher.current(&app).await?;
    Ok(Json(rows.into_iter().map(|row| summary(&app, snapshot.groups(), &servers, row)).collect()))
}

pub(super) async fn assign(
    State(app): State<Arc<App>>,
    Path(computer): Path<String>,
    Json(request): Json<AssignRequest>,
) -> Result<Json<ComputerSummary>, ApiError> {
    let row = find(&app, &computer).await?;
    servers::asks_here(&app, &row, "and its groups are decided").await?;
    let mut groups = Vec::with_capacity(request.groups.len());
    for name in &request.groups {
        groups.push(by_name(&app, name).await?);
    }
    if groups.contains(&model::TargetGroupId::ALL_COMPUTERS) {
        return Err(ApiError::invalid("every computer is in All Computers; it is never assigned"));
    }
    if app.store.client_targeting().await? {
        return Err(ApiError::invalid(
            "computers place themselves by their own policy, so an assignment would have no effect",
        )
        .hint("vanne groups targeting server lets the administrator decide"));
    }
    app.store.assign(&row.id, &groups).await?;
    app.publisher.refresh(&app).await?;
    one(&app, &row.id).await.map(Json)
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Path(computer): Path<String>,
) -> Result<Json<ComputerSummary>, ApiError> {
    let row = find(&app, &computer).await?;
    app.store.remove_computer(&row.id, app.now()).await?;
    app.computers.forget(&row.id);
    let snapshot = app.publisher.current(&app).await?;
    Ok(Json(summary(&app, snapshot.groups(), &servers::known(&app).await?, row)))
}

/// The computer with that id or, if only one has it, that name.
pub(super) async fn find(app: &App, name: &str) -> Result<ComputerRow, ApiError> {
    app.computers.flush(&app.store).await?;
    let text = search::checked(Some(name.to_owned()))?;
    let query = ComputerQuery { text, limit: u32::MAX, ..ComputerQuery::default() };
    let mut rows = app.store.computers(&query).await?;
    rows.retain(|row| {
        let is_named = row.dns_name.as_deref().is_some_and(|dns| dns.eq_ignore_ascii_case(name));
        row.id.as_str().eq_ignore_ascii_case(name) || is_named
    });
    let first = rows.pop().ok_or_else(|| {
        ApiError::not_found(format!("there is no computer {name:?}")).hint("vanne computers list shows them")
    })?;
    if rows.is_empty() {
        Ok(first)
    } else {
        Err(ApiError::invalid(format!("{} computers are called {name}", rows.len() + 1)).hint("name it by its id"))
    }
}

async fn one(app: &App, computer: &ComputerId) -> Result<ComputerSummary, ApiError> {
    let row = find(app, computer.as_str()).await?;
    let snapshot = app.publisher.current(app).await?;
    Ok(summary(app, snapshot.groups(), &servers::known(app).await?, row))
}

/// The operating system by its build number.
fn system(registration: &Registration) -> String {
    let details: Details = serde_json::from_str(&registration.json).unwrap_or_default();
    let product_type = Some(details.old_product_type).filter(|kind| *kind != 0);
    windows::name(registration.os_major, registration.os_minor, registration.os_build, product_type)
}

fn summary(app: &App, tree: &GroupTree, servers: &HashMap<Uuid, ServerKnown>, row: ComputerRow) -> ComputerSummary {
    let groups = groups_of_row(app, tree, &row);
    let names = groups.explicit().iter().filter_map(|id| tree.group(*id)).map(|group| group.name.clone());
    ComputerSummary {
        shares_id_with: app.computers.twins.of(&row.id),
        id: row.id,
        dns_name: row.dns_name,
        address: Some(row.address).filter(|address| !address.is_empty()),
        os: row.registration.as_ref().map(system),
        model: row.registration.as_ref().map(|it| format!("{} {}", it.manufacturer, it.model).trim().to_owned()),
        groups: names.collect(),
        // 1970 stands for one that a server below never heard of.
        last_contact: Some(row.last_contact).filter(|at| *at > Timestamp::UNIX_EPOCH),
        last_scan: row.last_scan,
        last_report: row.last_report,
        server: row.server.and_then(|id| servers.get(&id).cloned()),
    }
}
