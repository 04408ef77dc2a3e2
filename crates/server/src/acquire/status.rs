//! What is wanted, here, missing and on its way.

use std::sync::Arc;

use tokio::time::Instant;

use super::queue;
use crate::admin::ApiError;
use crate::admin::api::{ContentStatus, DownloadStatus, FailedDownload, FetchAnswer};
use crate::app::App;

/// As it is now.
pub(crate) async fn status(app: &App) -> Result<ContentStatus, ApiError> {
    queue::look(app).await?;
    let acquire = &app.acquire;
    let seen = acquire.queue.seen();
    let mut downloading: Vec<DownloadStatus> = Vec::new();
    for download in acquire.downloads.all().await {
        downloading.push(DownloadStatus {
            sha1: download.file.sha1,
            name: download.file.name.to_string(),
            size: download.file.size,
            here: download.partial.here_bytes(),
            source: download.source(),
            bytes_per_sec: download.bytes_per_sec(),
        });
    }
    downloading.sort_by(|one, other| one.name.cmp(&other.name));
    let now = Instant::now();
    let failed = acquire.queue.failed().into_iter().map(|(sha1, failed)| FailedDownload {
        sha1,
        name: failed.name,
        reason: failed.reason,
        again_in_secs: failed.until.saturating_duration_since(now).as_secs(),
    });
    Ok(ContentStatus {
        mode: app.config.content.mode,
        wanted: seen.wanted,
        wanted_bytes: seen.wanted_bytes,
        held: seen.held,
        held_bytes: seen.held_bytes,
        missing: seen.missing,
        missing_bytes: seen.missing_bytes,
        withheld: seen.withheld,
        downloading,
        failed: failed.collect(),
        paused: acquire.queue.paused(),
        refused: app.metrics.content_lies.get(),
    })
}

/// Tries everything that is wanted, now and once, those that failed or lied before included; ends when that is done.
pub(crate) async fn fetch_now(app: &Arc<App>) -> Result<FetchAnswer, ApiError> {
    let (passed, _) = queue::pass(app, true).await?;
    let status = status(app).await?;
    Ok(FetchAnswer { fetched: passed.fetched, bytes: passed.bytes, failed: passed.failed, status })
}
