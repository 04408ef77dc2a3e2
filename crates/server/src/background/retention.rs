//! Retention: raw events are removed after a while; the states drawn from them stay. Which computers were removed is
//! forgotten after a year, and a computer that its server below tells of no more after a week.

use std::error::Error;
use std::time::Duration;

use jiff::ToSpan;

use crate::app::App;

/// How long a server below is told that a computer was removed here: one that was away for longer brings it back.
const REMOVED_HOURS: i64 = 365 * 24;
/// How long a server below may tell of others and not of a computer, before that counts as removed there. Servers of this
/// kind tell of each once a day, native ones every time.
const SILENCE: Duration = Duration::from_secs(7 * 24 * 3_600);

/// How long a verdict on a file is kept that is not here any more.
const VERDICT_DAYS: i64 = 90;
/// How long a list of revoked certificates is kept that no file that was judged since wants.
const LIST_DAYS: i64 = 365;

/// Removes what is older than the configuration says, or than anybody needs.
pub(crate) async fn step(app: &App) {
    events(app).await;
    verdicts(app).await;
    lists(app).await;
    if let Ok(before) = app.now().checked_sub(REMOVED_HOURS.hours())
        && let Err(error) = app.store.expire_removed(before).await
    {
        tracing::warn!(
            error = &error as &dyn Error,
            "could not forget which computers were removed; trying again in an hour"
        );
    }
    match app.store.forget_silent_below(SILENCE).await {
        Ok(0) => {}
        Ok(removed) => tracing::info!(removed, "forgot computers that their servers below tell of no more"),
        Err(error) => tracing::warn!(
            error = &error as &dyn Error,
            "could not forget computers that were removed below; trying again in an hour"
        ),
    }
}

/// What was found of files that are not here any more is of use for a while: they may come back.
async fn verdicts(app: &App) {
    let Ok(before) = app.now().checked_sub((VERDICT_DAYS * 24).hours()) else { return };
    if let Err(error) = app.store.expire_verdicts(before).await {
        tracing::warn!(
            error = &error as &dyn Error,
            "could not forget verdicts on files that are gone; trying again in an hour"
        );
    }
}

async fn lists(app: &App) {
    let Ok(before) = app.now().checked_sub((LIST_DAYS * 24).hours()) else { return };
    if let Err(error) = app.store.expire_lists(before).await {
        tracing::warn!(
            error = &error as &dyn Error,
            "could not forget lists of revoked certificates that nobody wants; trying again in an hour"
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
            tracing::warn!(error = &error as &dyn Error, "could not remove old report events; trying again in an hour");
        }
    }
}
