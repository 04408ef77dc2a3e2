//! Where updates come from, and which of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use store::UpdateQuery;

use super::ApiError;
use super::api::{SubscriptionAnswer, UpstreamAnswer};
use super::extract::Json;
use super::trust::unpinned;
use crate::app::App;
use crate::config::UpstreamConfig;
use crate::sync::files::announce_settings;
use crate::sync::settings::{self, Subscription};
use crate::sync::trust;

pub(super) async fn show(State(app): State<Arc<App>>) -> Result<Json<UpstreamAnswer>, ApiError> {
    answer(&app).await.map(Json)
}

pub(super) async fn set(
    State(app): State<Arc<App>>,
    Json(request): Json<UpstreamConfig>,
) -> Result<Json<UpstreamAnswer>, ApiError> {
    not_in_file(&app)?;
    for upstream in trust::upstreams(&app, &request).await? {
        // Once and for all, before the first word is said: nobody is trusted because he happened to be there first.
        if !upstream.is_plain() && upstream.pins.is_empty() {
            return Err(unpinned(&upstream).await);
        }
    }
    settings::set_upstream(&app.store, Some(&request)).await?;
    announce_settings(&app).await;
    answer(&app).await.map(Json)
}

pub(super) async fn remove(State(app): State<Arc<App>>) -> Result<Json<UpstreamAnswer>, ApiError> {
    not_in_file(&app)?;
    settings::set_upstream(&app.store, None).await?;
    announce_settings(&app).await;
    answer(&app).await.map(Json)
}

async fn answer(app: &App) -> Result<UpstreamAnswer, ApiError> {
    let upstream = settings::upstream(&app.store, app.config.upstream.as_ref()).await?;
    Ok(UpstreamAnswer { upstream, is_in_file: app.config.upstream.is_some() })
}

fn not_in_file(app: &App) -> Result<(), ApiError> {
    if app.config.upstream.is_none() {
        return Ok(());
    }
    Err(ApiError::conflict("the configuration file names the upstream, and it counts")
        .hint("change [upstream] there and restart the server, or remove that section"))
}

/// Nothing is decided on a replica: says where it is.
pub(crate) async fn decides_here(app: &App) -> Result<(), ApiError> {
    let upstream = settings::upstream(&app.store, app.config.upstream.as_ref()).await?;
    let Some(upstream) = upstream.filter(|upstream| upstream.replica) else { return Ok(()) };
    let name = upstream.url.unwrap_or_else(|| upstream.kind.to_string());
    let kind = upstream.kind;
    Err(ApiError::conflict(format!("this server is a replica: groups, approvals and declines come from {name}")).hint(
        format!(
            "decide there, then `vanne sync --now` here; or make it autonomous with `vanne upstream set --kind {kind} \
             --url {name}`"
        ),
    ))
}

pub(super) async fn subscription(State(app): State<Arc<App>>) -> Result<Json<SubscriptionAnswer>, ApiError> {
    subscribed(&app).await.map(Json)
}

pub(super) async fn set_subscription(
    State(app): State<Arc<App>>,
    Json(request): Json<Subscription>,
) -> Result<Json<SubscriptionAnswer>, ApiError> {
    if request.products.is_empty() != request.classifications.is_empty() {
        return Err(ApiError::invalid("products without classifications, or these without those, choose nothing")
            .hint("name both, or neither for all there is"));
    }
    settings::set_subscription(&app.store, &request).await?;
    subscribed(&app).await.map(Json)
}

async fn subscribed(app: &App) -> Result<SubscriptionAnswer, ApiError> {
    let subscription = settings::subscription(&app.store).await?;
    let mut titles = BTreeMap::new();
    for id in subscription.products.iter().chain(&subscription.classifications) {
        let query = UpdateQuery { update: Some(*id), limit: 1, ..UpdateQuery::default() };
        if let Some(row) = app.store.updates(&query).await?.pop() {
            titles.insert(*id, row.title);
        }
    }
    Ok(SubscriptionAnswer { subscription, titles })
}
