use std::os::unix::fs::FileExt as _;
use std::sync::atomic::Ordering;
use std::{fs, io};

use jiff::Timestamp;

use super::{Inner, Partial};
use crate::files::digests::Digests;
use crate::files::verify::{Note, write_note};
use crate::files::{CHUNK_BYTES, Expected, Files, Quarantined, Stored, blocking, incoming, sync_folder};
use crate::{FileError, PutError};

impl Files {
    /// Keeps a file that is whole, if it is what was promised: then it is held, as by [`Files::put`].
    ///
    /// What did not come in order, or came to another process, is read again. When power failed meanwhile, what was noted
    /// may not be what is on the disk; that shows here, as any other wrong byte does.
    ///
    /// # Errors
    /// [`PutError`]; the file stays as it is then: [`Files::reject_partial`] is what to do with one that is not what was
    /// promised. One that was discarded meanwhile is too short.
    pub async fn keep_partial(&self, partial: &Partial, expected: &Expected) -> Result<Stored, PutError> {
        let (files, inner, expected) = (self.clone(), partial.inner.clone(), *expected);
        blocking(move || files.keep_whole(&inner, &expected)).await
    }

    fn keep_whole(&self, inner: &Inner, expected: &Expected) -> Result<Stored, PutError> {
        let (here, size) = (inner.blocks().here_bytes(), inner.held.size);
        if here < size {
            return Err(PutError::TooShort { expected: size, found: here });
        }
        let digests = inner.whole().map_err(FileError::when("read", &inner.path))?;
        let stored = digests.stored();
        stored.keeps(expected)?;
        let target = self.path(&stored.sha256);
        inner.held.file.sync_all().map_err(FileError::when("make lasting", &inner.path))?;
        self.keep_tree(digests.tree());
        {
            let _moving = self.lock_moves();
            if inner.is_settled.load(Ordering::Acquire) {
                return Err(PutError::TooShort { expected: size, found: 0 });
            }
            fs::rename(&inner.path, &target).map_err(FileError::when("give its name to", &target))?;
            inner.is_settled.store(true, Ordering::Release);
            incoming::remove(&inner.note_path)?;
        }
        target.parent().map_or(Ok(()), sync_folder)?;
        Ok(stored)
    }

    /// Discards a file that is not what was promised, and tells whoever reads it so.
    ///
    /// The first such file goes to the quarantine, with a note that says why and where it came from; those that come after
    /// it say nothing new, and are removed, so that a source that lies does not fill the disk.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn reject_partial(
        &self,
        partial: &Partial,
        expected: &Expected,
        reason: &str,
        sources: &[String],
    ) -> Result<Option<Quarantined>, FileError> {
        let (files, inner, expected) = (self.clone(), partial.inner.clone(), *expected);
        let (reason, sources) = (reason.to_owned(), sources.to_vec());
        blocking(move || files.reject(&inner, &expected, reason, &sources)).await
    }

    /// Discards a file that is to be begun anew, and tells whoever reads it so.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn abandon_partial(&self, partial: &Partial) -> Result<(), FileError> {
        let (files, inner) = (self.clone(), partial.inner.clone());
        blocking(move || {
            let _moving = files.lock_moves();
            if inner.discard() {
                incoming::remove(&inner.path)?;
                incoming::remove(&inner.note_path)?;
            }
            Ok(())
        })
        .await
    }

    fn reject(
        &self,
        inner: &Inner,
        expected: &Expected,
        reason: String,
        sources: &[String],
    ) -> Result<Option<Quarantined>, FileError> {
        let found = inner.whole().map_err(FileError::when("read", &inner.path))?.stored();
        let name = expected.sha256.unwrap_or(found.sha256);
        let folder = self.quarantine_folder();
        let _moving = self.lock_moves();
        if !inner.discard() {
            return Ok(None);
        }
        let quarantined = if folder.join(format!("{name}.1.json")).exists() {
            incoming::remove(&inner.path)?;
            None
        } else {
            let note = Note {
                reason: reason.clone(),
                at: Timestamp::now(),
                expected,
                found: &found,
                sources,
                damaged: Vec::new(),
            };
            let (file, note) = write_note(&folder, &name, &note)?;
            fs::rename(&inner.path, &file).map_err(FileError::when("quarantine", &inner.path))?;
            sync_folder(&folder)?;
            Some(Quarantined { found, reason, file, note })
        };
        incoming::remove(&inner.note_path)?;
        Ok(quarantined)
    }
}

impl Inner {
    /// Tells readers that the file is gone. False when it was discarded or kept already: then its names may be another's.
    fn discard(&self) -> bool {
        if self.is_settled.swap(true, Ordering::AcqRel) {
            return false;
        }
        self.is_gone.store(true, Ordering::Release);
        self.arrivals.notify_waiters();
        true
    }

    /// The digests of the whole file. What was digested as it came is not read again.
    fn whole(&self) -> io::Result<Digests> {
        // In its place until all is read, so that whoever asks again, to say what was wrong, does not read it once more.
        let mut digests = self.digests();
        let mut chunk = vec![0; CHUNK_BYTES];
        while digests.size() < self.held.size {
            let left = usize::try_from(self.held.size - digests.size()).unwrap_or(usize::MAX).min(CHUNK_BYTES);
            match self.held.file.read_at(chunk.get_mut(..left).unwrap_or_default(), digests.size()) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => digests.update(chunk.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(digests.clone())
    }
}
