use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::Sha256;

use super::{Files, Held};
use crate::OpenError;

/// How many files are kept open between requests: the files of one Patch Tuesday, and no burden beside the connections.
const HANDLES_MAX: usize = 256;

/// Files that were asked for a moment ago, kept open: a download is hundreds of ranges of the same file, and each of
/// them would cost opening, closing and a hand-over to a blocking thread where one look (`fstat`) does.
#[derive(Debug, Default)]
pub(super) struct Handles {
    kept: Mutex<HashMap<Sha256, Kept>>,
}

#[derive(Debug)]
struct Kept {
    held: Held,
    changed: Changed,
    /// Since the last [`Files::close_idle`].
    is_used: bool,
}

/// What differs once a file was written to, cut, moved (to the quarantine, by whichever process), removed or
/// replaced: all of these change its inode's time.
#[derive(Debug, PartialEq, Eq)]
struct Changed {
    seconds: i64,
    nanoseconds: i64,
    size: u64,
    is_gone: bool,
}

impl Changed {
    fn of(metadata: &Metadata) -> Self {
        Self {
            seconds: metadata.ctime(),
            nanoseconds: metadata.ctime_nsec(),
            size: metadata.len(),
            is_gone: metadata.nlink() == 0,
        }
    }
}

impl Files {
    /// The same as [`Files::open_file`], for a file that will be asked for again soon: it is kept open for a while.
    ///
    /// A kept file that changed in any way since is opened anew, so that what was set aside is not served from
    /// a handle.
    ///
    /// # Errors
    /// Those of [`Files::open_file`].
    pub async fn open_kept(&self, sha256: &Sha256, size: u64) -> Result<Option<Held>, OpenError> {
        if let Some(held) = self.kept(sha256, size) {
            return Ok(Some(held));
        }
        let Some((held, metadata)) = self.open_with_metadata(sha256, size).await? else { return Ok(None) };
        self.shared.handles.keep(*sha256, held.clone(), &metadata);
        Ok(Some(held))
    }

    /// The file if it is kept open and did not change; never waits.
    pub fn kept(&self, sha256: &Sha256, size: u64) -> Option<Held> {
        self.shared.handles.unchanged(sha256, size)
    }

    /// Closes the files that nobody asked for since this was called before. To be called now and then.
    pub fn close_idle(&self) {
        let mut kept = self.shared.handles.lock();
        let idle: Vec<Kept> =
            kept.extract_if(|_, kept| !std::mem::take(&mut kept.is_used)).map(|(_, kept)| kept).collect();
        drop(kept);
        // Closing the last handle of a removed file frees its blocks, which takes a while.
        drop(idle);
    }
}

impl Handles {
    fn lock(&self) -> MutexGuard<'_, HashMap<Sha256, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The kept file, if it still is what it was when it was opened.
    fn unchanged(&self, sha256: &Sha256, size: u64) -> Option<Held> {
        let held = {
            let mut kept = self.lock();
            let kept = kept.get_mut(sha256)?;
            kept.is_used = true;
            kept.held.clone()
        };
        let seen = held.file.metadata().map(|metadata| Changed::of(&metadata));
        let mut kept = self.lock();
        let known = kept.get(sha256)?;
        if held.size == size && seen.is_ok_and(|seen| seen == known.changed) {
            return Some(held);
        }
        kept.remove(sha256);
        None
    }

    fn keep(&self, sha256: Sha256, held: Held, metadata: &Metadata) {
        let mut kept = self.lock();
        if kept.len() >= HANDLES_MAX {
            let victim = kept.iter().find(|(_, kept)| !kept.is_used).or_else(|| kept.iter().next());
            if let Some(victim) = victim.map(|(sha256, _)| *sha256) {
                kept.remove(&victim);
            }
        }
        kept.insert(sha256, Kept { held, changed: Changed::of(metadata), is_used: true });
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::{Expected, Verdict};

    struct One {
        _folder: tempfile::TempDir,
        files: Files,
        sha256: Sha256,
        size: u64,
    }

    async fn one() -> One {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let stored = files.put(&b"bytes"[..], Expected::default()).await.unwrap();
        One { _folder: folder, files, sha256: stored.sha256, size: stored.size }
    }

    impl One {
        async fn open(&self) -> Option<Arc<File>> {
            self.files.open_kept(&self.sha256, self.size).await.unwrap().map(|held| held.file)
        }

        fn kept(&self) -> usize {
            self.files.shared.handles.lock().len()
        }
    }

    #[tokio::test]
    async fn sec_a8_a_file_is_opened_once_and_closed_when_nobody_asks_for_it() {
        let one = one().await;
        let first = one.open().await.unwrap();
        assert!(Arc::ptr_eq(&first, &one.open().await.unwrap()));
        one.files.close_idle();
        assert_eq!(one.kept(), 1, "it was used since");
        one.files.close_idle();
        assert_eq!(one.kept(), 0);
        assert_eq!(Arc::strong_count(&first), 1);
    }

    #[tokio::test]
    async fn what_was_quarantined_is_not_served_from_a_kept_handle() {
        let one = one().await;
        one.open().await.unwrap();
        std::fs::write(one.files.path(&one.sha256), b"bytez").unwrap();
        let verdict = one.files.verify(&one.sha256, &Expected::default()).await.unwrap();
        assert!(matches!(verdict, Verdict::Quarantined(_)));
        assert!(one.open().await.is_none());
    }

    #[tokio::test]
    async fn sec_a8_what_another_process_moves_removes_or_cuts_is_not_served_from_a_kept_handle() {
        type Change = fn(&Path);
        let changes: [(Change, bool); 3] = [
            (|path| std::fs::rename(path, path.with_extension("aside")).unwrap(), false),
            (|path| std::fs::remove_file(path).unwrap(), false),
            (|path| std::fs::write(path, b"cut").unwrap(), true),
        ];
        for (change, is_refused) in changes {
            let one = one().await;
            one.open().await.unwrap();
            // File systems count time in steps of a few milliseconds.
            std::thread::sleep(std::time::Duration::from_millis(50));
            change(&one.files.path(&one.sha256));
            let opened = one.files.open_kept(&one.sha256, one.size).await;
            assert_eq!(opened.is_err(), is_refused);
            assert!(!matches!(opened, Ok(Some(_))));
        }
    }

    #[tokio::test]
    async fn no_more_than_so_many_files_are_kept_open() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        for number in 0..HANDLES_MAX + 10 {
            let bytes = number.to_le_bytes();
            let stored = files.put(&bytes[..], Expected::default()).await.unwrap();
            files.open_kept(&stored.sha256, stored.size).await.unwrap().unwrap();
        }
        assert_eq!(files.shared.handles.lock().len(), HANDLES_MAX);
    }
}
