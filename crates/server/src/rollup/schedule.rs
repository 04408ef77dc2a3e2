//! Telling the server above by itself, beside after each synchronisation.

use std::error::Error;
use std::time::Duration;

use jiff::SignedDuration;
use store::StoreError;
use sync::Kind;

use crate::app::App;
use crate::sync::settings;

/// How often it is looked whether it is time: no schedule is finer.
const LOOK: Duration = Duration::from_secs(60);

/// Tells whenever it is time.
pub(crate) async fn run(app: &App) {
    loop {
        match is_due(app).await {
            // What goes wrong is in the log and noted, and the next time comes.
            Ok(true) => drop(super::run(app).await),
            Ok(false) => {}
            Err(error) => tracing::warn!(
                error = &error as &dyn Error,
                "could not find out whether to tell the server above; it is looked at again in a minute"
            ),
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn is_due(app: &App) -> Result<bool, StoreError> {
    let upstream = settings::upstream(&app.store, app.config.upstream.as_ref()).await?;
    if upstream.is_none_or(|upstream| upstream.kind == Kind::Microsoft) {
        // Nobody wants to know: what changes is noted no longer, and what is installed not counted.
        app.store.end_rollups().await?;
        app.store.end_summaries().await?;
        return Ok(false);
    }
    let every = SignedDuration::from_mins(app.config.rollup.every_minutes.into());
    let last = super::state(&app.store).await?.and_then(|state| state.last.began_at);
    Ok(last.is_none_or(|last| app.now().duration_since(last) >= every))
}
