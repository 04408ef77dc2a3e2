//! Content files: adding, listing, verifying.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use content::{Expected, PutError, Stored, Verdict};
use futures::TryStreamExt as _;
use model::{ContentFile, Sha1};
use store::{ContentRow, ContentState as Kept, NewContent};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio_util::io::StreamReader;

use super::api::{AddQuery, ContentState, ContentStored, ContentSummary, VerifyAnswer, WantedQuery};
use super::extract::{Json, Query};
use super::{ApiError, chain};
use crate::acceptance;
use crate::app::App;

/// Most missing files that are listed.
const MISSING_MAX: u32 = 10_000;

/// Most bytes that are read on of a refused file,
const READ_ON_BYTES_MAX: u64 = 256 << 20;
/// and how long at most.
const READ_ON_MAX: Duration = Duration::from_secs(10);

/// Takes one file that an update names; it is held once its size and both digests match.
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Query(query): Query<AddQuery>,
    body: Body,
) -> Result<Json<ContentStored>, ApiError> {
    let mut bytes = StreamReader::new(body.into_data_stream().map_err(std::io::Error::other));
    let stored = put(&app, &query, &mut bytes).await;
    if stored.is_err() {
        read_on(bytes).await;
    }
    let (promised, stored) = stored?;
    let file = NewContent { sha1: stored.sha1, sha256: stored.sha256, size: stored.size };
    if let Some(refusal) = acceptance::take_in(&app, file).await?.refusal(promised.name.as_str()) {
        return Err(refusal);
    }
    tracing::info!(file.sha1 = %stored.sha1, file.name = %promised.name, bytes = stored.size, "a content file is held");
    Ok(Json(ContentStored { sha1: stored.sha1, sha256: stored.sha256, size: stored.size }))
}

async fn put(
    app: &App,
    query: &AddQuery,
    bytes: impl AsyncRead + Unpin + Send,
) -> Result<(ContentFile, Stored), ApiError> {
    let promised = app.store.files_by_sha1(&[query.sha1]).await?.pop().ok_or_else(|| {
        ApiError::not_found(format!("no update names a file with the SHA-1 {}", query.sha1))
            .hint("import the update's document first")
    })?;
    let stored = app.files.put(bytes, Expected::from(&promised)).await.map_err(|error| put_error(&promised, &error))?;
    Ok((promised, stored))
}

/// Reads on for a while what is refused: whoever sends it reads the answer when all is sent, and would otherwise see a
/// broken connection instead of the reason.
async fn read_on(bytes: impl AsyncRead + Unpin) {
    let mut rest = bytes.take(READ_ON_BYTES_MAX);
    let sink = &mut tokio::io::sink();
    let _ = tokio::time::timeout(READ_ON_MAX, tokio::io::copy(&mut rest, sink)).await;
}

fn put_error(promised: &ContentFile, error: &PutError) -> ApiError {
    let text = format!("the file {} was not taken: {}", promised.name, chain(error));
    match error {
        PutError::Full { .. } => ApiError { status: 507, error: text, hint: Some("make room and add it again".into()) },
        PutError::Disk { .. } => ApiError { status: 503, error: text, hint: None },
        _ => ApiError::invalid(text),
    }
}

/// Which of these files updates name and this server does not hold.
pub(super) async fn wanted(
    State(app): State<Arc<App>>,
    Json(query): Json<WantedQuery>,
) -> Result<Json<Vec<ContentFile>>, ApiError> {
    let digests: Vec<Sha1> = query.files.iter().map(|file| file.sha1).collect();
    let named: HashSet<Sha1> = app.store.files_by_sha1(&digests).await?.into_iter().map(|file| file.sha1).collect();
    let rows = app.store.content_rows().await?;
    let here: HashSet<Sha1> = rows.into_iter().filter(|row| row.state.is_intact()).map(|row| row.sha1).collect();
    let wanted = query.files.into_iter().filter(|file| named.contains(&file.sha1) && !here.contains(&file.sha1));
    Ok(Json(wanted.collect()))
}

pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Vec<ContentSummary>>, ApiError> {
    let rows = app.store.content_rows().await?;
    let digests: Vec<Sha1> = rows.iter().map(|row| row.sha1).collect();
    let promised = app.store.files_by_sha1(&digests).await?;
    let names: HashMap<Sha1, String> = promised.into_iter().map(|file| (file.sha1, file.name.to_string())).collect();
    let here = rows.into_iter().map(|row| ContentSummary { name: names.get(&row.sha1).cloned(), ..summary(row) });
    let missing = app.store.missing_content(MISSING_MAX).await?.into_iter().map(|file| ContentSummary {
        sha1: file.sha1,
        sha256: file.sha256,
        size: file.size,
        name: Some(file.name.to_string()),
        state: ContentState::Missing,
        reason: None,
    });
    Ok(Json(here.chain(missing).collect()))
}

/// Reads every file again that is here; what no longer matches goes to quarantine and is never served.
pub(super) async fn verify(State(app): State<Arc<App>>) -> Result<Json<VerifyAnswer>, ApiError> {
    let mut answer = VerifyAnswer { verified: 0, bytes: 0, quarantined: Vec::new() };
    for row in app.store.content_rows().await?.into_iter().filter(|row| row.state.is_intact()) {
        answer.verified += 1;
        answer.bytes += row.size;
        if let Some(reason) = set_aside(&app, &row).await? {
            answer.quarantined.push(ContentSummary {
                state: ContentState::Quarantined,
                reason: Some(reason),
                ..summary(row)
            });
        }
    }
    // What came meanwhile, or follows from what changed, is judged as well.
    acceptance::again::all(&app).await?;
    Ok(Json(answer))
}

/// Reads a file again, and sets it aside if it is not what it was; then says why.
pub(crate) async fn set_aside(app: &App, row: &ContentRow) -> Result<Option<String>, ApiError> {
    let expected = Expected { size: Some(row.size), sha1: Some(row.sha1), sha256: Some(row.sha256) };
    let reason = match app.files.verify(&row.sha256, &expected).await.map_err(|error| ApiError::internal(&error))? {
        Verdict::Sound(_) => return Ok(None),
        Verdict::Quarantined(found) => found.reason,
        Verdict::Missing => "the file is gone from the content folder".to_owned(),
    };
    app.store.quarantine_content(row.sha256, &reason, app.now()).await?;
    app.content_rows.changed();
    tracing::error!(file.sha1 = %row.sha1, reason, "a content file was set aside; add it again to heal it");
    Ok(Some(reason))
}

fn summary(row: ContentRow) -> ContentSummary {
    let (state, reason) = match row.state {
        Kept::Held => (ContentState::Held, None),
        Kept::Quarantined { reason } => (ContentState::Quarantined, Some(reason)),
        Kept::Unjudged => (ContentState::Unjudged, None),
        Kept::Withheld { reason } => (ContentState::Withheld, Some(reason)),
    };
    ContentSummary { sha1: row.sha1, sha256: Some(row.sha256), size: row.size, name: None, state, reason }
}
