//! Where fetched pages go: into the store, at once, as long as there is room.

use std::error::Error;

use store::{StagedDocument, Store, StoreError};
use sync::{Keep, Page};

use super::room::Room;

/// Keeps pages in the store.
pub(super) struct Staging<'a> {
    pub(super) store: &'a Store,
    pub(super) room: Room,
}

impl Keep for Staging<'_> {
    async fn keep(&self, page: Page) -> Result<(), Box<dyn Error + Send + Sync>> {
        let bytes = page.documents.iter().map(|document| document.text.len() as u64).sum();
        self.room.within(self.store, bytes, write(self.store, page)).await
    }
}

async fn write(store: &Store, page: Page) -> Result<(), StoreError> {
    let Page { documents, locations, keys } = page;
    let documents = documents.into_iter().map(|document| StagedDocument {
        identity: document.identity,
        position: document.position,
        document: document.text,
    });
    // An address or a key more does no harm if what it belongs to never comes.
    store.set_file_locations(&locations).await?;
    // Hardly any update has one: a transaction for each page would be for nothing.
    if !keys.is_empty() {
        store.set_decryption_keys(&keys).await?;
    }
    store.stage(documents.collect()).await
}
