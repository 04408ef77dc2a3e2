use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use model::{Approval, UpdateId, UpdateType};
use roaring::RoaringBitmap;

use super::Snapshot;
use super::arrange::{Arranged, ascending, members_of};
use crate::cache::Cache;
use crate::conditions::Conditions;
use crate::csr::{Csr, at, count};
use crate::drivers::{DriverIndex, is_printer};
use crate::numbers::Numbers;
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

        let Arranged { latest, mut rows, conditions, by_update, of_entry } = Arranged::new(&entries);
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
        let (free, filed) = file(&in_scope, &conditions);

        let drivers_of = |index: &u32| latest.get(*index as usize).map(|entry| entry.revision.drivers.as_slice());
        let is_driver =
            |index: &u32| rows.get(*index as usize).is_some_and(|row| row.update_type == UpdateType::Driver);
        let prints = |index: &u32| drivers_of(index).into_iter().flatten().any(|driver| is_printer(&driver.class));
        let drivers_in_scope: RoaringBitmap = in_scope.iter().filter(is_driver).collect();
        let printers_in_scope = drivers_in_scope.iter().filter(prints).collect();
        let matches = |index: u32| Some((index, rows.get(index as usize)?.id, drivers_of(&index)?));
        let drivers = DriverIndex::new(drivers_in_scope.iter().filter_map(matches));

        Self {
            mark,
            groups,
            numbers: Numbers::new(&entries, &of_entry, &rows),
            changed: rows.iter().map(|row| row.changed).max().unwrap_or_default(),
            approvals: effective(approvals, &rows, &by_update),
            by_update,
            bundles: bundled.inverted(count(rows.len())),
            superseded_by: superseded.inverted(count(rows.len())),
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
