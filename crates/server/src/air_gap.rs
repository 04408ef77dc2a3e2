//! Archives in use: what leaves this server on a disk, and what comes in on one. The crate `archive` knows the format; here is
//! what it leaves to its user: keys, numbers, what goes along, and how all of it becomes part of a catalog at once.
//!
//! - **Exported** is what the catalog was when the export began, and every content file that is held and that an update
//!   names. Groups and approvals tell how an organisation is built, so that they leave only if the administrator says so.
//! - **Imported** is all of an archive or nothing: files first, of which none is in anybody's way, then one transaction
//!   with documents, decisions, addresses, and the note that this archive was imported. Decisions are mirrored as a
//!   replica does, which takes what was decided here away; so that, too, is done only if the administrator says so.
//! - **Cut short**, either goes on: an export keeps its parts, an import the files it has put.
//!
//! The long work is done on threads that may block; one archive at a time.

mod decisions;
mod error;
mod export;
mod import;
mod keys;
mod lineage;
mod needs;
mod summary;
mod telling;

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_util::sync::CancellationToken;

pub(crate) use error::AirGapError;
pub(crate) use export::run as export;
pub(crate) use import::run as import;
pub(crate) use keys::{distrust, key, renew, trust, trusted};
pub(crate) use lineage::history;
pub(crate) use needs::list as needs;
pub(crate) use telling::{Telling, told};

/// Names of items that an answer gives one by one; of more, the number.
const NAMED_MAX: usize = 1_000;

/// What is under way; one archive at a time.
#[derive(Default)]
pub(crate) struct AirGap {
    running: Arc<Mutex<()>>,
    stop: CancellationToken,
}

impl AirGap {
    /// Ends what is under way, which goes on where it was when it is asked for again.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    fn begin(&self) -> Result<OwnedMutexGuard<()>, AirGapError> {
        Arc::clone(&self.running).try_lock_owned().map_err(|_| AirGapError::Busy)
    }
}

/// Does `work` on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AirGapError> + Send + 'static,
) -> Result<T, AirGapError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| AirGapError::Interrupted)?
}

/// An archive is written, or in effect: what could not be done behind that does not make it fail.
fn untidy(error: AirGapError) {
    let error = crate::admin::ApiError::from(error);
    tracing::warn!(error = error.error, "could not tidy up behind an archive; the next one does");
}
