//! Files that are given to nobody: why, and what an administrator does about it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use model::{Sha1, Sha256};
use store::{ContentRow, ContentState, JudgedAs, VerdictRow};

use super::ApiError;
use super::api::{EvidenceFile, NamingUpdate, Quarantine, QuarantinedFile, ReleaseRequest, ReleasedFile, WithheldFile};
use super::extract::Json;
use crate::app::App;

/// Most files of each kind that are listed.
const LISTED_MAX: usize = 1_000;
/// Most updates that are named for a file.
const NAMED_MAX: usize = 5;
/// Longest reason for a release, in characters.
const WHY_MAX: usize = 500;

pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Quarantine>, ApiError> {
    let limit = u32::try_from(LISTED_MAX).unwrap_or(u32::MAX);
    let kept_back = app.store.content_kept_back(limit).await?;
    let released = app.store.content_released(limit).await?;
    let known = Known::of(&app, kept_back.iter().chain(&released)).await?;
    let evidence = app.files.evidence(LISTED_MAX).await.map_err(|error| ApiError::internal(&error))?;
    let evidence = evidence.into_iter().map(|one| EvidenceFile {
        file: one.file,
        sha256: one.found.sha256,
        size: one.found.size,
        reason: one.reason,
        at: one.at,
        sources: one.sources,
    });
    Ok(Json(Quarantine {
        withheld: kept_back.iter().map(|row| withheld_file(row, &known)).collect(),
        released: released.iter().filter_map(|row| released_file(row, &known)).collect(),
        evidence: evidence.collect(),
    }))
}

/// Lets a file through.
pub(super) async fn release(
    State(app): State<Arc<App>>,
    Json(request): Json<ReleaseRequest>,
) -> Result<Json<()>, ApiError> {
    let why = request.why.trim();
    if why.is_empty() || why.chars().count() > WHY_MAX || why.chars().any(char::is_control) {
        return Err(ApiError::invalid(format!("a release needs a reason of 1 to {WHY_MAX} characters on one line"))
            .hint("say who looked at the file, and what was found"));
    }
    app.store.release_content(request.sha256, why, app.now()).await.map_err(|error| {
        let is_refused = matches!(error, store::StoreError::Conflict { .. });
        let error = ApiError::from(error);
        if is_refused {
            error.hint("decline its update, or have the file fetched again from another source")
        } else {
            error
        }
    })?;
    turned(&app);
    tracing::warn!(file.sha256 = %request.sha256, why, "an administrator lets a file through that nobody vouches for");
    Ok(Json(()))
}

/// Takes a release back.
pub(super) async fn withhold(
    State(app): State<Arc<App>>,
    Json(request): Json<QuarantinedFile>,
) -> Result<Json<()>, ApiError> {
    app.store.withhold_content(request.sha256, app.now()).await?;
    turned(&app);
    tracing::warn!(file.sha256 = %request.sha256, "an administrator took the release of a file back");
    Ok(Json(()))
}

/// Removes a withheld file, so that it is fetched anew if anything wants it; then it is judged anew.
pub(super) async fn discard(
    State(app): State<Arc<App>>,
    Json(request): Json<QuarantinedFile>,
) -> Result<Json<()>, ApiError> {
    app.store.discard_content(request.sha256).await?;
    app.files.remove(&request.sha256).await.map_err(|error| ApiError::internal(&error))?;
    turned(&app);
    tracing::warn!(file.sha256 = %request.sha256, "an administrator removed a withheld file");
    Ok(Json(()))
}

fn turned(app: &App) {
    app.content_rows.changed();
    app.acquire.poke();
}

fn withheld_file(row: &ContentRow, known: &Known) -> WithheldFile {
    let verdict = known.verdicts.get(&row.sha256);
    let outcome = verdict.map(|verdict| verdict.outcome).filter(|_| row.state.is_withheld());
    let updates = known.updates(row.sha1);
    let reason = match &row.state {
        ContentState::Withheld { reason } => reason.clone(),
        ContentState::Unjudged if updates.is_empty() => "no update that is here names it".to_owned(),
        ContentState::Unjudged | ContentState::Held | ContentState::Quarantined { .. } => {
            "nobody has looked yet who signed it".to_owned()
        }
    };
    WithheldFile {
        sha1: row.sha1,
        sha256: row.sha256,
        size: row.size,
        name: known.name(row.sha1),
        reason,
        since: row.changed_at,
        can_be_released: outcome == Some(JudgedAs::ForReview),
        remedy: remedy(&row.state, outcome, !updates.is_empty()).to_owned(),
        updates,
        findings: verdict.and_then(|verdict| serde_json::from_str(&verdict.body).ok()),
    }
}

fn remedy(state: &ContentState, outcome: Option<JudgedAs>, is_named: bool) -> &'static str {
    match outcome {
        _ if *state == ContentState::Unjudged && !is_named => "import the document of its update",
        None | Some(JudgedAs::Allowed) => "wait: it is looked at in a moment",
        Some(JudgedAs::ForReview) => {
            "find out, by another way than the one it came, whether its publisher made it; then `vanne content release`, or \
             decline its update"
        }
        Some(JudgedAs::Refused) => {
            "decline its update, and find out who brought it: what is wrong with it is nobody's to let through; `vanne \
             content discard` has it fetched anew"
        }
    }
}

fn released_file(row: &ContentRow, known: &Known) -> Option<ReleasedFile> {
    let (why, since) = known.verdicts.get(&row.sha256)?.released.clone()?;
    let is_held = row.state == ContentState::Held;
    Some(ReleasedFile { sha1: row.sha1, sha256: row.sha256, name: known.name(row.sha1), why, since, is_held })
}

/// What is known of files: what was found, what updates call them, and which updates.
struct Known {
    verdicts: HashMap<Sha256, VerdictRow>,
    names: HashMap<Sha1, String>,
    updates: HashMap<Sha1, Vec<NamingUpdate>>,
}

impl Known {
    async fn of(app: &App, rows: impl Iterator<Item = &ContentRow>) -> Result<Self, ApiError> {
        let (digests, named): (Vec<Sha256>, Vec<Sha1>) = rows.map(|row| (row.sha256, row.sha1)).unzip();
        let verdicts = app.store.content_verdicts(&digests).await?;
        let files = app.store.files_by_sha1(&named).await?;
        let mut updates: HashMap<Sha1, Vec<NamingUpdate>> = HashMap::new();
        for (file, update, title) in app.store.updates_of_files(&named).await? {
            let naming = updates.entry(file).or_default();
            if naming.len() < NAMED_MAX {
                naming.push(NamingUpdate { update, title });
            }
        }
        Ok(Self {
            verdicts: verdicts.into_iter().map(|verdict| (verdict.sha256, verdict)).collect(),
            names: files.into_iter().map(|file| (file.sha1, file.name.to_string())).collect(),
            updates,
        })
    }

    fn name(&self, file: Sha1) -> Option<String> {
        self.names.get(&file).cloned()
    }

    fn updates(&self, file: Sha1) -> Vec<NamingUpdate> {
        let named = self.updates.get(&file).into_iter().flatten();
        named.map(|naming| NamingUpdate { update: naming.update, title: naming.title.clone() }).collect()
    }
}
