//! Removes files that nothing wants any more.

use std::collections::HashSet;
use std::time::Duration;

use model::{ContentFile, Sha1, Sha256};
use store::{ContentRow, StoreError};

use super::{needs, queue};
use crate::admin::ApiError;
use crate::app::App;

/// How often it is decided anew because approvals changed meanwhile.
const TRIES: usize = 5;

/// What was removed, or would be.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// Held files.
    pub(crate) files: Vec<ContentRow>,
    /// Files that were partly here, with the bytes they take.
    pub(crate) partials: Vec<content::PartialListed>,
}

/// Removes the held files that nothing needs and what is partly here of files that are not wanted; with `dry_run` it only
/// says which.
///
/// Rows go first, in one transaction that is in order with every approval: a file is gone for everybody or for nobody,
/// and none goes that an approval made at this very moment needs.
pub(crate) async fn collect(app: &App, dry_run: bool) -> Result<Collected, ApiError> {
    let age = Duration::from_secs(u64::from(app.config.content.keep_asked_days) * 24 * 3600);
    let asked_since = app.now() - age;
    if !dry_run {
        app.store.expire_content_requests(asked_since).await?;
    }
    for _ in 0..TRIES {
        let snapshot = app.publisher.refresh(app).await?;
        let (needs, mark) = queue::needs(app, &snapshot).await?;
        let rows = app.store.content_rows().await?;
        let removable: Vec<ContentRow> =
            needs.removable(app.config.content.mode, &rows, asked_since).into_iter().cloned().collect();
        let wanted = needs.wanted(app.config.content.mode);
        let partials = unwanted_partials(app, &needs::missing(&wanted, &rows, &HashSet::new())).await?;
        if dry_run {
            return Ok(Collected { files: removable, partials });
        }
        let digests: Vec<Sha256> = removable.iter().map(|row| row.sha256).collect();
        let gone = match app.store.collect_content(&digests, mark, asked_since).await {
            Ok(gone) => gone,
            Err(StoreError::Conflict { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        app.content_rows.changed();
        let files: Vec<ContentRow> = removable.into_iter().filter(|row| gone.contains(&row.sha256)).collect();
        for row in &files {
            remove(app, row).await?;
        }
        let mut removed = Vec::new();
        for partial in partials {
            if app.files.remove_partial(&partial.sha1).await.map_err(|error| ApiError::internal(&error))? {
                removed.push(partial);
            }
        }
        return Ok(Collected { files, partials: removed });
    }
    Err(ApiError { status: 409, ..ApiError::invalid("approvals kept changing; nothing was removed") }.hint("try again"))
}

async fn remove(app: &App, row: &ContentRow) -> Result<(), ApiError> {
    app.files.remove(&row.sha256).await.map_err(|error| ApiError::internal(&error))?;
    tracing::info!(file.sha1 = %row.sha1, bytes = row.size, "removed a content file that nothing wants");
    // Should somebody have put it again between its row's end and its own, it is missing now, and wanted again.
    let again = app.store.content_by_sha1(row.sha1).await?;
    if let Some(again) = again.filter(|again| again.sha256 == row.sha256 && again.state.is_intact()) {
        crate::admin::content::set_aside(app, &again).await?;
        app.acquire.queue.poke();
    }
    Ok(())
}

async fn unwanted_partials(app: &App, missing: &[&ContentFile]) -> Result<Vec<content::PartialListed>, ApiError> {
    let mut partials = app.files.partials().await.map_err(|error| ApiError::internal(&error))?;
    let missing: HashSet<Sha1> = missing.iter().map(|file| file.sha1).collect();
    partials.retain(|partial| !missing.contains(&partial.sha1));
    Ok(partials)
}
