//! Whether what is fetched fits on the disk that holds the database, and leaves free what is to be left.

use std::error::Error;
use std::path::PathBuf;

use store::Store;
use tokio::sync::Mutex;

use crate::app::App;

const MIB: u64 = 1024 * 1024;

/// The room that a run may fill.
pub(super) struct Room {
    /// The folder of the database; `None` if it is a server's, who looks after its disk.
    folder: Option<PathBuf>,
    floor: u64,
    /// Pages are kept one after the other: each sees what the one before has left.
    writing: Mutex<()>,
}

/// Why a page is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the disk of the database has room for {} MiB, {} MiB more are to come, and content.disk_floor_mib leaves {} MiB \
     alone: free some space or lower the floor. What was fetched is kept, and the next synchronisation goes on from there",
    free / MIB, needed.div_ceil(MIB), floor / MIB
)]
struct NoRoom {
    /// Bytes that are free, on the disk and within the database's file.
    free: u64,
    /// Bytes to come.
    needed: u64,
    /// Bytes to be left.
    floor: u64,
}

impl Room {
    pub(super) fn of(app: &App) -> Self {
        let folder = app.config.database.url.is_none().then(|| app.data_dir.clone());
        Self { folder, floor: app.config.content.disk_floor_mib * MIB, writing: Mutex::default() }
    }

    /// Does `keep` if `bytes` more fit: as many as documents have unpacked, though they are kept packed, so that what the
    /// database writes beside them is in it.
    pub(super) async fn within<E: Into<Box<dyn Error + Send + Sync>>>(
        &self,
        store: &Store,
        bytes: u64,
        keep: impl Future<Output = Result<(), E>>,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let _writing = self.writing.lock().await;
        if let (Some(folder), Some(spare)) = (&self.folder, store.spare_bytes().await?) {
            let free = content::free_bytes(folder).await?.saturating_add(spare);
            if free < self.floor.saturating_add(bytes) {
                return Err(NoRoom { free, needed: bytes, floor: self.floor }.into());
            }
        }
        keep.await.map_err(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use store::Location;

    use super::*;

    #[tokio::test]
    async fn what_would_go_below_the_floor_is_not_kept_and_the_message_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("vanne.db"));
        let store = Store::open(&location, model::Timestamp::UNIX_EPOCH).await.unwrap();
        let room = |floor| Room { folder: Some(folder.path().into()), floor, writing: Mutex::default() };
        let keep = async |room: Room, bytes| {
            let mut is_kept = false;
            let done = room
                .within::<std::io::Error>(&store, bytes, async {
                    is_kept = true;
                    Ok(())
                })
                .await;
            (done.map_err(|error| error.to_string()), is_kept)
        };
        assert_eq!(keep(room(0), MIB).await, (Ok(()), true));
        let (refused, is_kept) = keep(room(u64::MAX), 3 * MIB).await;
        let said = refused.unwrap_err();
        assert!(!is_kept && said.contains("3 MiB more are to come") && said.contains("lower the floor"), "{said}");
        assert!(said.contains("the next synchronisation goes on"), "{said}");
        assert!(keep(room(0), u64::MAX).await.0.is_err());
        let elsewhere = Room { folder: None, ..room(u64::MAX) };
        assert_eq!(keep(elsewhere, MIB).await, (Ok(()), true), "another server's disk is its own affair");
    }
}
