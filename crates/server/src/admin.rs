//! The administration API. What the command line can do, this can: the same handlers answer over the
//! socket in the data folder and inside the command line's own process.

mod acquisition;
pub mod api;
mod archive;
mod computers;
pub(crate) mod content;
mod decisions;
mod documents;
mod error;
mod extract;
mod facts;
mod groups;
mod licences;
mod lists;
pub(crate) mod metrics;
mod overview;
mod pki;
mod quarantine;
mod search;
mod servers;
pub mod socket;
mod status;
mod sync;
mod trust;
mod updates;
mod upstream;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, patch, post, put};

pub use error::{ApiError, chain};
pub(crate) use upstream::decides_here;

use crate::app::App;

/// The API over `app`.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/api/v1/overview", get(overview::show))
        .route("/api/v1/documents", post(documents::import))
        .route("/api/v1/documents/stream", post(documents::import_stream))
        .route("/api/v1/publish", post(documents::publish))
        .route("/api/v1/updates", get(updates::list))
        .route("/api/v1/approvals", post(decisions::approve))
        .route("/api/v1/declines", post(decisions::decline))
        .route("/api/v1/groups", get(groups::list).post(groups::create))
        .route("/api/v1/groups/{name}", patch(groups::change).delete(groups::remove))
        .route("/api/v1/targeting", get(groups::targeting).put(groups::set_targeting))
        .route("/api/v1/computers", get(computers::list))
        .route("/api/v1/computers/{computer}", delete(computers::remove))
        .route("/api/v1/computers/{computer}/groups", put(computers::assign))
        .route("/api/v1/status", get(status::show))
        .route("/api/v1/explain", get(status::explain))
        .route("/api/v1/content", get(content::list).put(content::add))
        .route("/api/v1/content/wanted", post(content::wanted))
        .route("/api/v1/content/verify", post(content::verify))
        .route("/api/v1/content/quarantine", get(quarantine::list))
        .route("/api/v1/content/quarantine/release", post(quarantine::release))
        .route("/api/v1/content/quarantine/withhold", post(quarantine::withhold))
        .route("/api/v1/content/quarantine/discard", post(quarantine::discard))
        .route("/api/v1/signatures/lists", get(lists::show))
        .route("/api/v1/signatures/lists/files", get(lists::files))
        .route("/api/v1/content/status", get(acquisition::status))
        .route("/api/v1/content/fetch", post(acquisition::fetch))
        .route("/api/v1/content/collect", post(acquisition::collect))
        .route("/api/v1/upstream", get(upstream::show).put(upstream::set).delete(upstream::remove))
        .route("/api/v1/upstream/trust", get(trust::list).put(trust::set))
        .route("/api/v1/upstream/probe", post(trust::probe))
        .route("/api/v1/upstream/pins", get(trust::pins).post(trust::import_pins))
        .route("/api/v1/upstream/pins/signers", post(trust::trust_signer))
        .route("/api/v1/facts", get(facts::show))
        .route("/api/v1/subscription", get(upstream::subscription).put(upstream::set_subscription))
        .route("/api/v1/subscription/estimate", post(upstream::estimate))
        .route("/api/v1/sync", get(sync::state).post(sync::begin))
        .route("/api/v1/sync/plan", post(sync::plan))
        .route("/api/v1/sync/rollup", post(sync::roll_up))
        .route("/api/v1/servers", get(servers::list))
        .route("/api/v1/servers/{server}", get(servers::show).patch(servers::change).delete(servers::remove))
        .route("/api/v1/licences", get(licences::list).post(licences::accept))
        .route("/api/v1/archive", get(archive::history))
        .route("/api/v1/archive/key", get(archive::key).post(archive::renew))
        .route("/api/v1/archive/trusted", get(archive::trusted).post(archive::trust))
        .route("/api/v1/archive/trusted/{fingerprint}", delete(archive::distrust))
        .route("/api/v1/archive/needs", get(archive::needs))
        .route("/api/v1/archive/export", post(archive::export))
        .route("/api/v1/archive/import", post(archive::import))
        .route("/api/v1/pki", get(pki::show))
        .route("/api/v1/pki/ca", get(pki::authority))
        .route("/api/v1/pki/renew", post(pki::renew))
        .route("/api/v1/pki/reload", post(pki::reload))
        .route("/api/v1/pki/request", post(pki::request))
        .route("/api/v1/pki/install", post(pki::install))
        .route("/api/v1/pki/import", post(pki::import))
        .route("/api/v1/pki/export", get(pki::export))
        .route("/metrics", get(metrics::render))
        .fallback(extract::nothing)
        .method_not_allowed_fallback(extract::other_method)
        .layer(DefaultBodyLimit::max(api::BODY_BYTES_MAX))
        .with_state(app)
}
