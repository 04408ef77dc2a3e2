use std::collections::HashMap;

use foldhash::fast::RandomState;
use model::{CatalogEntry, Relations, UpdateId};

use crate::conditions::{Collector, Conditions};
use crate::csr::{Csr, at, count};
use crate::history::{History, arrivals};
use crate::row::Row;

/// Revisions in the order in which the snapshot numbers their updates.
pub(super) struct Arranged<'a> {
    /// The latest revision of each update, by index.
    pub(super) latest: Vec<&'a CatalogEntry>,
    /// The same, as far as it follows from revisions alone.
    pub(super) rows: Vec<Row>,
    pub(super) conditions: Conditions,
    pub(super) by_update: HashMap<UpdateId, u32, RandomState>,
    /// Entry to the index of its update.
    pub(super) of_entry: Vec<u32>,
}

impl<'a> Arranged<'a> {
    /// Arranges `entries`, which ascend by identity, each once.
    pub(super) fn new(entries: &'a [CatalogEntry]) -> Self {
        // Updates are numbered by id until their depth is known, and then for good.
        let updates = Updates::of(entries);
        let resolve = |id: UpdateId| updates.numbers.get(&id).copied();
        let mut collected = Collector::default();
        let mut members = Csr::with_capacity(entries.len());
        for entry in entries {
            collected.push(&entry.revision.relations.prerequisites, resolve);
            members.push(members_of(&entry.revision.relations, resolve));
        }
        let conditions = collected.conditions_of(updates.latest.iter().copied());
        let order = updates.order(entries, &conditions);
        let index_of = positions(&order);

        let latest: Vec<&CatalogEntry> =
            order.iter().filter_map(|update| updates.latest_of(entries, *update)).collect();
        let mut rows: Vec<Row> = latest.iter().map(|entry| Row::new(entry)).collect();
        let total = count(rows.len());
        let marks = entries.iter().zip(&updates.of_entry).map(|(entry, update)| (entry.imported, *update));
        let mut arrivals = arrivals(marks);
        let named = History::replay(&mut arrivals, total, |entry| collected.named(entry));
        let bundled = History::replay(&mut arrivals, total, |entry| members.row(entry).iter().copied());
        for (row, update) in rows.iter_mut().zip(&order) {
            row.is_leaf = !named.is_named(*update);
            row.is_member = bundled.is_named(*update);
            row.changed = named.changed(*update);
            if !row.is_fact() && !row.explicitly_deployable {
                row.changed = row.changed.max(bundled.changed(*update));
            }
        }
        Self {
            latest,
            rows,
            conditions: conditions.renumbered(&order, &index_of),
            by_update: updates.numbers.iter().map(|(id, update)| (*id, at(&index_of, *update))).collect(),
            of_entry: updates.of_entry.iter().map(|update| at(&index_of, *update)).collect(),
        }
    }
}

/// The updates that a revision bundles, ascending. It names revisions, but of each update only the latest
/// is offered (client-server 15.15).
pub(super) fn members_of(relations: &Relations, resolve: impl Fn(UpdateId) -> Option<u32>) -> Vec<u32> {
    let members = relations.bundled.iter().flat_map(|clause| &clause.members);
    ascending(members.filter_map(|identity| resolve(identity.update_id)).collect())
}

/// The numbers in order, each once.
pub(super) fn ascending(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The updates of the entries, numbered by id.
struct Updates {
    numbers: HashMap<UpdateId, u32, RandomState>,
    /// Entry to its update.
    of_entry: Vec<u32>,
    /// Update to its latest entry.
    latest: Vec<u32>,
}

impl Updates {
    fn of(entries: &[CatalogEntry]) -> Self {
        let mut updates =
            Self { numbers: HashMap::default(), of_entry: Vec::with_capacity(entries.len()), latest: Vec::new() };
        for run in entries.chunk_by(|one, other| one.revision.identity.update_id == other.revision.identity.update_id) {
            let number = count(updates.latest.len());
            updates.of_entry.extend(run.iter().map(|_| number));
            updates.latest.push(count(updates.of_entry.len().saturating_sub(1)));
            updates.numbers.extend(run.first().map(|entry| (entry.revision.identity.update_id, number)));
        }
        updates
    }

    fn latest_of<'a>(&self, entries: &'a [CatalogEntry], update: u32) -> Option<&'a CatalogEntry> {
        entries.get(*self.latest.get(update as usize)? as usize)
    }

    /// The updates by prerequisite depth, then by the id of their latest revision.
    fn order(&self, entries: &[CatalogEntry], conditions: &Conditions) -> Vec<u32> {
        let depths = conditions.depths();
        let mut order: Vec<u32> = (0..count(self.latest.len())).collect();
        let id = |update| self.latest_of(entries, update).map(|entry| entry.id);
        order.sort_by_cached_key(|update| (at(&depths, *update), id(*update)));
        order
    }
}

/// Where each number stands in `order`.
fn positions(order: &[u32]) -> Vec<u32> {
    let mut positions = vec![0; order.len()];
    for (position, number) in order.iter().enumerate() {
        if let Some(slot) = positions.get_mut(*number as usize) {
            *slot = count(position);
        }
    }
    positions
}
