//! Target groups.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use model::{GroupName, TargetGroupId};

use super::ApiError;
use super::api::{ChangeGroup, CreateGroup, GroupSummary, TargetingSetting};
use super::extract::Json;
use super::upstream::decides_here;
use crate::app::App;
use crate::computers::groups_of;

pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Vec<GroupSummary>>, ApiError> {
    let snapshot = app.publisher.current(&app).await?;
    let tree = snapshot.groups();
    let mut computers: HashMap<TargetGroupId, u64> = app.store.groups_below().await?;
    for (_, known) in app.computers.everyone() {
        for group in groups_of(&app, tree, &known).explicit() {
            *computers.entry(*group).or_default() += 1;
        }
    }
    let mut summaries = Vec::new();
    let mut below = vec![TargetGroupId::ALL_COMPUTERS];
    // Depth first, names in order: the list reads as the tree.
    while let Some(id) = below.pop() {
        let Some(group) = tree.group(id) else { continue };
        summaries.push(GroupSummary {
            id,
            name: group.name.clone(),
            parent: group.parent,
            depth: tree.depth(id).unwrap_or_default(),
            computers: computers.get(&id).copied().unwrap_or_default(),
        });
        let mut children: Vec<_> = tree.groups().iter().filter(|child| child.parent == Some(id)).collect();
        children.sort_by_key(|child| std::cmp::Reverse(child.name.folded()));
        below.extend(children.into_iter().map(|child| child.id));
    }
    Ok(Json(summaries))
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    Json(request): Json<CreateGroup>,
) -> Result<Json<Vec<GroupSummary>>, ApiError> {
    decides_here(&app).await?;
    let name = group_name(&request.name)?;
    let parent = match &request.parent {
        Some(parent) => by_name(&app, parent).await?,
        None => TargetGroupId::ALL_COMPUTERS,
    };
    app.store.create_group(&name, parent).await?;
    app.publisher.refresh(&app).await?;
    list(State(app)).await
}

pub(super) async fn change(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Json(request): Json<ChangeGroup>,
) -> Result<Json<Vec<GroupSummary>>, ApiError> {
    decides_here(&app).await?;
    let group = own(&app, &name).await?;
    if let Some(parent) = &request.parent {
        let parent = by_name(&app, parent).await?;
        let snapshot = app.publisher.current(&app).await?;
        if parent == group || snapshot.groups().descendants(group).contains(&parent) {
            return Err(ApiError::invalid(format!("{name} cannot go below itself")));
        }
        app.store.move_group(group, parent).await?;
    }
    if let Some(new_name) = &request.name {
        app.store.rename_group(group, &group_name(new_name)?).await?;
    }
    app.publisher.refresh(&app).await?;
    list(State(app)).await
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<Json<Vec<GroupSummary>>, ApiError> {
    decides_here(&app).await?;
    let group = own(&app, &name).await?;
    let snapshot = app.publisher.current(&app).await?;
    if !snapshot.groups().descendants(group).is_empty() {
        return Err(ApiError::invalid(format!("{name} has groups below it")).hint("move or remove those first"));
    }
    app.store.remove_group(group).await?;
    app.publisher.refresh(&app).await?;
    list(State(app)).await
}

pub(super) async fn targeting(State(app): State<Arc<App>>) -> Result<Json<TargetingSetting>, ApiError> {
    Ok(Json(TargetingSetting { client_side: app.store.client_targeting().await? }))
}

pub(super) async fn set_targeting(
    State(app): State<Arc<App>>,
    Json(setting): Json<TargetingSetting>,
) -> Result<Json<TargetingSetting>, ApiError> {
    app.store.set_targeting(setting.client_side).await?;
    app.publisher.refresh(&app).await?;
    Ok(Json(setting))
}

/// The group of that name, in any letter case.
pub(super) async fn by_name(app: &App, name: &str) -> Result<TargetGroupId, ApiError> {
    let snapshot = app.publisher.current(app).await?;
    snapshot.groups().by_name(name).map(|group| group.id).ok_or_else(|| {
        ApiError::not_found(format!("there is no group {name:?}"))
            .hint("vanne groups list shows them, vanne groups create makes one")
    })
}

/// The same, and not one of the built-in groups.
async fn own(app: &App, name: &str) -> Result<TargetGroupId, ApiError> {
    let group = by_name(app, name).await?;
    if group.is_built_in() {
        Err(ApiError::invalid(format!("{name} is built in and stays as it is")))
    } else {
        Ok(group)
    }
}

fn group_name(text: &str) -> Result<GroupName, ApiError> {
    text.parse().map_err(|error: model::InvalidGroupName| ApiError::invalid(error.to_string()))
}
