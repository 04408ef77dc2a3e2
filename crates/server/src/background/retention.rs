//! Retention: raw events are removed after a while; the states drawn from them stay. Which computers were removed is
//! forgotten after a year.

use jiff::ToSpan;

use crate::app::App;

/// How long a server below is told that a computer was removed here: one that was away for longer brings it back.
const REMOVED_HOURS: i64 = 365 * 24;

/// Removes events that are older than the configuration says.
pub(crate) async fn step(app: &App) {
    events(app).await;
    if let Ok(before) = app.now().checked_sub(REMOVED_HOURS.hours())
        && let Err(error) = app.store.expire_removed(before).await
    {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "could not forget which computers were removed; trying again in an hour"
        );
    }
}

async fn events(app: &App) {
    let keep = (i64::from(app.config.reports.keep_days) * 24).hours();
    let Ok(before) = app.now().checked_sub(keep) else { return };
    match app.store.expire_events(before).await {
        Ok(0) => {}
        Ok(removed) => tracing::info!(removed, keep_days = app.config.reports.keep_days, "removed old report events"),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "could not remove old report events; trying again in an hour"
            );
        }
    }
}
