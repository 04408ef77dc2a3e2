use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::Shed;
use super::shares::Share;

/// One kind of calls: how many are worked on at once, and how much memory their bodies have together.
///
/// Both are given in the order of asking, so that nobody is overtaken for ever.
pub(super) struct Lane {
    kib: u32,
    memory: Arc<Semaphore>,
    workers: Arc<Semaphore>,
}

/// Memory for a body, out of the lane's and out of what the address may have of it.
pub(super) struct Memory {
    _of_lane: OwnedSemaphorePermit,
    _of_address: OwnedSemaphorePermit,
}

impl Lane {
    /// At most `at_once` calls, and `kib` of bodies.
    pub(super) fn new(at_once: usize, kib: u32) -> Self {
        Self { kib, memory: semaphore(kib as usize), workers: semaphore(at_once) }
    }

    /// Memory for a body of `bytes`. What would never fit takes all there is.
    pub(super) async fn memory(
        &self,
        share: &Share,
        is_large: bool,
        bytes: usize,
        until: Instant,
    ) -> Result<Memory, Shed> {
        let most_of_address = (self.kib / 2).max(1);
        let wanted = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).clamp(1, most_of_address);
        let of_address = take(&share.memory(is_large, most_of_address), wanted, until).await?;
        let of_lane = take(&self.memory, wanted, until).await?;
        Ok(Memory { _of_lane: of_lane, _of_address: of_address })
    }

    /// One that works.
    pub(super) async fn worker(&self, until: Instant) -> Result<OwnedSemaphorePermit, Shed> {
        take(&self.workers, 1, until).await
    }
}

/// So many permits, as far as a semaphore can count.
pub(super) fn semaphore(permits: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)))
}

async fn take(from: &Arc<Semaphore>, permits: u32, until: Instant) -> Result<OwnedSemaphorePermit, Shed> {
    match tokio::time::timeout_at(until, Arc::clone(from).acquire_many_owned(permits)).await {
        Ok(Ok(permit)) => Ok(permit),
        // No semaphore here is ever closed, so that what is left is the time.
        Ok(Err(_)) | Err(_) => Err(Shed::WaitedTooLong),
    }
}
