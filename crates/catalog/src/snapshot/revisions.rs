use std::collections::HashMap;

use foldhash::fast::RandomState;
use model::{ChangeMark, RevisionId, RevisionNumber, UpdateId, UpdateIdentity, UpdateType};

use super::arrange::{Arranged, NOWHERE};
use crate::bits::Bits;
use crate::conditions::Conditions;
use crate::csr::{Csr, at, count};
use crate::drivers::DriverIndex;
use crate::gathered::Gathered;
use crate::needed::Needed;
use crate::numbers::Numbers;
use crate::row::Row;
use crate::side_by_side::side_by_side;

/// The layer of a snapshot that follows from revisions alone.
#[derive(Debug)]
pub(super) struct Revisions {
    pub(super) rows: Vec<Row>,
    by_update: HashMap<UpdateId, u32, RandomState>,
    pub(super) numbers: Numbers,
    /// When the last of the rows changed for other reasons than approvals.
    pub(super) changed: ChangeMark,
    pub(super) conditions: Conditions,
    /// Revision to the updates it bundles.
    pub(super) bundled: Csr,
    /// Revisions that bundle one that is not the latest of its update, with that one; by the first.
    pub(super) older_members: Vec<(u32, UpdateIdentity)>,
    /// Update to the revisions that bundle it.
    pub(super) bundles: Csr,
    /// Update to the revisions that supersede it.
    pub(super) superseded_by: Csr,
    pub(super) drivers: DriverIndex,
    pub(super) is_driver: Bits,
}

impl Revisions {
    /// The layer of what was gathered, in time proportional to its relations.
    pub(super) fn new(gathered: &Gathered) -> Self {
        let Arranged { latest, rows, conditions, by_update, index_of, revisions } = Arranged::new(gathered);
        let named = |relations: &Csr| {
            let mut named = Csr::with_capacity(latest.len());
            for position in &latest {
                let indexes = relations.row(*position).iter().map(|update| at(&index_of, *update));
                let mut indexes: Vec<u32> = indexes.filter(|index| *index != NOWHERE).collect();
                indexes.sort_unstable();
                named.push(indexes);
            }
            named
        };
        let total = count(rows.len());
        let mut of_entry = vec![NOWHERE; gathered.entries.len()];
        for (index, position) in (0..).zip(&latest) {
            if let Some(slot) = of_entry.get_mut(*position as usize) {
                *slot = index;
            }
        }
        let is_latest = |position| Some(at(&of_entry, position)).filter(|index| *index != NOWHERE);
        let mut is_driver = Bits::none(rows.len());
        for (index, _) in (0..).zip(&rows).filter(|(_, row)| row.update_type == UpdateType::Driver) {
            is_driver.insert(index);
        }
        let numbers = Numbers::new(&gathered.entries, &revisions, &rows);
        let (superseded_by, (bundled, drivers)) = side_by_side(
            || named(&gathered.superseded).inverted(total),
            || {
                let latest = |entry| is_latest(entry).filter(|index| is_driver.contains(*index));
                (named(&gathered.bundled), DriverIndex::new(&gathered.drivers, latest))
            },
        );
        Self {
            older_members: older_members(gathered, &latest, &index_of, &rows, &numbers),
            numbers,
            changed: rows.iter().map(|row| row.changed).max().unwrap_or_default(),
            by_update,
            conditions,
            bundles: bundled.inverted(total),
            bundled,
            superseded_by,
            drivers,
            is_driver,
            rows,
        }
    }

    pub(super) fn row(&self, index: u32) -> Option<&Row> {
        self.rows.get(index as usize)
    }

    pub(super) fn index_of(&self, update: UpdateId) -> Option<u32> {
        self.by_update.get(&update).copied()
    }

    /// The indexes of those updates that this server has.
    pub(super) fn indexes_of(&self, updates: &[UpdateId]) -> Vec<u32> {
        updates.iter().filter_map(|update| self.index_of(*update)).collect()
    }

    /// The updates of `revisions` that this server knows, old revisions included; ascending, each once.
    pub(super) fn updates_of(&self, revisions: &[RevisionId]) -> Box<[u32]> {
        let mut indexes: Vec<u32> = revisions.iter().filter_map(|revision| self.numbers.update_of(*revision)).collect();
        indexes.sort_unstable();
        indexes.dedup();
        indexes.into()
    }

    /// The updates at `indexes`, ready to be compared with what a client has.
    pub(super) fn needed(&self, indexes: Bits) -> Needed {
        Needed::new(indexes, self.numbers.size(), |index| Some(self.row(index)?.id))
    }

    /// True if every condition of the revision at `index` is among those `satisfied`.
    pub(super) fn is_met(&self, index: u32, satisfied: &Bits) -> bool {
        self.conditions.of(index).iter().all(|condition| satisfied.contains(*condition))
    }
}

/// What the latest revisions bundle that is not the latest itself, as far as it is here.
fn older_members(
    gathered: &Gathered,
    latest: &[u32],
    index_of: &[u32],
    rows: &[Row],
    numbers: &Numbers,
) -> Vec<(u32, UpdateIdentity)> {
    let mut older = Vec::new();
    for (index, position) in (0..).zip(latest) {
        let named = gathered.bundled.row(*position).iter().zip(gathered.bundled_numbers.row(*position));
        for (update, number) in named {
            let row = rows.get(at(index_of, *update) as usize);
            let named = row.zip(RevisionNumber::new(*number).ok());
            let Some((row, revision_number)) = named.filter(|(row, number)| row.identity.revision_number != *number)
            else {
                continue;
            };
            let member = UpdateIdentity { revision_number, ..row.identity };
            if numbers.older(member).is_some() {
                older.push((index, member));
            }
        }
    }
    older
}
