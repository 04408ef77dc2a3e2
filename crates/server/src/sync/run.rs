//! One synchronisation from beginning to end.

use std::sync::Arc;

use model::UpdateIdentity;
use store::{RunOutcome, StoreError};
use sync::{Kind, SyncError, Upstream};

use super::details::RunDetails;
use super::keep::Staging;
use super::languages::NoSuchLanguage;
use super::lists::{Plan, plan};
use super::room::Room;
use super::settings::{self, UpstreamSettings};
use super::{Stage, apply, drivers, files, give_back, related, trust};
use crate::admin::{ApiError, chain};
use crate::app::App;
use crate::rollup;

/// Rounds after the first: what is fetched because something names it may name others in turn.
const FOLLOW_UPS_MAX: usize = 4;

/// Why nothing was synchronised.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("no upstream is set; name one with `vanne upstream set`, or in the configuration under [upstream]")]
    NoUpstream,
    #[error("a synchronisation is under way already; `vanne sync --watch` follows it")]
    UnderWay,
    #[error(transparent)]
    InvalidUpstream(#[from] trust::TrustError),
    #[error(transparent)]
    Upstream(#[from] SyncError),
    #[error(
        "the upstream {upstream} cannot give what the subscription asks for: {error}. Choose others with `vanne subscription set --language`"
    )]
    NoSuchLanguage {
        /// Its address.
        upstream: String,
        /// Which one, and what there is.
        error: NoSuchLanguage,
    },
    #[error("what was fetched could not be taken into the catalog")]
    Store(#[from] StoreError),
    #[error("{}", .0.error)]
    Import(ApiError),
}

/// Synchronises with the first upstream that answers. All of it is in effect when this returns, or nothing is. If it
/// went well, the upstream is told how computers are doing (MS-WSUSSS note 70).
pub(crate) async fn run(app: &Arc<App>) -> Result<RunDetails, RunError> {
    let (details, is_told) = run_alone(app).await?;
    if is_told {
        rollup::after_synchronisation(app).await;
    }
    Ok(details)
}

/// What was done, and whether the upstream is one that is told how computers are doing.
async fn run_alone(app: &Arc<App>) -> Result<(RunDetails, bool), RunError> {
    let running = Arc::clone(&app.syncs.running);
    let _running = running.try_lock().map_err(|_| RunError::UnderWay)?;
    let settings = settings::upstream(&app.store, app.config.upstream.as_ref()).await?.ok_or(RunError::NoUpstream)?;
    let upstreams = trust::upstreams(app, &settings).await?;
    let details = rounds(app, &settings, &upstreams).await;
    // Not before the last of them: whoever waits for the end waits for all.
    app.syncs.at(Stage::Idle);
    Ok((details?, settings.kind != Kind::Microsoft))
}

async fn rounds(app: &Arc<App>, settings: &UpstreamSettings, upstreams: &[Upstream]) -> Result<RunDetails, RunError> {
    let mut details = once(app, settings, upstreams).await?;
    for _ in 0..FOLLOW_UPS_MAX {
        if details.lacking == 0 {
            break;
        }
        // What is in effect stays so: why this failed is in the log and in the history.
        let Ok(more) = once(app, settings, upstreams).await else { break };
        details.and(more);
    }
    Ok(details)
}

/// One round.
async fn once(app: &Arc<App>, settings: &UpstreamSettings, upstreams: &[Upstream]) -> Result<RunDetails, RunError> {
    let name = upstreams.first().map(Upstream::to_string).unwrap_or_default();
    let mut details = RunDetails::default();
    let run = app.store.begin_run(&name, app.now(), &settings::to_json(&details)?).await?;
    tracing::info!(upstream = name, "synchronising");
    let outcome = synchronise(app, run, settings, upstreams, &mut details).await;
    match outcome {
        Ok(()) => {
            app.publisher.refresh(app).await.map_err(|error| RunError::Import(error.into()))?;
            let RunDetails { taken, refused_in_all, expired, drifted, .. } = &details;
            if *drifted {
                tracing::warn!(
                    upstream = name,
                    "approvals of this replica were changed behind its back; they are as the upstream's again"
                );
            }
            tracing::info!(upstream = name, taken, refused = refused_in_all, expired, "synchronised");
            Ok(details)
        }
        Err(error) => {
            details.error = Some(chain(&error));
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "could not synchronise; what was fetched is kept"
            );
            app.store.end_run(run, RunOutcome::Failed, app.now(), &settings::to_json(&details)?).await?;
            // Somebody may have named another upstream meanwhile. What is left is looked at again with the next run.
            let _ = give_back::of_strangers_now(app).await;
            Err(error)
        }
    }
}

async fn synchronise(
    app: &Arc<App>,
    run: i32,
    settings: &UpstreamSettings,
    upstreams: &[Upstream],
    details: &mut RunDetails,
) -> Result<(), RunError> {
    app.syncs.at(Stage::Listing);
    let mut plan = plan(app, upstreams).await?;
    files::announce(app, upstreams, plan.is_catalog_only);
    settings::stage_from(&app.store, &plan.name()).await?;
    let kept = give_back::of_unwanted(app, plan.all().map(|(_, identity)| *identity)).await?;
    let left = |all: &[(i32, UpdateIdentity)]| -> Vec<(i32, UpdateIdentity)> {
        all.iter().filter(|(_, identity)| !kept.contains(identity)).copied().collect()
    };
    let wanted = left(&plan.wanted);
    details.listed = plan.wanted.len();
    details.resumed = plan.wanted.len() - wanted.len();
    details.changed = plan.changed;
    details.started_over = plan.started_over;
    details.only_categories = plan.only_categories;
    let staging = Staging { store: &app.store, room: Room::of(app) };
    let progress = |progress| app.syncs.at(Stage::Fetching(progress));
    let fetched = plan.session.fetch(&wanted, plan.at_once, &staging, &progress).await?;
    details.bytes = fetched.bytes;
    drivers::fetch_sets(&mut plan).await;
    details.driver_sets = plan.driver_sets_told.len();
    if !related::fetch(&plan.session, &left(&plan.related), plan.at_once, &staging).await? {
        plan.lacking.again(&plan.related);
    }
    let owed = fetched.refused.iter().map(|refused| refused.identity).collect();
    for refused in fetched.refused {
        details.refuse(refused.identity.to_string(), refused.reason);
    }
    apply::all(app, run, &plan, owed, settings.replica, details).await
}

impl Plan {
    /// The upstream as it is named in settings and messages.
    pub(super) fn name(&self) -> String {
        self.upstream.to_string()
    }
}
