//! Which content files go along, and which of those asked for are not here.

use std::collections::{HashMap, HashSet};

use archive::CarriedFile;
use jiff::SignedDuration;
use model::{ContentFile, Sha1};
use store::{ContentRow, ContentState, RequestOrigin, StoreError};

use super::order::Order;
use crate::app::App;

/// So long before an earlier archive was made, a file may have come that it does not have: its time is noted before it can be
/// seen, by as much as the database makes writers wait. What is carried twice does no harm.
const OVERLAP: SignedDuration = SignedDuration::from_mins(1);

/// What a list of needs names and this server cannot give.
#[derive(Default)]
pub(super) struct Lacked {
    /// Revisions that are not here.
    pub(super) revisions: u64,
    /// Files that no update here names.
    pub(super) unknown_files: u64,
    /// Files that are not held, and are wanted here from now on.
    pub(super) awaited: Vec<Sha1>,
}

/// The held files that an update names, as far as the archive is not limited; in order of SHA-256.
pub(super) async fn carried(app: &App, order: &Order) -> Result<Vec<CarriedFile>, StoreError> {
    let rows = held(app).await?;
    let digests: Vec<Sha1> = rows.iter().map(|row| row.sha1).collect();
    let promised: HashMap<Sha1, ContentFile> =
        app.store.files_by_sha1(&digests).await?.into_iter().map(|file| (file.sha1, file)).collect();
    let came_since = order.since.and_then(|since| since.made_at.checked_sub(OVERLAP).ok());
    let goes = |row: &ContentRow| {
        promised.get(&row.sha1).is_some_and(|promised| is_as_promised(row, promised))
            && came_since.is_none_or(|since| row.changed_at >= since)
            && order.goes_along(&row.sha1, &row.sha256)
    };
    let carried = |row: ContentRow| CarriedFile { sha256: row.sha256, sha1: row.sha1, size: row.size };
    Ok(rows.into_iter().filter(goes).map(carried).collect())
}

/// Has what a list of needs names and is not held fetched here, as far as updates name it, for a later archive.
pub(super) async fn ask_for_lacked(app: &App, order: &Order) -> Result<Lacked, StoreError> {
    let Some(needs) = &order.needs else { return Ok(Lacked::default()) };
    let revisions = app.store.unknown_revisions(&needs.list.revisions).await?.len() as u64;
    let held: HashSet<Sha1> = held(app).await?.into_iter().map(|row| row.sha1).collect();
    let mut missing: Vec<Sha1> =
        needs.list.files.iter().map(|file| file.sha1).filter(|digest| !held.contains(digest)).collect();
    missing.sort_unstable();
    missing.dedup();
    let unknown: HashSet<Sha1> = app.request_content(&missing, RequestOrigin::Archive).await?.into_iter().collect();
    missing.retain(|digest| !unknown.contains(digest));
    Ok(Lacked { revisions, unknown_files: unknown.len() as u64, awaited: missing })
}

async fn held(app: &App) -> Result<Vec<ContentRow>, StoreError> {
    let mut rows = app.store.content_rows().await?;
    rows.retain(|row| row.state == ContentState::Held);
    Ok(rows)
}

fn is_as_promised(row: &ContentRow, promised: &ContentFile) -> bool {
    row.size == promised.size && promised.sha256.is_none_or(|sha256| sha256 == row.sha256)
}
