//! What others name and nobody listed: members of bundles, and prerequisites.
//!
//! Lists follow the subscription, and what an update needs may be outside of it. It is asked for once, right after the
//! synchronisation that brought what names it, and what cannot be had is done without: catalogs name updates that nobody
//! has any more.

use model::UpdateIdentity;
use store::StoreError;
use sync::{AtOnce, Keep, Reason, Session, SyncError};

use crate::app::App;
use crate::import::Lacking;

/// Most that is asked for of each kind; the rest is done without.
pub(super) const LACKING_MAX: usize = 10_000;

/// The revisions to fetch for what is `lacking`.
pub(super) async fn revisions(
    app: &App,
    session: &Session,
    lacking: Lacking,
) -> Result<Vec<UpdateIdentity>, StoreError> {
    if lacking.is_empty() {
        return Ok(Vec::new());
    }
    let Lacking { members, updates } = lacking;
    let mut revisions = members;
    if !updates.is_empty() {
        match session.related(&updates).await {
            Ok(related) => revisions.extend(related),
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
    app.store.unknown_revisions(&revisions).await
}

/// Fetches `related`, as far as the upstream has it; how many came.
pub(super) async fn fetch<K: Keep>(
    session: &Session,
    related: &[(i32, UpdateIdentity)],
    at_once: AtOnce,
    keep: &K,
) -> Result<usize, SyncError> {
    if related.is_empty() {
        return Ok(0);
    }
    match session.fetch(related, at_once, keep, &|_| ()).await {
        Ok(fetched) => Ok(fetched.documents),
        // That is no trouble of the upstream's.
        Err(error @ SyncError { reason: Reason::NotKept(_), .. }) => Err(error),
        Err(error) => {
            let (error, revisions) = (&error as &dyn std::error::Error, related.len());
            tracing::info!(error, revisions, "what revisions name cannot be had from the upstream; it is done without");
            Ok(0)
        }
    }
}
