use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use model::{Approval, CatalogEntry, Relations, UpdateId, UpdateType};
use roaring::RoaringBitmap;

use super::Snapshot;
use crate::cache::Cache;
use crate::conditions::{Collector, Conditions};
use crate::csr::{Csr, at, count};
use crate::drivers::{DriverIndex, is_printer};
use crate::history::{History, arrivals};
use crate::row::Row;
use crate::source::Source;

/// Distinct sets of groups whose deployments are kept.
const SCOPES_MAX: usize = 256;
/// Distinct sets of installed updates whose needs are kept: computers with the same build share one, and a
/// cold scan passes through a few.
const NEEDED_MAX: usize = 512;
/// Distinct category filters that are kept.
const FILTERS_MAX: usize = 64;

impl Snapshot {
    /// Builds the snapshot of `source`, in time proportional to its relations.
    ///
    /// Of entries with one identity the first is taken; approvals and declines of unknown updates have no effect.
    pub fn build(source: Source) -> Self {
        let Source { mut entries, declined, approvals, groups, mark } = source;
        entries.sort_by_cached_key(|entry| entry.revision.identity);
        entries.dedup_by_key(|entry| entry.revision.identity);

        // Updates are first numbered by id, then, once their depth is known, for good.
        let updates = Updates::of(&entries);
        let resolve = |id: UpdateId| updates.numbers.get(&id).copied();
        let mut collected = Collector::default();
        let mut members = Csr::with_capacity(entries.len());
        for entry in &entries {
            collected.push(&entry.revision.relations.prerequisites, resolve);
            members.push(members_of(&entry.revision.relations, resolve));
        }
        let mut arrivals =
            arrivals(entries.iter().zip(&updates.of_entry).map(|(entry, update)| (entry.imported, *update)));
        let total = count(updates.latest.len());
        let named = History::replay(&mut arrivals, total, |entry| collected.named(entry));
        let bundled = History::replay(&mut arrivals, total, |entry| members.row(entry).iter().copied());

        let conditions = collected.conditions_of(updates.latest.iter().copied());
        let latest_id = |update: u32| entries.get(at(&updates.latest, update) as usize).map(|entry| entry.id);
        let depths = conditions.depths();
        let mut order: Vec<u32> = (0..total).collect();
        order.sort_by_cached_key(|update| (at(&depths, *update), latest_id(*update)));
        let mut index_of = vec![0; order.len()];
        for (index, update) in order.iter().enumerate() {
            if let Some(slot) = index_of.get_mut(*update as usize) {
                *slot = count(index);
            }
        }
        let conditions = conditions.renumbered(&order, &index_of);
        let by_update: HashMap<UpdateId, u32, RandomState> =
            updates.numbers.iter().map(|(id, update)| (*id, at(&index_of, *update))).collect();

        let latest: Vec<&CatalogEntry> =
            order.iter().filter_map(|update| entries.get(at(&updates.latest, *update) as usize)).collect();
        let mut rows: Vec<Row> = latest.iter().map(|entry| Row::new(entry)).collect();
        for (row, update) in rows.iter_mut().zip(&order) {
            row.is_leaf = !named.is_named(*update);
            row.is_member = bundled.is_named(*update);
            row.changed = named.changed(*update);
            if !row.is_fact() && !row.explicitly_deployable {
                row.changed = row.changed.max(bundled.changed(*update));
            }
        }
        for declined in &declined {
            let row = by_update.get(&declined.update_id).and_then(|index| rows.get_mut(*index as usize));
            row.into_iter().for_each(|row| row.is_declined = true);
        }

        let resolve = |id: UpdateId| by_update.get(&id).copied();
        let mut bundled = Csr::with_capacity(latest.len());
        let mut superseded = Csr::with_capacity(latest.len());
        for entry in &latest {
            let relations = &entry.revision.relations;
            bundled.push(members_of(relations, resolve));
            superseded.push(ascending(relations.superseded.iter().filter_map(|id| resolve(*id)).collect()));
        }
        let in_scope = membership(&rows, &conditions, &bundled);
        let among = |wanted: fn(&CatalogEntry) -> bool| -> RoaringBitmap {
            let wanted = |index: &u32| latest.get(*index as usize).is_some_and(|entry| wanted(entry));
            in_scope.iter().filter(wanted).collect()
        };
        let drivers_in_scope = among(|entry| entry.revision.update_type == UpdateType::Driver);
        let matches = |index: u32| {
            let entry = latest.get(index as usize)?;
            Some((index, entry.id, entry.revision.drivers.as_slice()))
        };
        let drivers = DriverIndex::new(drivers_in_scope.iter().filter_map(matches));
        let printers_in_scope = among(|entry| {
            entry.revision.update_type == UpdateType::Driver
                && entry.revision.drivers.iter().any(|driver| is_printer(&driver.class))
        });
        let (free, filed) = file(&in_scope, &conditions);

        Self {
            mark,
            groups,
            by_revision: entries
                .iter()
                .zip(&updates.of_entry)
                .map(|(entry, update)| (entry.id, (at(&index_of, *update), entry.revision.identity.revision_number)))
                .collect(),
            older: older(&entries, &updates),
            approvals: effective(approvals, &rows, &by_update),
            by_update,
            bundles: bundled.inverted(total),
            superseded_by: superseded.inverted(total),
            rows,
            conditions,
            bundled,
            in_scope,
            drivers_in_scope,
            printers_in_scope,
            free,
            filed,
            drivers,
            scopes: Cache::new(SCOPES_MAX),
            needed: Cache::new(NEEDED_MAX),
            filters: Cache::new(FILTERS_MAX),
        }
    }
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
    /// `entries` ascend by update and revision number.
    fn of(entries: &[CatalogEntry]) -> Self {
        let mut updates =
            Self { numbers: HashMap::default(), of_entry: Vec::with_capacity(entries.len()), latest: Vec::new() };
        for run in entries.chunk_by(|one, other| one.revision.identity.update_id == other.revision.identity.update_id) {
            let number = count(updates.latest.len());
            updates.of_entry.extend(run.iter().map(|_| number));
            updates.latest.push(count(updates.of_entry.len() - 1));
            updates.numbers.extend(run.first().map(|entry| (entry.revision.identity.update_id, number)));
        }
        updates
    }
}

/// The updates that a revision bundles. It names revisions, but of each update only the latest is offered
/// (client-server 15.15).
fn members_of(relations: &Relations, resolve: impl Fn(UpdateId) -> Option<u32>) -> Vec<u32> {
    let members = relations.bundled.iter().flat_map(|clause| &clause.members);
    ascending(members.filter_map(|identity| resolve(identity.update_id)).collect())
}

fn ascending(mut indexes: Vec<u32>) -> Vec<u32> {
    indexes.sort_unstable();
    indexes.dedup();
    indexes
}

fn older(
    entries: &[CatalogEntry],
    updates: &Updates,
) -> HashMap<model::UpdateIdentity, model::RevisionId, RandomState> {
    let numbered = entries.iter().zip(&updates.of_entry).enumerate();
    numbered
        .filter(|(position, (_, update))| at(&updates.latest, **update) != count(*position))
        .map(|(_, (entry, _))| (entry.revision.identity, entry.id))
        .collect()
}

/// What is offered at all: what is not declined and does not merely go with a bundle, and, from there on,
/// every prerequisite and every member of a bundle.
///
/// Of what is declined, only categories and detectoids are offered, and only where something in scope needs them.
fn membership(rows: &[Row], conditions: &Conditions, bundled: &Csr) -> RoaringBitmap {
    let row = |index: u32| rows.get(index as usize);
    let mut reached = vec![false; rows.len()];
    let mut tested = vec![false; conditions.len()];
    let own = |index: &u32| row(*index).is_some_and(|row| !row.is_declined && !row.follows_bundle());
    let mut open: Vec<u32> = (0..count(rows.len())).filter(own).collect();
    while let Some(index) = open.pop() {
        if !set(&mut reached, index) {
            continue;
        }
        for condition in conditions.of(index) {
            if set(&mut tested, *condition) {
                let offered = |index: &&u32| row(**index).is_some_and(|row| !row.is_declined || row.is_fact());
                open.extend(conditions.members(*condition).iter().filter(offered));
            }
        }
        open.extend(bundled.row(index).iter().filter(|index| row(**index).is_some_and(|row| !row.is_declined)));
    }
    (0..count(rows.len())).filter(|index| at(&reached, *index)).collect()
}

/// Sets a flag; true if it was not set before.
fn set(flags: &mut [bool], index: u32) -> bool {
    flags.get_mut(index as usize).is_some_and(|flag| !std::mem::replace(flag, true))
}

/// Files each revision in scope under its rarest condition, so that a scan looks at a revision only if the
/// condition that is hardest to meet is met; what has no condition is free.
fn file(in_scope: &RoaringBitmap, conditions: &Conditions) -> (RoaringBitmap, Csr) {
    let mut frequency = vec![0_u32; conditions.len()];
    for condition in in_scope.iter().flat_map(|index| conditions.of(index)) {
        if let Some(frequency) = frequency.get_mut(*condition as usize) {
            *frequency += 1;
        }
    }
    let rarest = |index: u32| {
        conditions.of(index).iter().copied().min_by_key(|condition| (at(&frequency, *condition), *condition))
    };
    let free = in_scope.iter().filter(|index| conditions.of(*index).is_empty()).collect();
    let mut under = Csr::default();
    let last = in_scope.max().map_or(0, |last| last + 1);
    (0..last).for_each(|index| under.push(in_scope.contains(index).then(|| rarest(index)).flatten()));
    (free, under.inverted(count(conditions.len())))
}

/// The approvals that can have an effect, by index.
fn effective(
    approvals: Vec<Approval>,
    rows: &[Row],
    by_update: &HashMap<UpdateId, u32, RandomState>,
) -> Vec<(u32, Vec<Approval>)> {
    let mut by_index: BTreeMap<u32, Vec<Approval>> = BTreeMap::new();
    for approval in approvals {
        let Some(index) = by_update.get(&approval.update_id) else { continue };
        if rows.get(*index as usize).is_some_and(Row::can_be_approved) {
            by_index.entry(*index).or_default().push(approval);
        }
    }
    by_index.into_iter().collect()
}
