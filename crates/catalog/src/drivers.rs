mod rank;

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{DriverVersion, HardwareId, RevisionId};
use uuid::Uuid;

use crate::borrowed::BorrowedDriver;
use crate::csr::{Csr, at, count};
use crate::interned::Interned;
use crate::query::{Device, DriverQuery, InstalledDriver};
pub(crate) use rank::{Rank, computer_ids, is_printer};

/// What every driver revision matches, in the order they came; what many share is known by its number.
#[derive(Clone, Debug, Default)]
pub(crate) struct DriverTable {
    rows: Vec<DriverRow>,
    /// In lower case.
    hardware_ids: Interned<Box<str>>,
    scores: Interned<Vec<(Box<str>, u8)>>,
    computers: Interned<Option<Vec<Uuid>>>,
    makers: Interned<Maker>,
}

/// One `WindowsDriverMetaData`.
#[derive(Clone, Debug)]
struct DriverRow {
    /// Position of the revision among all that came.
    entry: u32,
    id: RevisionId,
    hardware_id: u32,
    scores: u32,
    computers: u32,
    maker: u32,
    date_days: i32,
    is_printer: bool,
    version: DriverVersion,
}

/// Who made a driver; in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Maker {
    manufacturer: Box<str>,
    provider: Box<str>,
    compatible_providers: Vec<Box<str>>,
}

impl DriverTable {
    /// Adds what the revision `id`, which came as the one at position `entry`, matches.
    pub(crate) fn push(&mut self, entry: u32, id: RevisionId, matches: &[BorrowedDriver<'_>]) {
        let mut before: Option<(&BorrowedDriver<'_>, DriverRow)> = None;
        for driver in matches {
            // The rows of one driver differ in the hardware id as a rule, and what is the same need not be looked up again.
            let same = |is_same: fn(&BorrowedDriver<'_>, &BorrowedDriver<'_>) -> bool,
                        number: fn(&DriverRow) -> u32| {
                before.as_ref().filter(|(other, _)| is_same(driver, other)).map(|(_, row)| number(row))
            };
            let scores = same(|one, other| one.feature_scores == other.feature_scores, |row| row.scores);
            let computers = same(
                |one, other| {
                    one.target_computers == other.target_computers
                        && one.distribution_computers == other.distribution_computers
                },
                |row| row.computers,
            );
            let maker = same(Maker::is_same, |row| row.maker);
            let row = DriverRow {
                entry,
                id,
                hardware_id: self.hardware_ids.intern_copy(driver.hardware_id),
                scores: scores.unwrap_or_else(|| self.scores.intern(scores_of(driver))),
                computers: computers.unwrap_or_else(|| self.computers.intern(computer_ids(driver))),
                maker: maker.unwrap_or_else(|| self.makers.intern(Maker::new(driver))),
                date_days: driver.date_days,
                is_printer: is_printer(driver.class),
                version: driver.version,
            };
            self.rows.push(row.clone());
            before = Some((driver, row));
        }
    }
}

fn scores_of(driver: &BorrowedDriver<'_>) -> Vec<(Box<str>, u8)> {
    driver.feature_scores.iter().map(|score| (score.operating_system.to_lowercase().into(), score.score)).collect()
}

/// What the latest revisions of drivers match, found by hardware id.
#[derive(Debug)]
pub(crate) struct DriverIndex {
    table: Arc<DriverTable>,
    /// Hardware id to the rows of latest revisions.
    matching: Csr,
    /// Row to the index of its update.
    updates: Vec<u32>,
    /// The updates with their first row, ascending.
    first_rows: Vec<(u32, u32)>,
}

impl DriverIndex {
    /// The index of `table`; `latest` gives the update whose latest revision came at a position.
    pub(crate) fn new(table: &Arc<DriverTable>, latest: impl Fn(u32) -> Option<u32>) -> Self {
        let mut ids = Csr::with_capacity(table.rows.len());
        let mut updates = Vec::with_capacity(table.rows.len());
        let mut first_rows: Vec<(u32, u32)> = Vec::new();
        for (number, row) in (0..).zip(&table.rows) {
            let update = latest(row.entry);
            ids.push(update.map(|_| row.hardware_id));
            updates.push(update.unwrap_or(u32::MAX));
            if let Some(update) = update.filter(|update| first_rows.last().is_none_or(|(last, _)| last != update)) {
                first_rows.push((update, number));
            }
        }
        first_rows.sort_unstable();
        let matching = ids.inverted(count(table.hardware_ids.values().len()));
        Self { table: Arc::clone(table), matching, updates, first_rows }
    }

    /// The updates that drive printers.
    pub(crate) fn printers(&self) -> impl Iterator<Item = u32> {
        let prints = |update: &u32| self.rows_of(*update).any(|row| row.is_printer);
        self.first_rows.iter().map(|(update, _)| *update).filter(prints)
    }

    /// The drivers that `query` needs among those that `eligible` lets through, by index, each with the
    /// hardware ids it was selected for.
    ///
    /// For each device: the best of all; and only if it is better than the one installed, and for an
    /// installed printer only if it comes from the same maker (MS-WUSP 3.1.5.7). Of drivers that are
    /// equally good the one with the lowest id is taken.
    pub(crate) fn best(
        &self,
        query: &DriverQuery<'_>,
        eligible: impl Fn(u32) -> bool,
    ) -> BTreeMap<u32, Vec<HardwareId>> {
        let key = query.feature_key.map(str::to_lowercase);
        let mut best: BTreeMap<u32, Vec<HardwareId>> = BTreeMap::new();
        for device in query.devices {
            let Some((rank, update, row)) = self.best_for(device, query.computer_ids, key.as_deref(), &eligible) else {
                continue;
            };
            let suits = device.installed.as_ref().is_none_or(|installed| {
                rank < Rank::installed(installed, device, query.computer_ids, key.is_some())
                    && (!is_printer(&installed.class) || self.has_maker(update, installed))
            });
            if let (true, Some(id)) = (suits, self.table.hardware_ids.value(row.hardware_id)) {
                let selected = best.entry(update).or_default();
                if !selected.iter().any(|selected| selected.as_str() == &**id) {
                    selected.push(HardwareId::new(id));
                }
            }
        }
        best
    }

    /// The hardware ids of a driver, in the order of its document.
    pub(crate) fn hardware_ids_of(&self, update: u32) -> Vec<&str> {
        self.rows_of(update).filter_map(|row| self.table.hardware_ids.value(row.hardware_id)).map(|id| &**id).collect()
    }

    fn best_for(
        &self,
        device: &Device,
        computer_ids: &[Uuid],
        key: Option<&str>,
        eligible: impl Fn(u32) -> bool,
    ) -> Option<(Rank, u32, &DriverRow)> {
        let table = &*self.table;
        let ids = device.hardware_ids.iter().chain(&device.compatible_ids);
        let known =
            ids.enumerate().filter_map(|(position, id)| Some((position, table.hardware_ids.number(id.as_str())?)));
        let rows = known.flat_map(|(position, id)| self.matching.row(id).iter().map(move |row| (position, *row)));
        rows.map(|(position, row)| (position, at(&self.updates, row), row))
            .filter(|(_, update, _)| eligible(*update))
            .filter_map(|(position, update, row)| {
                let row = table.rows.get(row as usize)?;
                Some((self.rank(row, position, computer_ids, key)?, update, row))
            })
            .min_by_key(|(rank, _, row)| (*rank, row.id))
    }

    /// How well `row` suits; `None` if it is for other computers only.
    fn rank(&self, row: &DriverRow, position: usize, computer_ids: &[Uuid], key: Option<&str>) -> Option<Rank> {
        let targets = self.table.computers.value(row.computers)?.as_deref();
        let scores = self.table.scores.value(row.scores)?;
        Some(Rank {
            computer: rank::computer_position(targets, computer_ids)?,
            score: rank::score(scores.iter().map(|(system, score)| (&**system, *score)), key),
            hardware_id: position,
            date: std::cmp::Reverse(row.date_days),
            version: std::cmp::Reverse(row.version),
        })
    }

    /// True if a row of the driver is by the maker of the installed one.
    fn has_maker(&self, update: u32, installed: &InstalledDriver) -> bool {
        self.rows_of(update).filter_map(|row| self.table.makers.value(row.maker)).any(|maker| maker.made(installed))
    }

    fn rows_of(&self, update: u32) -> impl Iterator<Item = &DriverRow> {
        let found = self.first_rows.binary_search_by_key(&update, |(update, _)| *update).ok();
        let start = found.and_then(|found| self.first_rows.get(found)).map(|(_, row)| *row as usize);
        let rows = start.and_then(|start| self.table.rows.get(start..)).unwrap_or_default();
        let entry = rows.first().map(|row| row.entry);
        rows.iter().take_while(move |row| Some(row.entry) == entry)
    }
}

impl Maker {
    fn new(driver: &BorrowedDriver<'_>) -> Self {
        Self {
            manufacturer: driver.manufacturer.to_lowercase().into(),
            provider: driver.provider.to_lowercase().into(),
            compatible_providers: driver
                .compatible_providers
                .iter()
                .map(|provider| provider.to_lowercase().into())
                .collect(),
        }
    }

    fn is_same(one: &BorrowedDriver<'_>, other: &BorrowedDriver<'_>) -> bool {
        one.manufacturer == other.manufacturer
            && one.provider == other.provider
            && one.compatible_providers == other.compatible_providers
    }

    /// True if manufacturer and provider are those of `installed`, or its provider is a compatible one.
    fn made(&self, installed: &InstalledDriver) -> bool {
        let provider = installed.provider.to_lowercase();
        *self.manufacturer == *installed.manufacturer.to_lowercase()
            && (*self.provider == *provider || self.compatible_providers.iter().any(|other| **other == *provider))
    }
}

#[cfg(test)]
mod tests;
