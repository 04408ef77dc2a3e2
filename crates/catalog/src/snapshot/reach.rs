use std::sync::Arc;

use model::{UpdateId, UpdateType};

use super::revisions::Revisions;
use crate::bits::Bits;
use crate::cache::Cache;
use crate::filed::Filed;
use crate::needed::Needed;
use crate::source::Declined;

/// Bytes of what is needed for distinct sets of installed updates. Computers with the same build share a set, and a
/// cold scan passes through a few.
const NEEDED_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The same as a number of sets, however small they are.
const NEEDED_MAX: usize = 512;
/// Distinct category filters that are kept.
const FILTERS_MAX: usize = 64;

/// The layer of a snapshot that follows from revisions and from what is declined.
#[derive(Debug)]
pub(super) struct Reach {
    pub(super) declined: Bits,
    /// What is offered at all, be it only as a prerequisite or member of something else.
    pub(super) in_scope: Bits,
    /// The drivers among it.
    pub(super) drivers: Bits,
    /// The rest of it.
    software: Filed,
    /// Sets of installed updates to the software in scope that has every condition met.
    needed: Cache<Box<[u32]>, Needed>,
    filters: Cache<Box<[u32]>, Bits>,
}

impl Reach {
    pub(super) fn new(revisions: &Revisions, declined: &[Declined]) -> Self {
        let size = revisions.rows.len();
        let mut is_declined = Bits::none(size);
        for index in declined.iter().filter_map(|declined| revisions.index_of(declined.update_id)) {
            is_declined.insert(index);
        }
        let in_scope = in_scope(revisions, &is_declined);
        let software: Vec<u32> = in_scope.without(&revisions.is_driver).collect();
        let bytes = Needed::bytes(size, revisions.numbers.size());
        Self {
            declined: is_declined,
            drivers: in_scope.and(&revisions.is_driver),
            in_scope,
            software: Filed::new(&software, &revisions.conditions),
            needed: Cache::new((NEEDED_BYTES_MAX / bytes.max(1)).min(NEEDED_MAX)),
            filters: Cache::new(FILTERS_MAX),
        }
    }

    /// The software in scope that has in every condition a member among the updates `installed`, which ascend.
    ///
    /// Looks only at revisions whose rarest conditions are met, and remembers the answer.
    pub(super) fn needed(&self, revisions: &Revisions, installed: &[u32]) -> Arc<Needed> {
        self.needed.get_or(installed, || {
            let satisfied = revisions.conditions.satisfied(installed);
            let mut needed = Bits::none(revisions.rows.len());
            for index in self.software.candidates(&satisfied).filter(|index| revisions.is_met(*index, &satisfied)) {
                needed.insert(index);
            }
            revisions.needed(needed)
        })
    }

    /// What belongs to the categories of a filter and what that needs; `None` if there is no filter.
    pub(super) fn filter(&self, revisions: &Revisions, categories: &[UpdateId]) -> Option<Arc<Bits>> {
        if categories.is_empty() {
            return None;
        }
        let mut known = revisions.indexes_of(categories);
        known.sort_unstable();
        known.dedup();
        Some(self.filters.get_or(&*known, || self.closure(revisions, &self.belonging(revisions, &known))))
    }

    /// The categories themselves and everything that is in them or in a category below them.
    fn belonging(&self, revisions: &Revisions, categories: &[u32]) -> Bits {
        let mut belonging = Bits::none(revisions.rows.len());
        let mut open = categories.to_vec();
        while let Some(index) = open.pop() {
            let Some(row) = revisions.row(index).filter(|_| self.in_scope.contains(index)) else { continue };
            if !belonging.insert(index) || row.update_type != UpdateType::Category {
                continue;
            }
            for condition in revisions.conditions.naming(index) {
                if revisions.conditions.get(*condition).is_some_and(|condition| condition.is_category) {
                    open.extend(revisions.conditions.holders(*condition));
                }
            }
        }
        belonging
    }

    /// `found` with every prerequisite and every member of a bundle, as far as they are in scope.
    fn closure(&self, revisions: &Revisions, found: &Bits) -> Bits {
        let mut closure = Bits::none(revisions.rows.len());
        let mut tested = Bits::none(revisions.conditions.len());
        let mut open: Vec<u32> = found.iter().collect();
        while let Some(index) = open.pop() {
            if !self.in_scope.contains(index) || !closure.insert(index) {
                continue;
            }
            for condition in revisions.conditions.of(index) {
                if tested.insert(*condition) {
                    open.extend(revisions.conditions.members(*condition));
                }
            }
            open.extend(revisions.bundled.row(index));
        }
        closure
    }
}

/// What is offered at all: what is not declined and does not merely go with a bundle, and, from there on,
/// every prerequisite and every member of a bundle.
///
/// Of what is declined, only categories and detectoids are offered, and only where something in scope needs them.
fn in_scope(revisions: &Revisions, declined: &Bits) -> Bits {
    let Revisions { rows, conditions, bundled, .. } = revisions;
    let mut reached = Bits::none(rows.len());
    let mut tested = Bits::none(conditions.len());
    let is_fact = |index: u32| revisions.row(index).is_some_and(|row| row.is_fact());
    let own = (0..).zip(rows).filter(|(index, row)| !declined.contains(*index) && !row.follows_bundle());
    let mut open: Vec<u32> = own.map(|(index, _)| index).collect();
    while let Some(index) = open.pop() {
        if !reached.insert(index) {
            continue;
        }
        for condition in conditions.of(index) {
            if tested.insert(*condition) {
                let offered = |index: &&u32| !declined.contains(**index) || is_fact(**index);
                open.extend(conditions.members(*condition).iter().filter(offered));
            }
        }
        open.extend(bundled.row(index).iter().filter(|index| !declined.contains(**index)));
    }
    reached
}
