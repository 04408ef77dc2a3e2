//! What of a document narrows which files are fetched; read again from documents that came before it was kept.

use metadata::Document;
use model::RevisionId;
use store::Traits;

use crate::admin::ApiError;
use crate::app::App;

/// Documents read in one step, each noted in one transaction with the others of its step.
const STEP: u32 = 500;

/// What a document says of languages and files.
pub(super) fn traits(document: &Document) -> Traits {
    Traits { texts: document.text_languages(), binaries: document.binary_languages(), uses: document.file_uses() }
}

/// Describes all revisions that are not: those that came before this was kept. Stopped anywhere, it goes on from there;
/// once there are none left, nothing is looked at any more.
pub(crate) async fn all(app: &App) -> Result<(), ApiError> {
    let mut is_done = app.imports.described.lock().await;
    if *is_done {
        return Ok(());
    }
    // A document that cannot be read any more narrows nothing.
    let read = |bytes: Vec<u8>| Document::parse(&bytes).as_ref().map(traits).unwrap_or_default();
    let (mut after, mut count) = (RevisionId(i32::MIN), 0);
    loop {
        let step = app.store.undescribed(after, STEP, read).await?;
        let Some((last, _)) = step.last() else { break };
        after = *last;
        count += step.len();
        app.store.describe(&step).await?;
    }
    if count > 0 {
        tracing::info!(
            revisions = count,
            "read which languages and express files the updates that were here already have"
        );
    }
    *is_done = true;
    Ok(())
}
