use std::collections::HashMap;

use foldhash::fast::RandomState;
use model::{CatalogEntry, RevisionId, RevisionNumber, UpdateIdentity};

use crate::row::Row;

/// Marks a revision that is not the latest of its update.
const OLDER: u32 = 1 << 31;
/// What no revision has.
const NOBODY: u32 = u32::MAX;

/// Revisions by the numbers that clients know them by.
///
/// A table with a place for every number: the store counts them up from 1 and gives none twice, so nearly all places are
/// taken, at four bytes each. A repeat scan looks up some thousand numbers; in a hash table that was most of its time.
#[derive(Debug)]
pub(crate) struct Numbers {
    /// By number: the index of the update, with [`OLDER`] where it applies.
    places: Vec<u32>,
    revisions: usize,
    /// Older revisions only, which are few.
    older: HashMap<UpdateIdentity, RevisionId, RandomState>,
    older_numbers: HashMap<RevisionId, RevisionNumber, RandomState>,
}

impl Numbers {
    /// The numbers of `entries`; `of_entry` gives each the index of its update, whose latest revision is in `rows`.
    pub(crate) fn new(entries: &[CatalogEntry], of_entry: &[u32], rows: &[Row]) -> Self {
        let highest = entries.iter().filter_map(|entry| place(entry.id)).max();
        let mut places = vec![NOBODY; highest.map_or(0, |highest| highest + 1)];
        let mut older = HashMap::default();
        let mut older_numbers = HashMap::default();
        for (entry, index) in entries.iter().zip(of_entry) {
            let identity = entry.revision.identity;
            let is_latest = rows.get(*index as usize).is_some_and(|row| row.identity == identity);
            if !is_latest {
                older.insert(identity, entry.id);
                older_numbers.insert(entry.id, identity.revision_number);
            }
            if let Some(place) = place(entry.id).and_then(|place| places.get_mut(place)) {
                *place = if is_latest { *index } else { *index | OLDER };
            }
        }
        Self { places, revisions: entries.len(), older, older_numbers }
    }

    /// How many revisions there are.
    pub(crate) fn revisions(&self) -> usize {
        self.revisions
    }

    /// The index of the update whose revision this is, whichever it is.
    pub(crate) fn update_of(&self, revision: RevisionId) -> Option<u32> {
        self.found(revision).map(|found| found & !OLDER)
    }

    /// The index of the update whose latest revision this is.
    pub(crate) fn update_of_latest(&self, revision: RevisionId) -> Option<u32> {
        self.found(revision).filter(|found| found & OLDER == 0)
    }

    /// The revision number of an older revision.
    pub(crate) fn older_number(&self, revision: RevisionId) -> Option<RevisionNumber> {
        self.older_numbers.get(&revision).copied()
    }

    /// The number of an older revision.
    pub(crate) fn older(&self, identity: UpdateIdentity) -> Option<RevisionId> {
        self.older.get(&identity).copied()
    }

    fn found(&self, revision: RevisionId) -> Option<u32> {
        self.places.get(place(revision)?).copied().filter(|found| *found != NOBODY)
    }
}

fn place(revision: RevisionId) -> Option<usize> {
    usize::try_from(revision.0).ok()
}
