use std::collections::{HashMap, VecDeque};
use std::fmt;

use foldhash::fast::RandomState;
use model::{CatalogEntry, Revision, RevisionNumber, UpdateId, UpdateIdentity};

use crate::csr::count;

/// A revision that needs itself, by way of its prerequisites and of what it bundles.
///
/// Such a revision could never be offered: each on the way waits for the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The revision of the batch.
    pub revision: UpdateIdentity,
    /// The updates on the shortest way from it back to it, itself first.
    pub way: Vec<UpdateId>,
}

impl fmt::Display for Cycle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} needs itself: ", self.revision)?;
        for update in &self.way {
            write!(out, "{update} needs ")?;
        }
        write!(out, "{}", self.revision.update_id)
    }
}

/// Finds the revisions of `batch` that would be in a cycle together with each other and with `existing`.
///
/// For several batches, keep a [`CycleCheck`] instead.
pub fn cycles(existing: &[CatalogEntry], batch: &[Revision]) -> Vec<Cycle> {
    CycleCheck::new(existing).admit(batch)
}

/// What the updates of this server need, kept while revisions are imported batch by batch.
#[derive(Debug, Default)]
pub struct CycleCheck {
    numbers: HashMap<UpdateId, u32, RandomState>,
    /// By number; an update that is only named has no revision and needs nothing.
    updates: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    id: UpdateId,
    latest: Option<RevisionNumber>,
    needs: Box<[u32]>,
}

/// A revision of a batch, and what was known of its update before.
#[derive(Debug)]
struct Added {
    revision: UpdateIdentity,
    number: u32,
    before: Known,
}

impl CycleCheck {
    /// The check for a server that has `entries`.
    pub fn new<'a>(entries: impl IntoIterator<Item = &'a CatalogEntry>) -> Self {
        let mut check = Self::default();
        entries.into_iter().for_each(|entry| check.know(&entry.revision));
        check
    }

    /// Adds a revision that this server has.
    pub fn know(&mut self, revision: &Revision) {
        self.put(revision);
    }

    /// Adds `batch` to what is known, but for the revisions that would be in a cycle, which are returned.
    ///
    /// A revision that is not the latest of its update is never offered, and may need what it likes. Time
    /// is proportional to what the batch needs, not to the catalog.
    pub fn admit<'a>(&mut self, batch: impl IntoIterator<Item = &'a Revision>) -> Vec<Cycle> {
        let mut added = Vec::new();
        for revision in batch {
            added.extend(self.put(revision).map(|(number, before)| Added {
                revision: revision.identity,
                number,
                before,
            }));
        }
        let mut refused = Vec::new();
        loop {
            let found: Vec<Cycle> = added.iter().filter_map(|added| self.cycle_of(added)).collect();
            if found.is_empty() {
                return refused;
            }
            // What is refused gives way to what was known before it, be it another revision of this batch.
            let (out, kept): (Vec<Added>, Vec<Added>) =
                added.into_iter().partition(|added| found.iter().any(|cycle| cycle.revision == added.revision));
            for added in out {
                if let Some(known) = self.updates.get_mut(added.number as usize) {
                    *known = added.before;
                }
            }
            added = kept;
            refused.extend(found);
        }
    }

    /// The cycle that a revision of a batch is in, if it is the latest of its update.
    fn cycle_of(&self, added: &Added) -> Option<Cycle> {
        let latest = self.updates.get(added.number as usize)?.latest;
        let way = (latest == Some(added.revision.revision_number)).then(|| self.way_back(added.number))??;
        Some(Cycle { revision: added.revision, way })
    }

    /// Makes `revision` the latest of its update, unless a later one is known; returns what was known before.
    fn put(&mut self, revision: &Revision) -> Option<(u32, Known)> {
        let UpdateIdentity { update_id, revision_number } = revision.identity;
        let number = self.number(update_id);
        if self.updates.get(number as usize)?.latest.is_some_and(|latest| latest >= revision_number) {
            return None;
        }
        let relations = &revision.relations;
        let prerequisites = relations.prerequisites.iter().flat_map(|clause| clause.members.iter().copied());
        let bundled = relations.bundled.iter().flat_map(|clause| &clause.members);
        let needs = prerequisites.chain(bundled.map(|identity| identity.update_id));
        let needs: Vec<u32> = needs.map(|id| self.number(id)).collect();
        let known = self.updates.get_mut(number as usize)?;
        let new = Known { id: update_id, latest: Some(revision_number), needs: needs.into() };
        Some((number, std::mem::replace(known, new)))
    }

    fn number(&mut self, id: UpdateId) -> u32 {
        *self.numbers.entry(id).or_insert_with(|| {
            self.updates.push(Known { id, latest: None, needs: Box::default() });
            count(self.updates.len() - 1)
        })
    }

    /// The shortest way from an update back to itself.
    fn way_back(&self, start: u32) -> Option<Vec<UpdateId>> {
        let mut came_from: HashMap<u32, u32, RandomState> = HashMap::default();
        let mut open = VecDeque::from([start]);
        while let Some(number) = open.pop_front() {
            for next in &self.updates.get(number as usize)?.needs {
                if !came_from.contains_key(next) {
                    came_from.insert(*next, number);
                    open.push_back(*next);
                }
            }
            if came_from.contains_key(&start) {
                break;
            }
        }
        let mut way = Vec::new();
        let mut at = *came_from.get(&start)?;
        while at != start {
            way.push(self.updates.get(at as usize)?.id);
            at = *came_from.get(&at)?;
        }
        way.push(self.updates.get(start as usize)?.id);
        way.reverse();
        Some(way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_catalog::{Made, id};

    fn found(existing: &[Made], batch: &[Made]) -> Vec<(UpdateId, Vec<UpdateId>)> {
        let existing: Vec<CatalogEntry> = existing.iter().map(Made::entry).collect();
        let batch: Vec<Revision> = batch.iter().map(|made| made.entry().revision).collect();
        cycles(&existing, &batch).into_iter().map(|cycle| (cycle.revision.update_id, cycle.way)).collect()
    }

    #[test]
    fn a_chain_is_no_cycle() {
        let batch = [Made::software(3).needs(&[2]), Made::detectoid(2).needs(&[1])];
        assert_eq!(found(&[Made::category(1)], &batch), []);
    }

    #[test]
    fn revisions_that_need_each_other_are_all_named() {
        let batch = [Made::detectoid(1).needs(&[2, 9]), Made::detectoid(2).needs(&[1]), Made::software(3).needs(&[1])];
        assert_eq!(found(&[], &batch), [(id(1), vec![id(1), id(2)]), (id(2), vec![id(2), id(1)])]);
    }

    #[test]
    fn a_revision_that_needs_itself_is_a_cycle() {
        assert_eq!(found(&[], &[Made::software(1).needs(&[1])]), [(id(1), vec![id(1)])]);
    }

    #[test]
    fn a_cycle_may_close_over_what_is_already_here() {
        let existing = [Made::software(1).needs(&[2])];
        assert_eq!(found(&existing, &[Made::detectoid(2).needs(&[1])]), [(id(2), vec![id(2), id(1)])]);
    }

    #[test]
    fn bundles_close_cycles_too() {
        let batch = [Made::software(1).bundles(&[2]), Made::software(2).bundles(&[1])];
        assert_eq!(found(&[], &batch).len(), 2);
        let batch = [Made::software(1).bundles(&[2]), Made::software(2).needs(&[1])];
        assert_eq!(found(&[], &batch).len(), 2);
    }

    #[test]
    fn only_latest_revisions_count() {
        let old = Made::software(1).revision(1).needs(&[2]);
        let batch = [Made::software(1).revision(2), old, Made::detectoid(2).needs(&[1])];
        assert_eq!(found(&[], &batch), []);
    }

    #[test]
    fn an_older_revision_counts_once_the_later_one_is_refused() {
        let later = Made::software(1).revision(2).needs(&[1]);
        assert_eq!(found(&[], &[Made::software(1).needs(&[1]), later.clone()]).len(), 2);
        assert_eq!(found(&[], &[Made::software(1), later]).len(), 1);
    }

    #[test]
    fn what_was_refused_is_forgotten() {
        let existing: Vec<CatalogEntry> = [Made::detectoid(2).revision(1)].iter().map(Made::entry).collect();
        let mut check = CycleCheck::new(&existing);
        let first = [Made::software(1).needs(&[2])].map(|made| made.entry().revision);
        let cyclic = [Made::detectoid(2).revision(2).needs(&[1])].map(|made| made.entry().revision);
        let last = [Made::software(1).revision(2).needs(&[2])].map(|made| made.entry().revision);
        assert_eq!(check.admit(&first), []);
        let refused = check.admit(&cyclic);
        assert_eq!(refused[0].to_string(), format!("{0}/2 needs itself: {0} needs {1} needs {0}", id(2), id(1)),);
        assert_eq!(check.admit(&last), []);
    }
}
