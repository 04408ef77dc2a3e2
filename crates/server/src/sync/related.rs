//! What others name and nobody listed: members of bundles, and prerequisites.
//!
//! Lists follow the subscription, and what an update needs may be outside of it. It is asked for once, right after the
//! synchronisation that brought what names it, and what cannot be had is done without: catalogs name updates that nobody
//! has any more. Only where the upstream was lost on the way, which says nothing of what it has, is it asked again the next
//! time.

use model::UpdateIdentity;
use store::StoreError;
use sync::{AtOnce, Keep, Reason, Session, SyncError};

use crate::app::App;
use crate::import::Lacking;

const ASKED_AGAIN: &str =
    "the upstream was lost while it was asked for what revisions name; it is asked again with the next synchronisation";
/// Most that is asked for of each kind; the rest is done without.
pub(super) const LACKING_MAX: usize = 10_000;

/// The revisions to fetch for what is `lacking`, and what of that is to be asked for again the next time.
pub(super) async fn revisions(
    app: &App,
    session: &Session,
    lacking: &Lacking,
) -> Result<(Vec<UpdateIdentity>, Lacking), StoreError> {
    let mut again = Lacking::default();
    if lacking.is_empty() {
        return Ok((Vec::new(), again));
    }
    let Lacking { members, updates } = lacking;
    let mut revisions = members.clone();
    if !updates.is_empty() {
        match session.related(updates).await {
            Ok(related) => revisions.extend(related),
            Err(error) if error.is_lost() => {
                let (error, lost) = (&error as &dyn std::error::Error, updates.len());
                tracing::warn!(error, updates = lost, "{ASKED_AGAIN}");
                again.updates.clone_from(updates);
            }
            Err(error) => {
                let (error, updates) = (&error as &dyn std::error::Error, updates.len());
                tracing::info!(
                    error,
                    updates,
                    "the upstream does not say which revisions prerequisites have; they are done without"
                );
            }
        }
    }
    revisions.sort_unstable();
    revisions.dedup();
    Ok((app.store.unknown_revisions(&revisions).await?, again))
}

/// Fetches `related`, as far as the upstream has it; false if the upstream was lost on the way.
pub(super) async fn fetch<K: Keep>(
    session: &Session,
    related: &[(i32, UpdateIdentity)],
    at_once: AtOnce,
    keep: &K,
) -> Result<bool, SyncError> {
    if related.is_empty() {
        return Ok(true);
    }
    match session.fetch(related, at_once, keep, &|_| ()).await {
        Ok(_) => Ok(true),
        // That is no trouble of the upstream's.
        Err(error @ SyncError { reason: Reason::NotKept(_), .. }) => Err(error),
        Err(error) if error.is_lost() => {
            let (error, revisions) = (&error as &dyn std::error::Error, related.len());
            tracing::warn!(error, revisions, "{ASKED_AGAIN}");
            Ok(false)
        }
        Err(error) => {
            let (error, revisions) = (&error as &dyn std::error::Error, related.len());
            tracing::info!(error, revisions, "what revisions name cannot be had from the upstream; it is done without");
            Ok(true)
        }
    }
}
