//! Documents as they travel to servers below, kept from one to the next.

use model::UpdateIdentity;
use moka::sync::Cache;
use store::StoredDocument;
use wire::server::UpdateDocument;

use super::documents::length;

/// Most bytes that are kept: some ten thousand documents in cabinets. Packing them anew takes 0.24 ms of CPU each.
const BYTES_MAX: u64 = 32 << 20;
/// Bytes an entry costs beside its document.
const ENTRY_BYTES: usize = 192;

/// A document ready to be put into an answer; cheap to clone.
pub(super) type Packed = StoredDocument<UpdateDocument>;

/// What was packed for the last servers that asked, the most used first: servers below ask for the same. A revision never
/// changes, so that nothing here grows old.
pub(crate) struct PackedDocuments(Cache<UpdateIdentity, Packed>);

impl Default for PackedDocuments {
    fn default() -> Self {
        let cost = |_: &UpdateIdentity, packed: &Packed| {
            u32::try_from(length(&packed.document) + ENTRY_BYTES).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(BYTES_MAX).weigher(cost).build())
    }
}

impl PackedDocuments {
    pub(super) fn find(&self, identity: &UpdateIdentity) -> Option<Packed> {
        self.0.get(identity)
    }

    pub(super) fn keep(&self, packed: Packed) {
        self.0.insert(packed.identity, packed);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use model::{RevisionId, RevisionNumber, UpdateId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let packed = PackedDocuments::default();
        let document = |number: u128| StoredDocument {
            identity: UpdateIdentity {
                update_id: UpdateId(Uuid::from_u128(number)),
                revision_number: RevisionNumber::new(1).unwrap(),
            },
            revision: RevisionId(1),
            document: UpdateDocument::Cabinet(Bytes::from(vec![0; 3 << 20])),
        };
        packed.keep(document(1));
        assert_eq!(packed.find(&document(1).identity), Some(document(1)));
        assert_eq!(packed.find(&document(2).identity), None);
        (2..40).for_each(|number| packed.keep(document(number)));
        packed.0.run_pending_tasks();
        assert!(packed.0.weighted_size() <= BYTES_MAX, "{}", packed.0.weighted_size());
    }
}
