//! What is staged of a run that nobody goes on with is given back.
//!
//! A run that failed or was cut short leaves its pages to the next one. Of an upstream that is none of this server's any
//! more there is no next one; of a run that wants less than the one before, what is wanted no longer goes as well.

use std::collections::HashSet;

use model::UpdateIdentity;
use store::StoreError;

use super::settings::{self, STAGED_FROM};
use crate::app::App;

/// Looks whether what is staged came from an upstream that is still one, and forgets it otherwise. Does nothing while a
/// synchronisation is under way, which looks itself when it ends.
pub(crate) async fn of_strangers(app: &App) -> Result<(), StoreError> {
    match app.syncs.running.try_lock() {
        Ok(_running) => of_strangers_now(app).await,
        Err(_) => Ok(()),
    }
}

/// The same, for the one that is under way.
pub(super) async fn of_strangers_now(app: &App) -> Result<(), StoreError> {
    let Some(from) = app.store.setting(STAGED_FROM).await?.filter(|from| !from.is_empty()) else { return Ok(()) };
    let upstream = settings::upstream(&app.store, app.config.upstream.as_ref()).await?;
    let known = upstream.and_then(|upstream| upstream.all().ok()).unwrap_or_default();
    if known.iter().any(|upstream| upstream.to_string() == from) {
        return Ok(());
    }
    tracing::info!(upstream = from, "what was fetched of a synchronisation that nobody goes on with is forgotten");
    app.store.clear_staged().await?;
    app.store.set_setting(STAGED_FROM, "").await
}

/// Forgets what is staged and not `wanted`; what of the wanted is staged.
pub(super) async fn of_unwanted(
    app: &App,
    wanted: impl Iterator<Item = UpdateIdentity>,
) -> Result<HashSet<UpdateIdentity>, StoreError> {
    let wanted: HashSet<UpdateIdentity> = wanted.collect();
    let staged = app.store.staged().await?;
    let (kept, unwanted): (Vec<_>, Vec<_>) = staged.into_iter().partition(|one| wanted.contains(one));
    if !unwanted.is_empty() {
        app.store.unstage(&unwanted).await?;
    }
    Ok(kept.into_iter().collect())
}
