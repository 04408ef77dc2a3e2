//! Contacts: what was heard of computers is written behind their requests, in sets.

use crate::app::App;

/// Writes what waits.
pub(crate) async fn step(app: &App) {
    if let Err(error) = app.computers.flush(&app.store).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            waiting = app.computers.waiting(),
            "could not note which computers were heard of; trying again in a second"
        );
    }
    app.metrics.contacts_waiting.set(i64::try_from(app.computers.waiting()).unwrap_or(i64::MAX));
}
