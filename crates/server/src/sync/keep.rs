//! Where fetched pages go: into the store, at once.

use std::error::Error;

use store::{StagedDocument, Store};
use sync::{Keep, Page};

/// Keeps pages in the store.
pub(super) struct Staging<'a>(pub(super) &'a Store);

impl Keep for Staging<'_> {
    async fn keep(&self, page: Page) -> Result<(), Box<dyn Error + Send + Sync>> {
        let Page { documents, locations, keys } = page;
        let documents = documents.into_iter().map(|document| StagedDocument {
            identity: document.identity,
            position: document.position,
            document: document.text,
        });
        // An address or a key more does no harm if what it belongs to never comes.
        self.0.set_file_locations(&locations).await?;
        // Hardly any update has one: a transaction for each page would be for nothing.
        if !keys.is_empty() {
            self.0.set_decryption_keys(&keys).await?;
        }
        self.0.stage(documents.collect()).await?;
        Ok(())
    }
}
