//! Numbers of the archives that were exported, and which were imported.

use archive::limits::SEQUENCE_MAX;
use archive::{Link, ServerName, Signed};
use model::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Store, StoreError};

use super::AirGapError;
use crate::sync::settings;

/// The number of the last archive.
const SEQUENCE: &str = "archive.sequence";
/// What was imported. INVARIANT: written in the very change that imports, and only there.
pub(super) const IMPORTED: &str = "archive.imported";
/// Imported archives that are remembered: one a day for a quarter of a century.
const IMPORTED_MAX: usize = 10_000;

/// An archive that was imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ImportedArchive {
    pub(super) link: Link,
    /// What its server called itself.
    name: ServerName,
    at: Timestamp,
}

/// A number for an archive that is about to be signed: above `above` and all that were given. It is used up even if the
/// archive does not come about.
pub(super) async fn next_sequence(store: &Store, above: u64) -> Result<u64, AirGapError> {
    let next = |text: Option<String>| {
        let last: u64 = text.map_or(Ok(None), |text| settings::parse(SEQUENCE, &text))?.unwrap_or_default();
        let next = last.max(above).checked_add(1).filter(|next| *next <= SEQUENCE_MAX);
        next.map(|next| next.to_string()).ok_or(AirGapError::NoNumber)
    };
    let text = store.change_setting(SEQUENCE, next).await?;
    settings::parse(SEQUENCE, &text)?.ok_or(AirGapError::NoNumber)
}

/// What was imported, in that order.
pub(super) async fn imported(store: &Store) -> Result<Vec<ImportedArchive>, StoreError> {
    Ok(settings::read(store, IMPORTED).await?.unwrap_or_default())
}

/// The same with one more. Of very many, the earliest are forgotten: archives that follow them are taken no longer.
pub(super) fn with(mut imported: Vec<ImportedArchive>, signed: &Signed, at: Timestamp) -> Vec<ImportedArchive> {
    imported.push(ImportedArchive { link: signed.as_link(), name: signed.manifest.server.name.clone(), at });
    let surplus = imported.len().saturating_sub(IMPORTED_MAX);
    imported.drain(..surplus);
    imported
}
