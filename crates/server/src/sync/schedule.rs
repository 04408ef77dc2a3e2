//! Synchronising by itself, as often as the administrator said.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use super::settings;
use crate::app::App;

/// How long the history is kept: a quarter, as native servers do (server-server.md §13).
const HISTORY_HOURS: i64 = 90 * 24;

/// How often it is looked whether it is time: no schedule is finer.
const LOOK: Duration = Duration::from_secs(60);

/// Synchronises whenever it is time.
pub(crate) async fn run(app: &Arc<App>) {
    loop {
        step(app).await;
        tokio::time::sleep(LOOK).await;
    }
}

/// What goes wrong is in the log and in the history, and the next time comes.
async fn step(app: &Arc<App>) {
    match is_due(app).await {
        // A large future, of which there is one.
        Ok(true) => drop(Box::pin(super::run(app)).await),
        Ok(false) => {}
        Err(error) => tracing::warn!(
            error = &error as &dyn std::error::Error,
            "could not find out whether to synchronise; it is looked at again in a minute"
        ),
    }
}

async fn is_due(app: &App) -> Result<bool, store::StoreError> {
    let settings = settings::upstream(&app.store, app.config.upstream.as_ref()).await?;
    let Some(minutes) = settings.and_then(|settings| settings.every_minutes) else { return Ok(false) };
    let now = app.now();
    let last = app.store.runs(1).await?.pop().map(|run| run.started_at);
    let is_due = last.is_none_or(|last| now.duration_since(last) >= SignedDuration::from_mins(minutes.into()));
    if is_due && let Ok(before) = now.checked_sub(SignedDuration::from_hours(HISTORY_HOURS)) {
        app.store.expire_runs(before).await?;
    }
    Ok(is_due)
}
