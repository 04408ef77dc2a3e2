use super::blocks::BLOCK_BYTES;
use super::{Partial, blocking};
use crate::FileError;
use crate::range::ByteRange;

/// How much is gathered before it is written.
const WRITE_BYTES: usize = 256 * 1024;
/// How much is written at a time at most. INVARIANT: less than what claims keep from each other (`NEAR_BLOCKS`), so that
/// nobody writes what was taken from him meanwhile.
const WRITE_BYTES_MAX: usize = 512 * 1024;

/// The right to fetch some bytes of a file, in order. What is left of it is given back when it is dropped.
#[derive(Debug)]
pub struct Claim {
    partial: Partial,
    id: u64,
    /// Came, and is not written yet; begins where the claim stands.
    gathered: Vec<u8>,
}

impl Claim {
    pub(super) fn new(partial: Partial, id: u64) -> Self {
        Self { partial, id, gathered: Vec::new() }
    }

    /// The bytes that are still to be fetched; `None` when there are none. Its end may come nearer: others may take what
    /// they need sooner.
    pub fn left(&self) -> Option<ByteRange> {
        let left = self.partial.inner.blocks().left(self.id);
        let first = left.start * BLOCK_BYTES + self.gathered.len() as u64;
        let end = (left.end * BLOCK_BYTES).min(self.partial.size());
        end.checked_sub(1).and_then(|last| ByteRange::new(first, last))
    }

    /// Takes the next bytes, and writes them when there are enough, or at once with `now`. What goes beyond the claim is
    /// left out.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn put(&mut self, bytes: &[u8], now: bool) -> Result<(), FileError> {
        let Some(left) = self.left() else { return self.flush().await };
        let length = usize::try_from(left.length()).unwrap_or(usize::MAX).min(bytes.len());
        self.gathered.extend_from_slice(bytes.get(..length).unwrap_or_default());
        let is_last = left.length() == length as u64;
        if is_last || self.gathered.len() >= WRITE_BYTES || (now && self.gathered.len() >= BLOCK_BYTES as usize) {
            self.flush().await?;
        }
        Ok(())
    }

    /// Writes the whole blocks of what was gathered.
    async fn flush(&mut self) -> Result<(), FileError> {
        loop {
            let left = self.partial.inner.blocks().left(self.id);
            let end = (left.end * BLOCK_BYTES).min(self.partial.size());
            let room = end.saturating_sub(left.start * BLOCK_BYTES);
            let ready = self.gathered.len().min(usize::try_from(room).unwrap_or(usize::MAX));
            let is_last = ready as u64 == room;
            let ready = if is_last { ready } else { ready - ready % BLOCK_BYTES as usize };
            let ready = ready.min(WRITE_BYTES_MAX);
            if ready == 0 {
                return Ok(());
            }
            let (inner, id, gathered) = (self.partial.inner.clone(), self.id, std::mem::take(&mut self.gathered));
            let (written, mut gathered) = blocking(move || {
                let written = gathered.get(..ready).map_or(Ok(()), |bytes| inner.write(left.start, bytes));
                if written.is_ok() {
                    inner.blocks().advance(id, left.start + (ready as u64).div_ceil(BLOCK_BYTES));
                }
                (written, gathered)
            })
            .await;
            written?;
            gathered.drain(..ready);
            self.gathered = gathered;
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.partial.inner.blocks().release(self.id);
        self.partial.inner.arrivals.notify_waiters();
    }
}
