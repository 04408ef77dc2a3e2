//! What can be done before the transaction: digests, and compression of what is new.

use aws_lc_rs::digest;
use model::UpdateIdentity;
use tokio::task;

use super::NewRevision;
use crate::StoreError;
use crate::codec::{pack, to_postcard};
use crate::entry;

/// A revision and what its rows will hold.
pub(super) struct Prepared {
    pub(super) new: NewRevision,
    /// SHA-256 of the document.
    pub(super) digest: Vec<u8>,
    pub(super) packed: Packed,
}

/// Compressed columns; all empty for a revision that is known already.
#[derive(Default)]
pub(super) struct Packed {
    pub(super) entry: Vec<u8>,
    pub(super) document: Vec<u8>,
    pub(super) core: Vec<u8>,
    pub(super) extended: Vec<u8>,
    pub(super) localized: Vec<u8>,
    pub(super) eulas: Vec<u8>,
}

pub(super) async fn digest_all(revisions: Vec<NewRevision>) -> Result<Vec<Prepared>, StoreError> {
    on_all_cores(revisions, |new| {
        let digest = digest::digest(&digest::SHA256, &new.document).as_ref().to_vec();
        Ok(Prepared { new, digest, packed: Packed::default() })
    })
    .await
}

/// Compresses those that are not known; of the others only what is needed for the outcome remains.
pub(super) async fn pack_all(
    prepared: Vec<Prepared>,
    known: impl Fn(&UpdateIdentity) -> bool + Clone + Send + 'static,
) -> Result<Vec<Prepared>, StoreError> {
    on_all_cores(prepared, move |mut one| {
        if !known(&one.new.revision.identity) {
            one.packed = Packed::of(&one.new)?;
        }
        // The originals are of no use any more, and may be large.
        one.new.document = Vec::new();
        one.new.core = String::new();
        one.new.extended = String::new();
        Ok(one)
    })
    .await
}

impl Packed {
    /// Small texts of one kind share a frame: the localized fragments of a revision are alike.
    fn of(new: &NewRevision) -> Result<Self, StoreError> {
        Ok(Self {
            entry: entry::encode(&new.revision)?,
            document: pack(&new.document)?,
            core: pack(new.core.as_bytes())?,
            extended: pack(new.extended.as_bytes())?,
            localized: if new.localized.is_empty() { Vec::new() } else { pack(&to_postcard(&new.localized)?)? },
            eulas: if new.eulas.is_empty() { Vec::new() } else { pack(&to_postcard(&new.eulas)?)? },
        })
    }
}

/// Does `work` to each item on as many threads as there are cores; the order stays.
async fn on_all_cores<T: Send + 'static, R: Send + 'static>(
    items: Vec<T>,
    work: impl Fn(T) -> Result<R, StoreError> + Clone + Send + 'static,
) -> Result<Vec<R>, StoreError> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = items.len().div_ceil(cores).max(1);
    let mut items = items.into_iter().peekable();
    let mut tasks = Vec::new();
    while items.peek().is_some() {
        let part: Vec<T> = items.by_ref().take(share).collect();
        let work = work.clone();
        tasks.push(task::spawn_blocking(move || part.into_iter().map(work).collect::<Result<Vec<R>, _>>()));
    }
    let mut done = Vec::new();
    for task in tasks {
        let part =
            task.await.map_err(|error| StoreError::invalid(format!("a revision cannot be prepared: {error}")))?;
        done.extend(part?);
    }
    Ok(done)
}
