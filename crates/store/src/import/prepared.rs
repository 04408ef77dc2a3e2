//! What can be done before the transaction: digests, and compression of what is new.

use aws_lc_rs::digest;
use model::UpdateIdentity;
use serde::Serialize;
use tokio::task;

use super::NewRevision;
use crate::codec::{Packer, to_postcard};
use crate::{StoreError, entry, on_all_cores};

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
    let digest = |(): &mut (), new: NewRevision| {
        let digest = digest::digest(&digest::SHA256, &new.document).as_ref().to_vec();
        Prepared { new, digest, packed: Packed::default() }
    };
    on_all_cores(revisions, || (), digest).await.map_err(|error| cut_short(&error))
}

/// Compresses those that are not known; of the others only what is needed for the outcome remains.
pub(super) async fn pack_all(
    prepared: Vec<Prepared>,
    known: impl Fn(&UpdateIdentity) -> bool + Clone + Send + 'static,
) -> Result<Vec<Prepared>, StoreError> {
    let pack = move |packer: &mut Packer, mut one: Prepared| {
        if !known(&one.new.revision.identity) {
            one.packed = Packed::of(&one.new, packer)?;
        }
        // The originals are of no use any more, and may be large.
        one.new.document = Vec::new();
        one.new.core = String::new();
        one.new.extended = String::new();
        Ok(one)
    };
    on_all_cores(prepared, Packer::default, pack).await.map_err(|error| cut_short(&error))?.into_iter().collect()
}

fn cut_short(error: &task::JoinError) -> StoreError {
    StoreError::invalid(format!("a revision cannot be prepared: {error}"))
}

impl Packed {
    /// Small texts of one kind share a frame: the localized fragments of a revision are alike.
    fn of(new: &NewRevision, packer: &mut Packer) -> Result<Self, StoreError> {
        Ok(Self {
            entry: entry::encode(&new.revision)?,
            document: packer.pack(&new.document)?,
            core: packer.pack(new.core.as_bytes())?,
            extended: packer.pack(new.extended.as_bytes())?,
            localized: pack_list(packer, &new.localized)?,
            eulas: pack_list(packer, &new.eulas)?,
        })
    }
}

fn pack_list<T: Serialize>(packer: &mut Packer, list: &[T]) -> Result<Vec<u8>, StoreError> {
    if list.is_empty() { Ok(Vec::new()) } else { packer.pack(&to_postcard(&list)?) }
}
