use std::cmp::Reverse;

use model::DriverVersion;
use uuid::Uuid;

use crate::borrowed::BorrowedDriver;
use crate::query::{Device, InstalledDriver};

/// What a driver without a feature score for the computer's system counts as.
const SCORE_WORST: u8 = u8::MAX;

/// How well a driver suits a device of a computer; the lower the better, the first difference decides (MS-WUSP 3.1.5.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// Position of the computer's id that it is targeted to; [`usize::MAX`] if it is for all computers.
    pub(crate) computer: usize,
    /// Feature score.
    pub(crate) score: u8,
    /// Position of the device's id that it matches; hardware ids first, then compatible ones.
    pub(crate) hardware_id: usize,
    /// Later is better.
    pub(crate) date: Reverse<i32>,
    /// Higher is better.
    pub(crate) version: Reverse<DriverVersion>,
}

impl Rank {
    /// How well the installed driver suits, by the same rules.
    ///
    /// What is not said of it is the worst. Its feature score counts only if those of the others do, that is,
    /// if the computer says which system's scores it wants (`has_key`).
    pub(crate) fn installed(
        installed: &InstalledDriver,
        device: &Device,
        computer_ids: &[Uuid],
        has_key: bool,
    ) -> Self {
        let mut ids = device.hardware_ids.iter().chain(&device.compatible_ids);
        let matched = installed.matching_id.as_ref();
        Self {
            computer: installed
                .computer
                .and_then(|computer| computer_ids.iter().position(|id| *id == computer))
                .unwrap_or(usize::MAX),
            score: installed.rank.filter(|_| has_key).map_or(SCORE_WORST, score_of_rank),
            hardware_id: matched.and_then(|matched| ids.position(|id| id == matched)).unwrap_or(usize::MAX),
            date: Reverse(installed.date_days),
            version: Reverse(installed.version),
        }
    }
}

/// The feature score in a `DriverRank` of the form `0xSSGGTHHH`.
fn score_of_rank(rank: i32) -> u8 {
    let [_, score, _, _] = rank.to_be_bytes();
    score
}

/// The feature score for the system `key`, both in lower case; the lowest if it is there twice.
pub(crate) fn score<'a>(scores: impl Iterator<Item = (&'a str, u8)>, key: Option<&str>) -> u8 {
    let matching = scores.filter(|(system, _)| Some(*system) == key);
    matching.map(|(_, score)| score).min().unwrap_or(SCORE_WORST)
}

/// The computers a driver is for; `None` is all. Where it names both target and distribution computers, those in both.
pub(crate) fn computer_ids(driver: &BorrowedDriver<'_>) -> Option<Vec<Uuid>> {
    let (target, distribution) = (&driver.target_computers, &driver.distribution_computers);
    match (target.is_empty(), distribution.is_empty()) {
        (true, true) => None,
        (false, true) => Some(target.clone()),
        (true, false) => Some(distribution.clone()),
        (false, false) => Some(target.iter().filter(|id| distribution.contains(id)).copied().collect()),
    }
}

/// Position of the first of the computer's ids that is among `targets`; [`usize::MAX`] for a driver for all
/// computers, `None` for one that is for others only.
pub(crate) fn computer_position(targets: Option<&[Uuid]>, computer_ids: &[Uuid]) -> Option<usize> {
    match targets {
        None => Some(usize::MAX),
        Some(targets) => computer_ids.iter().position(|id| targets.contains(id)),
    }
}

/// True for the device class of printers, which is written in two ways.
pub(crate) fn is_printer(class: &str) -> bool {
    ["printer", "printers"].iter().any(|name| class.eq_ignore_ascii_case(name))
}
