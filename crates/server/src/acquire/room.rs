//! Whether there is room for what is fetched: a quota for all content, and a floor of free space that stays.

use std::time::Duration;

use content::{FileError, Files};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::config::ContentConfig;

/// So much may be written before the disk is looked at again,
const LOOK_EVERY_BYTES: u64 = 16 * 1024 * 1024;
/// or for so long.
const LOOK_EVERY: Duration = Duration::from_secs(1);

const MIB: u64 = 1024 * 1024;

/// The bounds, and what was last seen of the disk.
pub(super) struct Room {
    quota: Option<u64>,
    floor: u64,
    seen: Mutex<Option<Seen>>,
}

struct Seen {
    at: Instant,
    free: u64,
    written: u64,
}

/// Why nothing more is fetched; what is held goes on being served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoRoom {
    /// The disk would have less free space than it is to keep.
    #[error(
        "the disk of the content folder has {} MiB free, {} MiB more are to come, and content.disk_floor_mib leaves {} MiB alone: free some space or lower the floor",
        free / MIB, needed.div_ceil(MIB), floor / MIB
    )]
    Floor {
        /// Free bytes.
        free: u64,
        /// Bytes to come.
        needed: u64,
        /// Bytes to be left.
        floor: u64,
    },
    /// Content would take more than it may.
    #[error(
        "content takes {} MiB, {} MiB more are to come, and content.disk_quota_mib allows {} MiB: collect what nothing wants (`vanne content collect`) or raise the quota",
        used / MIB, needed.div_ceil(MIB), quota / MIB
    )]
    Quota {
        /// Bytes of held and half-fetched files.
        used: u64,
        /// Bytes to come.
        needed: u64,
        /// Bytes allowed.
        quota: u64,
    },
}

impl Room {
    pub(super) fn new(config: &ContentConfig) -> Self {
        let quota = Some(config.disk_quota_mib * MIB).filter(|quota| *quota > 0);
        Self { quota, floor: config.disk_floor_mib * MIB, seen: Mutex::new(None) }
    }

    /// Refuses `needed` bytes that do not fit, with so much free and so much taken.
    pub(super) fn fits(&self, free: u64, used: u64, needed: u64) -> Result<(), NoRoom> {
        if let Some(quota) = self.quota
            && used.saturating_add(needed) > quota
        {
            return Err(NoRoom::Quota { used, needed, quota });
        }
        if free < self.floor.saturating_add(needed) {
            return Err(NoRoom::Floor { free, needed, floor: self.floor });
        }
        Ok(())
    }

    /// Asked before `bytes` are written: refuses them when others have filled the disk meanwhile.
    pub(super) async fn admit(&self, files: &Files, bytes: u64) -> Result<Result<(), NoRoom>, FileError> {
        let mut seen = self.seen.lock().await;
        let old = seen.take().filter(|seen| seen.at.elapsed() < LOOK_EVERY && seen.written < LOOK_EVERY_BYTES);
        let mut now = match old {
            Some(old) => old,
            None => Seen { at: Instant::now(), free: files.free_bytes().await?, written: 0 },
        };
        if now.free < now.written.saturating_add(bytes).saturating_add(self.floor) {
            let free = now.free.saturating_sub(now.written);
            return Ok(Err(NoRoom::Floor { free, needed: bytes, floor: self.floor }));
        }
        now.written += bytes;
        *seen = Some(now);
        Ok(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(quota_mib: u64, floor_mib: u64) -> Room {
        Room::new(&ContentConfig { disk_quota_mib: quota_mib, disk_floor_mib: floor_mib, ..ContentConfig::default() })
    }

    #[test]
    fn what_goes_beyond_quota_or_floor_does_not_fit_and_the_message_says_what_to_do() {
        assert_eq!(room(0, 0).fits(MIB, u64::MAX, MIB), Ok(()));
        assert_eq!(room(10, 5).fits(15 * MIB, 0, 10 * MIB), Ok(()));
        let floor = room(0, 5).fits(15 * MIB - 1, 0, 10 * MIB).unwrap_err().to_string();
        assert!(
            floor.contains("has 14 MiB free, 10 MiB more are to come, and content.disk_floor_mib leaves 5 MiB"),
            "{floor}"
        );
        let quota = room(10, 5).fits(u64::MAX, 3 * MIB, 7 * MIB + 1).unwrap_err().to_string();
        assert!(
            quota.contains("takes 3 MiB, 8 MiB more are to come, and content.disk_quota_mib allows 10 MiB"),
            "{quota}"
        );
        assert!(room(0, 5).fits(1, 0, u64::MAX).is_err(), "nothing overflows");
    }

    #[tokio::test]
    async fn writing_stops_at_the_floor() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        assert_eq!(room(0, 0).admit(&files, 1).await.unwrap(), Ok(()));
        assert!(room(0, 1_048_576 * 1_024).admit(&files, 1).await.unwrap().is_err());
    }
}
