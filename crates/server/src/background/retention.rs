//! Retention: raw events are removed after a while; the states drawn from them stay.

use jiff::ToSpan;

use crate::app::App;

/// Removes events that are older than the configuration says.
pub(crate) async fn step(app: &App) {
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
