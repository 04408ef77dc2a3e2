//! Synchronisations: beginning one, planning one, and how they went.

use std::sync::Arc;

use axum::extract::State;
use store::{RunOutcome, RunRow};

use super::api::{PlanAnswer, StageAnswer, SyncAnswer, SyncRequest, SyncRun, SyncState};
use super::extract::Json;
use super::{ApiError, chain};
use crate::acquire;
use crate::app::App;
use crate::rollup::{self, RollupDetails, RollupError};
use crate::sync::{self, RunDetails, RunError, Stage, settings};

/// Synchronisations that are listed.
const RUNS: u32 = 20;

pub(super) async fn begin(
    State(app): State<Arc<App>>,
    Json(request): Json<SyncRequest>,
) -> Result<Json<SyncAnswer>, ApiError> {
    if request.wait {
        let details = sync::run(&app).await?;
        return Ok(Json(SyncAnswer { details: Some(details) }));
    }
    // What cannot even begin is said at once; how it ends is in the history.
    if settings::upstream(&app.store, app.config.upstream.as_ref()).await?.is_none() {
        return Err(RunError::NoUpstream.into());
    }
    let app = Arc::clone(&app);
    tokio::spawn(async move {
        // It is in the log and in the history.
        let _ = sync::run(&app).await;
    });
    Ok(Json(SyncAnswer { details: None }))
}

pub(super) async fn plan(State(app): State<Arc<App>>) -> Result<Json<PlanAnswer>, ApiError> {
    let upstream = settings::upstream(&app.store, app.config.upstream.as_ref()).await?.ok_or(RunError::NoUpstream)?;
    let upstreams = sync::trust::upstreams(&app, &upstream).await.map_err(RunError::from)?;
    let plan = sync::plan(&app, &upstreams).await?;
    let choice = acquire::choice(&app).await?;
    let estimate = plan.estimate(choice).await.map_err(RunError::from)?;
    Ok(Json(PlanAnswer {
        upstream: plan.upstream.to_string(),
        revisions: plan.wanted.len(),
        changed: plan.changed,
        documents_bytes: estimate.map(|estimate| estimate.documents_bytes),
        files_bytes: estimate.map(|estimate| estimate.files_bytes),
        is_catalog_only: plan.is_catalog_only,
    }))
}

pub(super) async fn roll_up(State(app): State<Arc<App>>) -> Result<Json<RollupDetails>, ApiError> {
    // By itself, so that it goes on should whoever asked not wait for the end.
    let told = tokio::spawn(async move { rollup::run(&app).await });
    Ok(Json(told.await.map_err(|error| ApiError::internal(&error))??))
}

pub(super) async fn state(State(app): State<Arc<App>>) -> Result<Json<SyncState>, ApiError> {
    let runs = app.store.runs(RUNS).await?.into_iter().map(summary).collect();
    let stage = match app.syncs.watch().borrow().clone() {
        Stage::Idle => StageAnswer::Idle,
        Stage::Listing => StageAnswer::Listing,
        Stage::Fetching(progress) => {
            StageAnswer::Fetching { done: progress.done, total: progress.total, bytes: progress.bytes }
        }
        Stage::Applying { done, total } => StageAnswer::Applying { done, total },
    };
    Ok(Json(SyncState { stage, runs, rollup: rollup::state(&app.store).await? }))
}

fn summary(run: RunRow) -> SyncRun {
    let details: RunDetails = serde_json::from_str(&run.details).unwrap_or_default();
    SyncRun {
        run: run.id,
        upstream: run.upstream,
        started_at: run.started_at,
        ended_at: run.ended_at,
        outcome: match run.outcome {
            RunOutcome::UnderWay => "under-way",
            RunOutcome::Succeeded => "succeeded",
            RunOutcome::Failed => "failed",
            RunOutcome::CutShort => "cut-short",
        }
        .to_owned(),
        details,
    }
}

impl From<RunError> for ApiError {
    fn from(error: RunError) -> Self {
        let status = match error {
            RunError::Store(error) => return error.into(),
            RunError::Import(error) => return error,
            RunError::InvalidUpstream(error) => return error.into(),
            RunError::NoUpstream | RunError::NoSuchLanguage { .. } => 400,
            RunError::UnderWay => 409,
            RunError::Upstream(ref error) if error.is_passing() => 503,
            RunError::Upstream(_) => 502,
        };
        Self { status, error: chain(&error), hint: None }
    }
}

impl From<RollupError> for ApiError {
    fn from(error: RollupError) -> Self {
        let status = match error {
            RollupError::Store(error) => return error.into(),
            RollupError::InvalidUpstream(error) => return error.into(),
            RollupError::NoUpstream | RollupError::Microsoft => 400,
            RollupError::UnderWay => 409,
            RollupError::Busy(_) => 503,
            RollupError::Upstream(ref error) if error.is_passing() => 503,
            RollupError::Upstream(_) => 502,
        };
        Self { status, error: chain(&error), hint: None }
    }
}
