//! What is wanted here and has to come from elsewhere, whether this server may fetch it or not.

use std::collections::HashSet;

use model::{ApprovalAction, ContentFile, RevisionId, Sha1};

use super::choice::OfUse;
use super::{needs, queue};
use crate::admin::ApiError;
use crate::app::App;
use crate::config::ContentMode;

/// The files that are wanted and not held: what approvals need, in whatever mode, and what the mode wants beside that.
///
/// A server that no network reaches fetches nothing (`none`), and lacks what was approved all the same.
pub(crate) async fn lacking(app: &App) -> Result<Vec<ContentFile>, ApiError> {
    let snapshot = app.publisher.refresh(app).await?;
    let (needs, _) = queue::needs(app, &snapshot).await?;
    let mut seen = HashSet::new();
    let mut wanted = needs.wanted(app.config.content.mode);
    wanted.extend(needs.wanted(ContentMode::OnApproval));
    wanted.retain(|file| seen.insert(file.sha1));
    let rows = app.store.content_rows().await?;
    Ok(needs::missing(&wanted, &rows, &HashSet::new()).into_iter().cloned().collect())
}

/// Updates whose files are to be here and are not: counts of the updates that name them, members of bundles by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Awaited {
    /// They are fetched, or will be.
    pub(crate) needing: i64,
    /// Of these, those with a file that could not be fetched the last time.
    pub(crate) failing: i64,
}

/// Which updates wait for files that this server fetches (MS-WSUSSS 3.1.1, `UpdatesNeedingFilesCount` and
/// `UpdatesWithServerErrorsCount`). What only a request wants is not counted.
pub(crate) async fn awaited(app: &App) -> Result<Awaited, ApiError> {
    let snapshot = app.publisher.current(app).await?;
    let mode = app.config.content.mode;
    let revisions = match mode {
        ContentMode::None | ContentMode::OnDemand => return Ok(Awaited::default()),
        ContentMode::OnApproval => {
            snapshot.approved(|action| matches!(action, ApprovalAction::Install | ApprovalAction::Optional))
        }
        ContentMode::Everything => snapshot.offered(),
    };
    let files = OfUse::now(app).await?.named_by(&revisions).await?;
    let rows = app.store.content_rows().await?;
    let wanted: Vec<&ContentFile> = files.iter().map(|(_, file)| file).collect();
    let missing = needs::missing(&wanted, &rows, &HashSet::new());
    let missing: HashSet<Sha1> = missing.into_iter().map(|file| file.sha1).collect();
    let failed: HashSet<Sha1> = app.acquire.queue.failed().into_iter().map(|(file, _)| file).collect();
    let of = |files_that: &dyn Fn(&Sha1) -> bool| {
        let named = files.iter().filter(|(_, file)| files_that(&file.sha1)).map(|(revision, _)| *revision);
        i64::try_from(named.collect::<HashSet<RevisionId>>().len()).unwrap_or(i64::MAX)
    };
    Ok(Awaited {
        needing: of(&|file| missing.contains(file)),
        failing: of(&|file| missing.contains(file) && failed.contains(file)),
    })
}
