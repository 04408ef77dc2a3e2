//! What can be done before the transaction: digests, and compression of what is new.

use aws_lc_rs::digest;
use model::{Revision, UpdateId, UpdateIdentity};
use serde::Serialize;
use tokio::task;

use super::NewRevision;
use crate::codec::{Packer, to_postcard};
use crate::{StoreError, entry, on_all_cores};

/// A revision and what its rows will hold; its texts are there in compressed form only.
#[derive(Debug)]
pub struct Prepared {
    pub(super) new: NewRevision,
    /// SHA-256 of the document.
    pub(super) digest: Vec<u8>,
    pub(super) packed: Packed,
}

impl Prepared {
    /// What the catalog needs of it.
    pub fn revision(&self) -> &Revision {
        &self.new.revision
    }

    /// Puts it into a classification: which one may be known only once the sets before it are in.
    pub fn classify(&mut self, classification: Option<UpdateId>) {
        self.new.classification = classification;
    }
}

/// Compressed columns; all empty for a revision that is known already.
#[derive(Debug, Default)]
pub(super) struct Packed {
    pub(super) entry: Vec<u8>,
    pub(super) document: Vec<u8>,
    pub(super) core: Vec<u8>,
    pub(super) extended: Vec<u8>,
    pub(super) localized: Vec<u8>,
    pub(super) eulas: Vec<u8>,
}

/// Digests every document, and compresses those that are not known.
pub(super) async fn prepare_all(
    revisions: Vec<NewRevision>,
    known: impl Fn(&UpdateIdentity) -> bool + Clone + Send + 'static,
) -> Result<Vec<Prepared>, StoreError> {
    let prepare = move |packer: &mut Packer, mut new: NewRevision| {
        let digest = digest::digest(&digest::SHA256, &new.document).as_ref().to_vec();
        let is_known = known(&new.revision.identity);
        let packed = if is_known { Packed::default() } else { Packed::of(&new, packer)? };
        // The originals are of no use any more, and may be large.
        new.document = Vec::new();
        new.core = String::new();
        new.extended = String::new();
        new.localized = Vec::new();
        new.eulas = Vec::new();
        Ok(Prepared { new, digest, packed })
    };
    on_all_cores(revisions, Packer::default, prepare).await.map_err(|error| cut_short(&error))?.into_iter().collect()
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
