mod rank;

use std::collections::BTreeMap;

use model::{DriverMatch, DriverVersion, HardwareId, RevisionId};
use uuid::Uuid;

use crate::csr::{Csr, count};
use crate::interned::Interned;
use crate::query::{Device, DriverQuery, InstalledDriver};
pub(crate) use rank::{Rank, computer_ids, is_printer};

/// What the drivers in scope match, found by hardware id.
#[derive(Debug, Default)]
pub(crate) struct DriverIndex {
    /// By revision, ascending.
    rows: Vec<DriverRow>,
    /// Hardware id to its rows.
    matching: Csr,
    hardware_ids: Interned<HardwareId>,
    scores: Interned<Vec<(Box<str>, u8)>>,
    computers: Interned<Option<Vec<Uuid>>>,
    makers: Interned<Maker>,
}

/// One `WindowsDriverMetaData`; what many share is known by its number.
#[derive(Debug)]
struct DriverRow {
    revision: u32,
    id: RevisionId,
    hardware_id: u32,
    scores: u32,
    computers: u32,
    maker: u32,
    date_days: i32,
    version: DriverVersion,
}

/// Who made a driver; in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Maker {
    manufacturer: Box<str>,
    provider: Box<str>,
    compatible_providers: Vec<Box<str>>,
}

impl DriverIndex {
    /// The index of `drivers`, given by revision in ascending order.
    pub(crate) fn new<'a>(drivers: impl Iterator<Item = (u32, RevisionId, &'a [DriverMatch])>) -> Self {
        let mut index = Self::default();
        for (revision, id, matches) in drivers {
            for driver in matches {
                let row = DriverRow {
                    revision,
                    id,
                    hardware_id: index.hardware_ids.intern(driver.hardware_id.clone()),
                    scores: index.scores.intern(
                        driver
                            .feature_scores
                            .iter()
                            .map(|score| (score.operating_system.to_lowercase().into(), score.score))
                            .collect(),
                    ),
                    computers: index.computers.intern(computer_ids(driver)),
                    maker: index.makers.intern(Maker::new(driver)),
                    date_days: driver.date_days,
                    version: driver.version,
                };
                index.rows.push(row);
            }
        }
        let mut ids = Csr::with_capacity(index.rows.len());
        index.rows.iter().for_each(|row| ids.push([row.hardware_id]));
        index.matching = ids.inverted(count(index.hardware_ids.values().len()));
        index
    }

    /// The drivers that `query` needs among those that `eligible` lets through, by revision, each with the
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
            let Some((rank, row)) = self.best_for(device, query.computer_ids, key.as_deref(), &eligible) else {
                continue;
            };
            let suits = device.installed.as_ref().is_none_or(|installed| {
                rank < Rank::installed(installed, device, query.computer_ids, key.is_some())
                    && (!is_printer(&installed.class) || self.has_maker(row.revision, installed))
            });
            if let (true, Some(id)) = (suits, self.hardware_ids.value(row.hardware_id)) {
                let selected = best.entry(row.revision).or_default();
                if !selected.contains(id) {
                    selected.push(id.clone());
                }
            }
        }
        best
    }

    /// The hardware ids of a driver, in the order of its document.
    pub(crate) fn hardware_ids_of(&self, revision: u32) -> Vec<&HardwareId> {
        self.rows_of(revision).filter_map(|row| self.hardware_ids.value(row.hardware_id)).collect()
    }

    fn best_for(
        &self,
        device: &Device,
        computer_ids: &[Uuid],
        key: Option<&str>,
        eligible: impl Fn(u32) -> bool,
    ) -> Option<(Rank, &DriverRow)> {
        let ids = device.hardware_ids.iter().chain(&device.compatible_ids);
        let known = ids.enumerate().filter_map(|(position, id)| Some((position, self.hardware_ids.number(id)?)));
        let rows = known.flat_map(|(position, id)| {
            self.matching.row(id).iter().filter_map(move |row| Some((position, self.rows.get(*row as usize)?)))
        });
        rows.filter(|(_, row)| eligible(row.revision))
            .filter_map(|(position, row)| Some((self.rank(row, position, computer_ids, key)?, row)))
            .min_by_key(|(rank, row)| (*rank, row.id))
    }

    /// How well `row` suits; `None` if it is for other computers only.
    fn rank(&self, row: &DriverRow, position: usize, computer_ids: &[Uuid], key: Option<&str>) -> Option<Rank> {
        let targets = self.computers.value(row.computers)?.as_deref();
        let scores = self.scores.value(row.scores)?;
        Some(Rank {
            computer: rank::computer_position(targets, computer_ids)?,
            score: rank::score(scores.iter().map(|(system, score)| (&**system, *score)), key),
            hardware_id: position,
            date: std::cmp::Reverse(row.date_days),
            version: std::cmp::Reverse(row.version),
        })
    }

    /// True if a row of the revision is by the maker of the installed driver.
    fn has_maker(&self, revision: u32, installed: &InstalledDriver) -> bool {
        self.rows_of(revision).filter_map(|row| self.makers.value(row.maker)).any(|maker| maker.made(installed))
    }

    fn rows_of(&self, revision: u32) -> impl Iterator<Item = &DriverRow> {
        let start = self.rows.partition_point(|row| row.revision < revision);
        self.rows.get(start..).unwrap_or_default().iter().take_while(move |row| row.revision == revision)
    }
}

impl Maker {
    fn new(driver: &DriverMatch) -> Self {
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

    /// True if manufacturer and provider are those of `installed`, or its provider is a compatible one.
    fn made(&self, installed: &InstalledDriver) -> bool {
        let provider = installed.provider.to_lowercase();
        *self.manufacturer == *installed.manufacturer.to_lowercase()
            && (*self.provider == *provider || self.compatible_providers.iter().any(|other| **other == *provider))
    }
}

#[cfg(test)]
mod tests;
