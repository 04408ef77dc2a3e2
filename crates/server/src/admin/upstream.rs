//! Where updates come from, and which of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use model::{Languages, UpdateId};
use store::{LanguageCount, UpdateQuery};
use sync::Kind;

use super::ApiError;
use super::api::{EstimateAnswer, LanguageAmount, SubscriptionAnswer, UpstreamAnswer};
use super::extract::Json;
use super::trust::unpinned;
use crate::acquire;
use crate::app::App;
use crate::config::UpstreamConfig;
use crate::import::describe;
use crate::sync::files::announce_settings;
use crate::sync::settings::{self, Subscription};
use crate::sync::{RunError, amounts, give_back, trust};

/// Devices, and computer models, of a subscription: ten calls to Microsoft's service for each synchronisation.
const DEVICES_MAX: usize = 4_500;

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
    give_back::of_strangers(&app).await?;
    announce_settings(&app).await;
    answer(&app).await.map(Json)
}

pub(super) async fn remove(State(app): State<Arc<App>>) -> Result<Json<UpstreamAnswer>, ApiError> {
    not_in_file(&app)?;
    settings::set_upstream(&app.store, None).await?;
    give_back::of_strangers(&app).await?;
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
    chooses(&request)?;
    settings::set_subscription(&app.store, &request).await?;
    // Files in other languages may be of use now, or no longer.
    app.acquire.poke();
    subscribed(&app).await.map(Json)
}

pub(super) async fn estimate(
    State(app): State<Arc<App>>,
    Json(subscription): Json<Subscription>,
) -> Result<Json<EstimateAnswer>, ApiError> {
    chooses(&subscription)?;
    let upstream = settings::upstream(&app.store, app.config.upstream.as_ref()).await?.ok_or(RunError::NoUpstream)?;
    if upstream.kind == Kind::Microsoft && subscription.is_empty() {
        return Err(ApiError::invalid("Microsoft has more than 600,000 updates, and lists them only by product")
            .hint("name products and classifications; `vanne sync --now` brings those there are"));
    }
    let upstreams = trust::upstreams(&app, &upstream).await.map_err(RunError::from)?;
    let (upstream, there) = amounts::there(&app, &upstreams, &subscription).await?;
    let titles = titles(&app, &subscription).await?;
    Ok(Json(EstimateAnswer { upstream: upstream.to_string(), subscription, titles, there }))
}

/// Refuses what would choose nothing, and too much to ask for.
fn chooses(subscription: &Subscription) -> Result<(), ApiError> {
    if subscription.devices.len() > DEVICES_MAX || subscription.models.len() > DEVICES_MAX {
        return Err(ApiError::invalid(format!("more than {DEVICES_MAX} devices or models are named"))
            .hint("name those that need drivers from there"));
    }
    if subscription.products.is_empty() == subscription.classifications.is_empty() {
        return Ok(());
    }
    Err(ApiError::invalid("products without classifications, or these without those, choose nothing")
        .hint("name both, or neither for all there is"))
}

async fn subscribed(app: &App) -> Result<SubscriptionAnswer, ApiError> {
    let subscription = settings::subscription(&app.store).await?;
    let titles = titles(app, &subscription).await?;
    let here = amounts::here(app, &subscription).await?;
    let languages = languages(app).await?;
    Ok(SubscriptionAnswer { subscription, titles, here, languages })
}

/// How many revisions here are in which language.
async fn languages(app: &App) -> Result<BTreeMap<String, LanguageAmount>, ApiError> {
    describe::all(app).await?;
    let choice = acquire::choice(app).await?;
    let mut amounts: BTreeMap<String, LanguageAmount> = BTreeMap::new();
    for LanguageCount { texts, binaries, revisions } in app.store.language_counts().await? {
        for tag in texts.tags() {
            amounts.entry(tag.to_owned()).or_default().texts += revisions;
        }
        for tag in binaries.tags() {
            amounts.entry(tag.to_owned()).or_default().binaries += revisions;
        }
    }
    for (tag, amount) in &mut amounts {
        amount.is_fetched = choice.speaks(&Languages::of([tag.as_str()]));
    }
    Ok(amounts)
}

async fn titles(app: &App, subscription: &Subscription) -> Result<BTreeMap<UpdateId, String>, ApiError> {
    let mut titles = BTreeMap::new();
    for id in subscription.products.iter().chain(&subscription.classifications) {
        let query = UpdateQuery { update: Some(*id), limit: 1, ..UpdateQuery::default() };
        if let Some(row) = app.store.updates(&query).await?.pop() {
            titles.insert(*id, row.title);
        }
    }
    Ok(titles)
}
