use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use foldhash::fast::RandomState;
use model::{
    Bundle, CatalogEntry, CategoryKind, ChangeMark, Clause, RevisionId, RevisionNumber, Timestamp, UpdateId, UpdateType,
};

use crate::borrowed::BorrowedEntry;
use crate::csr::{Csr, count};
use crate::drivers::DriverTable;
use crate::interned::Interned;

/// Revisions as they are read, each reduced to what the catalog needs of it.
///
/// What they name is known by numbers and what many share is kept once, so that half a million take some 100 MB where
/// as [`CatalogEntry`]s they take 900. Revisions are only ever added: whoever keeps this reads and decodes no
/// revision twice.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Every update that has a revision or is named by one.
    pub(crate) updates: Interned<UpdateId>,
    /// Every revision, in the order they came.
    pub(crate) entries: Vec<Entry>,
    /// The distinct clauses.
    pub(crate) clauses: Interned<NumberedClause>,
    /// Clauses as documents write them to their numbers, those of categories last: nearly every clause was seen before,
    /// and none of its members need be looked up then.
    written: [HashMap<Box<[UpdateId]>, u32, RandomState>; 2],
    /// Entry to its distinct clauses, in the order of its document.
    pub(crate) clauses_of: Csr,
    /// Entry to the updates it bundles, ascending, each once. It names revisions, but of each update only the
    /// latest is offered (client-server 15.15).
    pub(crate) bundled: Csr,
    /// The highest revision number it names of each of those, in the same order.
    pub(crate) bundled_numbers: Csr,
    /// Entry to the updates it supersedes, ascending, each once.
    pub(crate) superseded: Csr,
    pub(crate) drivers: Arc<DriverTable>,
    last: Option<RevisionId>,
    /// Room for the clauses of one revision.
    own: Vec<u32>,
}

/// A revision without what it names.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: RevisionId,
    pub(crate) update: u32,
    pub(crate) revision_number: RevisionNumber,
    pub(crate) update_type: UpdateType,
    pub(crate) category: Option<CategoryKind>,
    pub(crate) explicitly_deployable: bool,
    /// It bundles others, known or not.
    pub(crate) is_bundle: bool,
    pub(crate) imported: ChangeMark,
    pub(crate) imported_at: Timestamp,
}

/// A prerequisite clause whose members are known by number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NumberedClause {
    pub(crate) is_category: bool,
    /// Ascending, each once.
    pub(crate) members: Box<[u32]>,
}

impl Gathered {
    /// How many revisions there are.
    pub fn revisions(&self) -> usize {
        self.entries.len()
    }

    /// The highest number of a revision; 0 if there is none.
    pub fn last(&self) -> RevisionId {
        self.last.unwrap_or(RevisionId(0))
    }

    /// Adds a revision.
    pub fn push(&mut self, entry: &BorrowedEntry<'_>) {
        let revision = &entry.revision;
        let relations = &revision.relations;
        self.last = self.last.max(Some(entry.id));
        self.entries.push(Entry {
            id: entry.id,
            update: self.updates.intern(revision.identity.update_id),
            revision_number: revision.identity.revision_number,
            update_type: revision.update_type,
            category: revision.category,
            explicitly_deployable: revision.explicitly_deployable,
            is_bundle: relations.bundled.iter().any(|clause| !clause.members.is_empty()),
            imported: entry.imported,
            imported_at: entry.imported_at,
        });

        let mut clauses = mem::take(&mut self.own);
        for clause in &relations.prerequisites {
            let number = self.clause(clause);
            if !clauses.contains(&number) {
                clauses.push(number);
            }
        }
        self.clauses_of.push(clauses.drain(..));
        self.own = clauses;
        self.push_bundled(&relations.bundled);
        let superseded = self.numbers(relations.superseded.iter().copied());
        self.superseded.push(superseded);
        if !revision.drivers.is_empty() {
            let position = count(self.entries.len() - 1);
            Arc::make_mut(&mut self.drivers).push(position, entry.id, &revision.drivers);
        }
    }

    fn push_bundled(&mut self, bundled: &[Bundle]) {
        let members = bundled.iter().flat_map(|clause| &clause.members);
        let mut members: Vec<(u32, u32)> =
            members.map(|member| (self.updates.intern(member.update_id), member.revision_number.number())).collect();
        // Of each update the highest first, which is the one that stays.
        members.sort_unstable_by_key(|(update, number)| (*update, std::cmp::Reverse(*number)));
        members.dedup_by_key(|(update, _)| *update);
        self.bundled.push(members.iter().map(|(update, _)| *update));
        self.bundled_numbers.push(members.iter().map(|(_, number)| *number));
    }

    fn clause(&mut self, clause: &Clause) -> u32 {
        let [other, of_categories] = &self.written;
        let written = if clause.is_category { of_categories } else { other };
        if let Some(number) = written.get(&*clause.members) {
            return *number;
        }
        let members = self.numbers(clause.members.iter().copied()).into();
        let number = self.clauses.intern(NumberedClause { is_category: clause.is_category, members });
        let [other, of_categories] = &mut self.written;
        let written = if clause.is_category { of_categories } else { other };
        written.insert(clause.members.as_slice().into(), number);
        number
    }

    /// The numbers of updates, ascending, each once.
    fn numbers(&mut self, updates: impl Iterator<Item = UpdateId>) -> Vec<u32> {
        let mut numbers: Vec<u32> = updates.map(|update| self.updates.intern(update)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

impl Extend<CatalogEntry> for Gathered {
    fn extend<I: IntoIterator<Item = CatalogEntry>>(&mut self, entries: I) {
        entries.into_iter().for_each(|entry| self.push(&BorrowedEntry::from(&entry)));
    }
}
