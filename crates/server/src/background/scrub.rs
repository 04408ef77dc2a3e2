//! Scrubbing: held files are read again, one at a time and slowly, and set aside when they are not what they were.
//! A byte that flipped on disk without changing a file's length shows no other way.

use std::time::Duration;

use content::range::{ByteRange, Segment};
use futures::StreamExt as _;
use store::ContentRow;
use trust::DigestSha256;
use uuid::Uuid;

use crate::admin::content::set_aside;
use crate::admin::{ApiError, chain};
use crate::app::App;

/// A round over all files begins no sooner than this after the one before began: disks need rest more than checks.
const ROUND_MIN: Duration = Duration::from_secs(7 * 24 * 3600);
/// Pause after the database or the disk failed.
const RETRY: Duration = Duration::from_secs(300);

/// Goes round all held files, again and again. Never ends by itself, unless the configuration switches it off.
pub(crate) async fn run(app: &App) {
    let bytes_per_sec = app.config.content.scrub_mib_per_sec * 1024 * 1024;
    if bytes_per_sec == 0 {
        return;
    }
    loop {
        let next_round = tokio::time::Instant::now() + ROUND_MIN;
        match round(app, bytes_per_sec).await {
            Ok(()) => tokio::time::sleep_until(next_round).await,
            Err(error) => {
                tracing::warn!(error = error.error, "could not go on verifying content files; trying again in minutes");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// Reads every held file once. Begins anywhere, so that restarts do not favour the same files for ever.
async fn round(app: &App, bytes_per_sec: u64) -> Result<(), ApiError> {
    let mut rows = app.store.content_rows().await?;
    let start = start();
    let first = rows.partition_point(|row| row.sha256.as_bytes().as_slice() < start.as_slice());
    rows.rotate_left(first);
    for row in rows {
        // A round takes long: what was set aside or replaced meanwhile is not judged by what it was.
        let now = app.store.content_by_sha1(row.sha1).await?;
        if let Some(row) = now.filter(|row| row.state.is_intact())
            && !is_sound(app, &row, bytes_per_sec).await
        {
            // Read once more, at once and with the file in hand: only that may move it.
            set_aside(app, &row).await?;
        }
    }
    Ok(())
}

/// A place among all digests.
fn start() -> [u8; 16] {
    *Uuid::new_v4().as_bytes()
}

/// Reads one file at that speed. False when it is not there, or not what it was, or cannot be read.
async fn is_sound(app: &App, row: &ContentRow, bytes_per_sec: u64) -> bool {
    let held = match app.files.open_file(&row.sha256, row.size).await {
        Ok(Some(held)) => held,
        Ok(None) => return false,
        Err(error) => {
            tracing::warn!(error = chain(&error), "a content file does not look as it did");
            return false;
        }
    };
    // The row says which SHA-1 belongs to that SHA-256: it was taken when the file came.
    let mut digest = DigestSha256::new();
    let mut pieces = held.stream(ByteRange::whole(row.size).map(Segment::File).into_iter().collect()).boxed();
    while let Some(piece) = pieces.next().await {
        let Ok(piece) = piece else { return false };
        digest.update(&piece);
        tokio::time::sleep(pause(piece.len() as u64, bytes_per_sec)).await;
    }
    digest.finish().0 == row.sha256
}

/// How long reading `bytes` takes at that speed.
fn pause(bytes: u64, bytes_per_sec: u64) -> Duration {
    Duration::from_nanos(bytes.saturating_mul(1_000_000_000) / bytes_per_sec.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_make_the_speed() {
        assert_eq!(pause(262_144, 1_048_576), Duration::from_millis(250));
        assert_eq!(pause(0, 1), Duration::ZERO);
    }
}
