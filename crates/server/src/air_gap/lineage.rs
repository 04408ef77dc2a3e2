//! Numbers of the archives that were exported, and which were imported.

use archive::limits::SEQUENCE_MAX;
use archive::{Link, Signed};
use model::Timestamp;
use store::{Store, StoreError};

use super::AirGapError;
use crate::admin::api::{ArchiveHistory, ImportedArchive};
use crate::sync::settings;

/// The number of the last archive.
const SEQUENCE: &str = "archive.sequence";
/// What was imported. INVARIANT: written in the very change that imports, and only there.
pub(super) const IMPORTED: &str = "archive.imported";
/// Imported archives that are remembered: one a day for a quarter of a century.
const IMPORTED_MAX: usize = 10_000;

/// What was exported and imported.
pub(crate) async fn history(store: &Store) -> Result<ArchiveHistory, AirGapError> {
    let mut imported = imported(store).await?;
    imported.reverse();
    Ok(ArchiveHistory { exported: last_sequence(store).await?, imported })
}

/// A number for an archive that is about to be signed, above all that were given. It is used up even if the archive does not
/// come about.
pub(super) async fn next_sequence(store: &Store) -> Result<u64, AirGapError> {
    let next = |text: Option<String>| {
        let last: u64 = text.map_or(Ok(None), |text| settings::parse(SEQUENCE, &text))?.unwrap_or_default();
        let next = last.checked_add(1).filter(|next| *next <= SEQUENCE_MAX);
        next.map(|next| next.to_string()).ok_or(AirGapError::NoNumber)
    };
    let text = store.change_setting(SEQUENCE, next).await?;
    settings::parse(SEQUENCE, &text)?.ok_or(AirGapError::NoNumber)
}

/// The last number that was given; 0 before the first.
pub(super) async fn last_sequence(store: &Store) -> Result<u64, StoreError> {
    Ok(settings::read(store, SEQUENCE).await?.unwrap_or_default())
}

/// What was imported, in that order.
pub(super) async fn imported(store: &Store) -> Result<Vec<ImportedArchive>, StoreError> {
    Ok(settings::read(store, IMPORTED).await?.unwrap_or_default())
}

impl ImportedArchive {
    pub(super) fn new(signed: &Signed, imported_at: Timestamp) -> Self {
        let Link { server, sequence, manifest } = signed.as_link();
        Self { name: signed.manifest.server.name.clone(), server, sequence, manifest, imported_at }
    }

    /// What later archives are judged by.
    pub(super) fn link(&self) -> Link {
        Link { server: self.server, sequence: self.sequence, manifest: self.manifest }
    }
}

/// The same with one more. Of very many, the earliest are forgotten: what follows those is then refused as unknown.
pub(super) fn with(mut imported: Vec<ImportedArchive>, one: ImportedArchive) -> Vec<ImportedArchive> {
    imported.push(one);
    let surplus = imported.len().saturating_sub(IMPORTED_MAX);
    imported.drain(..surplus);
    imported
}

#[cfg(test)]
mod tests {
    use model::Sha256;
    use store::Location;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn numbers_grow_whoever_asks_and_end_where_archives_cannot_say_them() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("vanne.db"));
        let store = Store::open(&location, Timestamp::UNIX_EPOCH).await.unwrap();
        let other = Store::open(&location, Timestamp::UNIX_EPOCH).await.unwrap();
        let asked = (0..10).map(|number| next_sequence(if number % 2 == 0 { &store } else { &other }));
        let mut given = futures::future::try_join_all(asked).await.unwrap();
        given.sort_unstable();
        assert_eq!(given, (1..=10).collect::<Vec<_>>());
        assert_eq!(last_sequence(&store).await.unwrap(), 10);
        store.set_setting(SEQUENCE, &SEQUENCE_MAX.to_string()).await.unwrap();
        assert!(matches!(next_sequence(&store).await, Err(AirGapError::NoNumber)));
    }

    #[test]
    fn the_latest_archives_are_remembered() {
        let one = |sequence| ImportedArchive {
            name: "Paris".to_owned().try_into().unwrap(),
            server: Uuid::from_u128(1),
            sequence,
            manifest: Sha256::new([0; 32]),
            imported_at: Timestamp::UNIX_EPOCH,
        };
        let all = (1..=IMPORTED_MAX as u64 + 2).fold(Vec::new(), |imported, sequence| with(imported, one(sequence)));
        assert_eq!(all.len(), IMPORTED_MAX);
        assert_eq!((all[0].sequence, all.last().unwrap().sequence), (3, IMPORTED_MAX as u64 + 2));
    }
}
