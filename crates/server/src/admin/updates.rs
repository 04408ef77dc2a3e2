//! Listing updates.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use model::UpdateId;

use super::api::{ApprovalSummary, UpdateSummary, UpdatesQuery};
use super::extract::{Json, Query};
use super::{ApiError, search};
use crate::app::App;

/// Updates listed unless the query says otherwise.
const LIMIT: u32 = 100;

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<UpdatesQuery>,
) -> Result<Json<Vec<UpdateSummary>>, ApiError> {
    let rows = app
        .store
        .updates(&store::UpdateQuery {
            text: search::checked(query.search)?,
            update_type: query.update_type,
            deployable: query.deployable.then_some(true),
            limit: query.limit.unwrap_or(LIMIT),
            ..store::UpdateQuery::default()
        })
        .await?;
    let snapshot = app.publisher.current(&app).await?;
    let tree = snapshot.groups();
    let mut approvals: HashMap<UpdateId, Vec<ApprovalSummary>> = HashMap::new();
    let updates: Vec<UpdateId> = rows.iter().map(|row| row.identity.update_id).collect();
    for approval in app.store.approvals(&updates).await? {
        if let Some(group) = tree.group(approval.group) {
            let summary =
                ApprovalSummary { group: group.name.clone(), action: approval.action, deadline: approval.deadline };
            approvals.entry(approval.update_id).or_default().push(summary);
        }
    }
    let summaries = rows.into_iter().map(|row| UpdateSummary {
        approvals: approvals.remove(&row.identity.update_id).unwrap_or_default(),
        identity: row.identity,
        revision: row.revision,
        update_type: row.update_type,
        title: row.title,
        kb: row.kb,
        cves: row.cves,
        severity: row.severity,
        declined: row.declined_at.is_some(),
    });
    Ok(Json(summaries.collect()))
}
