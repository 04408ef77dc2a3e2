//! What is missing here, for a server that has it. No computer, group or person is named.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use archive::Needs;
use archive::limits::NEEDS_ITEMS_MAX;
use model::{CatalogEntry, RevisionId, UpdateIdentity};

use super::AirGapError;
use crate::acquire;
use crate::app::App;

/// Lists the files that approvals and requests here want and that are not held, and the revisions that those here bundle and
/// that are not here. Of more than a list may have, the first.
pub(crate) async fn list(app: &App) -> Result<Needs, AirGapError> {
    let mut files = acquire::lacking(app).await.map_err(AirGapError::Api)?;
    files.sort_by_key(|file| file.sha1);
    files.truncate(NEEDS_ITEMS_MAX);
    let mut revisions = missing_members(app).await?;
    revisions.truncate(NEEDS_ITEMS_MAX);
    Ok(Needs::new(app.now(), revisions, files))
}

/// Revisions that are bundled and not here, in order. Reads every revision; kept are the names of those that are bundled.
async fn missing_members(app: &App) -> Result<Vec<UpdateIdentity>, AirGapError> {
    let bundled: Arc<Mutex<BTreeSet<UpdateIdentity>>> = Arc::default();
    let noting = Arc::clone(&bundled);
    let note = move |entry: CatalogEntry| {
        let members = entry.revision.relations.bundled.into_iter().flat_map(|clause| clause.members);
        noting.lock().unwrap_or_else(PoisonError::into_inner).extend(members);
    };
    app.store.catalog_since(RevisionId(i32::MIN), None, note).await?;
    let bundled: Vec<UpdateIdentity> = bundled.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
    Ok(app.store.unknown_revisions(&bundled).await?)
}
