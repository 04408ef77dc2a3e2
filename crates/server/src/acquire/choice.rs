//! Which of the files that decisions want are of use here: languages and express files as they were chosen.
//!
//! Wishes of computers, servers below and the administrator are not narrowed: whoever asks for a file by name wants it.

use std::collections::{BTreeMap, HashSet};

use model::{ContentFile, FileUse, RevisionId};
use policy::FileChoice;
use store::StoreError;

use crate::admin::ApiError;
use crate::app::App;
use crate::import::describe;
use crate::sync::settings;

/// What was chosen, by the subscription and the configuration.
pub(crate) async fn choice(app: &App) -> Result<FileChoice, StoreError> {
    let subscription = settings::subscription(&app.store).await?;
    Ok(FileChoice::new(&subscription.languages, app.config.content.express))
}

/// What is of use, by what is known of the catalog now.
pub(crate) struct OfUse<'a> {
    app: &'a App,
    choice: FileChoice,
    /// Revisions for languages that nobody chose.
    foreign: HashSet<RevisionId>,
}

impl<'a> OfUse<'a> {
    /// Reads first what came before it was kept what a file is for, so that nothing is fetched because of that.
    pub(crate) async fn now(app: &'a App) -> Result<Self, ApiError> {
        let choice = choice(app).await?;
        let mut foreign = HashSet::new();
        if choice.narrows() {
            describe::all(app).await?;
            foreign = app.store.foreign_revisions(|languages| choice.speaks(languages)).await?;
        }
        Ok(Self { app, choice, foreign })
    }

    /// Those of the files of `revisions` that are of use, each as often as it is named.
    pub(crate) async fn files_of(&self, revisions: &[RevisionId]) -> Result<Vec<ContentFile>, StoreError> {
        Ok(self.named_by(revisions).await?.into_iter().map(|(_, file)| file).collect())
    }

    /// The same, each with the revision that names it.
    pub(crate) async fn named_by(
        &self,
        revisions: &[RevisionId],
    ) -> Result<Vec<(RevisionId, ContentFile)>, StoreError> {
        if !self.choice.narrows() {
            return self.app.store.files_of(revisions).await;
        }
        let mut files: BTreeMap<RevisionId, Vec<(ContentFile, FileUse)>> = BTreeMap::new();
        for (revision, file, used) in self.app.store.file_uses_of(revisions).await? {
            files.entry(revision).or_default().push((file, used));
        }
        let of_use = |(revision, files)| {
            let files = self.choice.of_use(!self.foreign.contains(&revision), files);
            files.into_iter().map(move |file| (revision, file))
        };
        Ok(files.into_iter().flat_map(of_use).collect())
    }
}
