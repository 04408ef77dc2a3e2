use std::collections::HashMap;

use foldhash::fast::RandomState;
use model::{RevisionId, RevisionNumber, UpdateIdentity};

use crate::gathered::Entry;
use crate::row::Row;

/// Marks a revision that is not the latest of its update.
const OLDER: u32 = 1 << 31;
/// What no revision has.
const NOBODY: u32 = u32::MAX;

/// Revisions by the numbers that clients know them by.
///
/// A table with a place for every number: the store counts them up from 1 and gives none twice, so nearly all places are
/// taken, at four bytes each.
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
    /// The numbers of `revisions`, each given by its position in `entries` and the index of its update, whose latest
    /// revision is in `rows`.
    pub(crate) fn new(entries: &[Entry], revisions: &[(u32, u32)], rows: &[Row]) -> Self {
        let highest = entries.iter().filter_map(|entry| place(entry.id)).max();
        let mut places = vec![NOBODY; highest.map_or(0, |highest| highest + 1)];
        let mut older = HashMap::default();
        let mut older_numbers = HashMap::default();
        for (position, index) in revisions {
            let Some(entry) = entries.get(*position as usize) else { continue };
            let Some(latest) = rows.get(*index as usize).map(|row| row.identity) else { continue };
            let is_latest = latest.revision_number == entry.revision_number;
            if !is_latest {
                older.insert(UpdateIdentity { revision_number: entry.revision_number, ..latest }, entry.id);
                older_numbers.insert(entry.id, entry.revision_number);
            }
            if let Some(place) = place(entry.id).and_then(|place| places.get_mut(place)) {
                *place = if is_latest { *index } else { *index | OLDER };
            }
        }
        Self { places, revisions: revisions.len(), older, older_numbers }
    }

    /// How many revisions there are.
    pub(crate) fn revisions(&self) -> usize {
        self.revisions
    }

    /// One more than the highest number.
    pub(crate) fn size(&self) -> usize {
        self.places.len()
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
