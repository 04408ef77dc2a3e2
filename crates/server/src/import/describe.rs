//! What of a document narrows which files are fetched; read again from documents that came before it was kept.

use metadata::Document;
use model::RevisionId;
use store::{StoreError, Traits};

use crate::admin::{ApiError, chain};
use crate::app::App;

/// The setting that says that no revision is left that came before: what comes since is described as it comes. Without it,
/// each start would look at all documents to find none.
const DESCRIBED: &str = "import.described";
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
    if app.store.setting(DESCRIBED).await?.is_some_and(|value| value == "true") {
        *is_done = true;
        return Ok(());
    }
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
    app.store.set_setting(DESCRIBED, "true").await?;
    *is_done = true;
    Ok(())
}

/// What a document says; one that cannot be read any more narrows nothing, and holds up no others.
fn read(revision: RevisionId, document: Result<Vec<u8>, StoreError>) -> Traits {
    let parsed = document.map_err(|error| chain(&error));
    let parsed = parsed.and_then(|bytes| Document::parse(&bytes).map_err(|error| chain(&error)));
    match parsed {
        Ok(document) => traits(&document),
        Err(error) => {
            tracing::warn!(
                revision.id = revision.0,
                error,
                "a document is damaged: its files are fetched for all languages"
            );
            Traits::default()
        }
    }
}
