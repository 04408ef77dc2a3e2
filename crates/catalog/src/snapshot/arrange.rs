use std::collections::HashMap;

use foldhash::fast::RandomState;
use model::UpdateId;

use crate::conditions::{Condition, Conditions};
use crate::csr::{at, count};
use crate::gathered::{Entry, Gathered};
use crate::history::{Arrivals, History};
use crate::row::Row;
use crate::side_by_side::side_by_side;

/// What has no place.
pub(super) const NOWHERE: u32 = u32::MAX;

/// Revisions in the order in which the catalog numbers their updates.
pub(super) struct Arranged {
    /// Where the latest revision of each update stands among those gathered, by index.
    pub(super) latest: Vec<u32>,
    pub(super) rows: Vec<Row>,
    pub(super) conditions: Conditions,
    pub(super) by_update: HashMap<UpdateId, u32, RandomState>,
    /// Number of a gathered update to its index; [`NOWHERE`] for those that are only named.
    pub(super) index_of: Vec<u32>,
    /// Every distinct revision: its position, and the index of its update.
    pub(super) revisions: Vec<(u32, u32)>,
}

impl Arranged {
    /// Arranges what was gathered; of revisions with one identity the first is taken.
    pub(super) fn new(gathered: &Gathered) -> Self {
        // Updates are numbered as they came until their depth is known, and then for good.
        let updates = Updates::of(gathered);
        let name = |number: u32| gathered.updates.value(number).copied();
        let clauses = gathered.clauses.values().iter();
        let distinct = clauses.map(|clause| Condition::new(clause, |number| updates.place(number), name)).collect();
        let conditions = Conditions::new(distinct, gathered.clauses_of.chosen(&updates.latest));
        let order = updates.order(&conditions, &gathered.entries);
        let new_of_old = positions(&order);

        let latest: Vec<u32> = order.iter().map(|update| at(&updates.latest, *update)).collect();
        let entry = |position: &u32| gathered.entries.get(*position as usize);
        let row = |entry: &Entry| Some(Row::new(name(entry.update)?, entry));
        let mut rows: Vec<Row> = latest.iter().filter_map(entry).filter_map(row).collect();
        updates.replay(gathered, &conditions, &order, &mut rows);

        let index = |old: &u32| if *old == NOWHERE { NOWHERE } else { at(&new_of_old, *old) };
        let (conditions, by_update) = side_by_side(
            || conditions.renumbered(&order, &new_of_old),
            || (0..).zip(&rows).map(|(index, row)| (row.identity.update_id, index)).collect(),
        );
        Self {
            conditions,
            by_update,
            index_of: updates.places.iter().map(index).collect(),
            revisions: updates.revisions.iter().map(|(position, old)| (*position, at(&new_of_old, *old))).collect(),
            latest,
            rows,
        }
    }
}

/// The updates that have a revision, numbered as they came.
struct Updates {
    /// Every distinct revision by its position, with its update; by update, then by revision number.
    revisions: Vec<(u32, u32)>,
    /// Update to the position of its latest revision.
    latest: Vec<u32>,
    /// Number of a gathered update to its number here; [`NOWHERE`] for those that are only named.
    places: Vec<u32>,
}

impl Updates {
    fn of(gathered: &Gathered) -> Self {
        let mut keys: Vec<(u32, u32, u32)> = (0..)
            .zip(&gathered.entries)
            .map(|(position, entry)| (entry.update, entry.revision_number.number(), position))
            .collect();
        keys.sort_unstable();
        keys.dedup_by_key(|(update, number, _)| (*update, *number));
        let mut updates = Self {
            revisions: Vec::with_capacity(keys.len()),
            latest: Vec::new(),
            places: vec![NOWHERE; gathered.updates.values().len()],
        };
        for run in keys.chunk_by(|(one, ..), (other, ..)| one == other) {
            let Some((update, _, latest)) = run.last() else { continue };
            let number = count(updates.latest.len());
            updates.latest.push(*latest);
            updates.revisions.extend(run.iter().map(|(.., position)| (*position, number)));
            if let Some(place) = updates.places.get_mut(*update as usize) {
                *place = number;
            }
        }
        updates
    }

    fn place(&self, update: u32) -> Option<u32> {
        self.places.get(update as usize).copied().filter(|place| *place != NOWHERE)
    }

    /// The updates by prerequisite depth, then by the id of their latest revision.
    fn order(&self, conditions: &Conditions, entries: &[Entry]) -> Vec<u32> {
        let depths = conditions.depths();
        let id = |update: u32| entries.get(at(&self.latest, update) as usize).map(|entry| entry.id);
        let mut order: Vec<_> =
            (0..count(self.latest.len())).map(|update| (at(&depths, update), id(update), update)).collect();
        order.sort_unstable();
        order.into_iter().map(|(.., update)| update).collect()
    }

    /// Fills in `rows`, of the updates in `order`, what depends on what other updates ever named.
    fn replay(&self, gathered: &Gathered, conditions: &Conditions, order: &[u32], rows: &mut [Row]) {
        let total = count(order.len());
        let position = |revision: u32| self.revisions.get(revision as usize).map_or(NOWHERE, |(position, _)| *position);
        let imported = |position: u32| gathered.entries.get(position as usize).map(|entry| entry.imported);
        let marks = self.revisions.iter().map(|(position, update)| (imported(*position).unwrap_or_default(), *update));
        let arrivals = Arrivals::new(marks);
        let bundled =
            |revision| gathered.bundled.row(position(revision)).iter().filter_map(|update| self.place(*update));
        let (bundled, named) = side_by_side(
            || History::of_names(&arrivals, total, bundled),
            || {
                History::of_conditions(&arrivals, total, conditions, |revision| {
                    gathered.clauses_of.row(position(revision))
                })
            },
        );
        for (row, update) in rows.iter_mut().zip(order) {
            row.is_leaf = !named.is_named(*update);
            row.is_member = bundled.is_named(*update);
            row.changed = named.changed(*update);
            if !row.is_fact() && !row.explicitly_deployable {
                row.changed = row.changed.max(bundled.changed(*update));
            }
        }
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
