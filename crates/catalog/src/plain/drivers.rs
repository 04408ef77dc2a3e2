use std::cmp::Ordering;
use std::collections::BTreeMap;

use model::{CatalogEntry, DriverMatch, DriverVersion, HardwareId, RevisionId};
use uuid::Uuid;

use crate::query::{Device, DriverQuery, InstalledDriver};

/// A driver, or the installed one, as it is compared for a device.
struct Match<'a> {
    /// `None` for the installed driver.
    driver: Option<(&'a CatalogEntry, &'a DriverMatch)>,
    computer: Option<usize>,
    score: u8,
    hardware_id: Option<usize>,
    date_days: i32,
    version: DriverVersion,
}

/// The driver revisions that are needed, with the hardware ids each was selected for.
pub(super) fn best(eligible: &[&CatalogEntry], query: &DriverQuery<'_>) -> BTreeMap<RevisionId, Vec<HardwareId>> {
    let mut needed: BTreeMap<RevisionId, Vec<HardwareId>> = BTreeMap::new();
    for device in query.devices {
        let mut best: Option<Match<'_>> = None;
        for entry in eligible {
            for driver in &entry.revision.drivers {
                let Some(candidate) = matched(entry, driver, device, query) else { continue };
                if best.as_ref().is_none_or(|best| is_better(&candidate, best)) {
                    best = Some(candidate);
                }
            }
        }
        let Some(best) = best else { continue };
        let Some((entry, driver)) = best.driver else { continue };
        if let Some(installed) = &device.installed {
            let is_printer = ["printer", "printers"].contains(&installed.class.to_lowercase().as_str());
            let same_maker = entry.revision.drivers.iter().any(|driver| has_maker(driver, installed));
            if !is_better(&best, &as_match(installed, device, query)) || (is_printer && !same_maker) {
                continue;
            }
        }
        let ids = needed.entry(entry.id).or_default();
        if !ids.contains(&driver.hardware_id) {
            ids.push(driver.hardware_id.clone());
        }
    }
    needed
}

/// `driver` for `device`; `None` if it is for another device or another computer.
fn matched<'a>(
    entry: &'a CatalogEntry,
    driver: &'a DriverMatch,
    device: &Device,
    query: &DriverQuery<'_>,
) -> Option<Match<'a>> {
    let hardware_id = Some(position(device, &driver.hardware_id)?);
    let (target, distribution) = (&driver.target_computers, &driver.distribution_computers);
    let is_for = |id: &Uuid| {
        (target.is_empty() || target.contains(id)) && (distribution.is_empty() || distribution.contains(id))
    };
    let computer = query.computer_ids.iter().position(is_for);
    let for_all = target.is_empty() && distribution.is_empty();
    if !for_all && computer.is_none() {
        return None;
    }
    let key = query.feature_key.map(str::to_lowercase);
    let mut score = u8::MAX;
    for candidate in &driver.feature_scores {
        if Some(candidate.operating_system.to_lowercase()) == key {
            score = score.min(candidate.score);
        }
    }
    Some(Match {
        driver: Some((entry, driver)),
        computer: computer.filter(|_| !for_all),
        score,
        hardware_id,
        date_days: driver.date_days,
        version: driver.version,
    })
}

fn as_match<'a>(installed: &InstalledDriver, device: &Device, query: &DriverQuery<'_>) -> Match<'a> {
    let score = match (query.feature_key, installed.rank) {
        (Some(_), Some(rank)) => u8::try_from((rank >> 16) & 0xff).unwrap_or(u8::MAX),
        _ => u8::MAX,
    };
    Match {
        driver: None,
        computer: query.computer_ids.iter().position(|id| Some(*id) == installed.computer),
        score,
        hardware_id: installed.matching_id.as_ref().and_then(|id| position(device, id)),
        date_days: installed.date_days,
        version: installed.version,
    }
}

/// The rules of MS-WUSP 3.1.5.7 one after the other; between drivers that are equally good the lower id.
fn is_better(one: &Match<'_>, other: &Match<'_>) -> bool {
    let earlier = |one: Option<usize>, other: Option<usize>| match (one, other) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    let by_rules = earlier(one.computer, other.computer)
        .then(one.score.cmp(&other.score))
        .then(earlier(one.hardware_id, other.hardware_id))
        .then(other.date_days.cmp(&one.date_days))
        .then(other.version.cmp(&one.version));
    match (one.driver, other.driver) {
        (Some((one, _)), Some((other, _))) => by_rules.then(one.id.cmp(&other.id)) == Ordering::Less,
        _ => by_rules == Ordering::Less,
    }
}

fn position(device: &Device, id: &HardwareId) -> Option<usize> {
    device.hardware_ids.iter().chain(&device.compatible_ids).position(|known| known == id)
}

fn has_maker(driver: &DriverMatch, installed: &InstalledDriver) -> bool {
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let mut compatible = driver.compatible_providers.iter();
    same(&driver.manufacturer, &installed.manufacturer)
        && (same(&driver.provider, &installed.provider)
            || compatible.any(|provider| same(provider, &installed.provider)))
}
