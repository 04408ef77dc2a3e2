use std::pin::pin;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::incoming::Incoming;
use super::{CHUNK_BYTES, Expected, FILE_BYTES_MAX, Files, Stored, Verdict, blocking, sync_folder};
use crate::{FileError, PutError};

impl Files {
    /// Keeps what `reader` yields, if it is what was promised.
    ///
    /// When SHA-256 is promised and the file is held already, it is verified where it lies and `reader` is not read;
    /// one that no longer matches is quarantined and replaced. Otherwise the bytes go to a temporary file in
    /// one pass with both digests, are made lasting, and get their name last of all: whenever this is interrupted, the file
    /// is there whole or not at all. Any number of puts of one file may run at once.
    ///
    /// # Errors
    /// [`PutError`]; no half of the file stays then. A file longer than promised, or than [`FILE_BYTES_MAX`], is
    /// read no further than that.
    pub async fn put(&self, reader: impl AsyncRead, expected: Expected) -> Result<Stored, PutError> {
        if let Some(stored) = self.held_already(&expected).await? {
            return Ok(stored);
        }
        let incoming = self.receive(reader, &expected).await?;
        let stored = incoming.stored();
        stored.keeps(&expected)?;
        let files = self.clone();
        blocking(move || files.keep(incoming, &stored)).await?;
        Ok(stored)
    }

    async fn held_already(&self, expected: &Expected) -> Result<Option<Stored>, PutError> {
        let Some(sha256) = expected.sha256 else { return Ok(None) };
        // By its own name only: that a promise contradicts itself is no reason to quarantine a sound file.
        match self.verify(&sha256, &Expected::default()).await? {
            Verdict::Sound(stored) => stored.keeps(expected).map(|()| Some(stored)),
            Verdict::Missing | Verdict::Quarantined(_) => Ok(None),
        }
    }

    async fn receive(&self, reader: impl AsyncRead, expected: &Expected) -> Result<Incoming, PutError> {
        let mut reader = pin!(reader);
        let folder = self.incoming_folder();
        let mut incoming = blocking(move || Incoming::create(&folder)).await?;
        let mut chunk = BytesMut::with_capacity(CHUNK_BYTES);
        loop {
            chunk.clear();
            while chunk.len() < CHUNK_BYTES {
                let mut room = (&mut reader).take((CHUNK_BYTES - chunk.len()) as u64);
                if room.read_buf(&mut chunk).await.map_err(|source| PutError::Source { source })? == 0 {
                    break;
                }
            }
            if chunk.is_empty() {
                return Ok(incoming);
            }
            refuse_length(incoming.size() + chunk.len() as u64, expected)?;
            let written: Result<_, FileError> = blocking(move || {
                incoming.write(&chunk)?;
                Ok((incoming, chunk))
            })
            .await;
            (incoming, chunk) = written?;
        }
    }

    /// Makes the file last and gives it its name. A file that has the name already is replaced: what comes was
    /// digested a moment ago, what is there some time ago.
    fn keep(&self, incoming: Incoming, stored: &Stored) -> Result<(), FileError> {
        let target = self.path(&stored.sha256);
        incoming.sync()?;
        self.keep_tree(incoming.tree());
        {
            let _moving = self.lock_moves();
            incoming.rename(&target)?;
        }
        target.parent().map_or(Ok(()), sync_folder)
    }
}

pub(super) fn refuse_length(length: u64, expected: &Expected) -> Result<(), PutError> {
    match expected.size {
        Some(size) if length > size => Err(PutError::TooLong { expected: size }),
        _ if length > FILE_BYTES_MAX => Err(PutError::OverLimit { limit: FILE_BYTES_MAX }),
        _ => Ok(()),
    }
}
