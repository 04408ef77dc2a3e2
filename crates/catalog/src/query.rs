use model::{ChangeMark, Deployment, DriverVersion, HardwareId, RevisionId, UpdateId};
use uuid::Uuid;

/// New revisions in one answer, as native sends them (native-behaviour §5.7).
pub const PAGE: usize = 30;

/// New revisions in one answer at the most, when very many are new (MS-WUSP note 55).
pub const PAGE_MAX: usize = 200;

/// How many of `missing` new revisions go into one answer.
///
/// As native sends them, [`PAGE`], while eighteen answers suffice. Beyond that one in eighteen of what is missing, up to
/// [`PAGE_MAX`]: an agent gives up after about 200 round trips (native-behaviour C12), which at 30 a page is a
/// catalog of 6,000 applicable revisions, and this way one of more than 30,000. Each trip also sends the ids of all that
/// came before: 2,000 revisions are 42 trips instead of 67, and 6,573 are 67 instead of 220.
pub(crate) fn page(missing: usize) -> usize {
    (missing / 18).clamp(PAGE, PAGE_MAX)
}

/// Installed ids in one request: native refuses more, and so must the caller (native-behaviour §2.7).
pub const INSTALLED_MAX: usize = 400;

/// A software sync (MS-WUSP 3.1.5.7 with `SkipSoftwareSync` false).
#[derive(Clone, Copy, Debug, Default)]
pub struct SoftwareQuery<'a> {
    /// `InstalledNonLeafUpdateIDs`, in any order; unknown ids satisfy nothing.
    pub installed: &'a [RevisionId],
    /// `OtherCachedUpdateIDs`, in any order; what is installed counts as cached as well.
    pub cached: &'a [RevisionId],
    /// `FilterCategoryIds`; empty is no filter.
    pub filter: &'a [UpdateId],
    /// `NeedTwoGroupOutOfScopeUpdates`; of no effect without a filter.
    pub two_groups: bool,
    /// Up to where the client knows of changes; `None` has it told everything.
    pub since: Option<ChangeMark>,
}

/// A driver sync (MS-WUSP 3.1.5.7 with `SkipSoftwareSync` true).
#[derive(Clone, Copy, Debug, Default)]
pub struct DriverQuery<'a> {
    /// `InstalledNonLeafUpdateIDs`.
    pub installed: &'a [RevisionId],
    /// `CachedDriverIDs`.
    pub cached: &'a [RevisionId],
    /// `FilterCategoryIds`; empty is no filter.
    pub filter: &'a [UpdateId],
    /// `SystemSpec`.
    pub devices: &'a [Device],
    /// `ComputerSpec`, most specific first.
    pub computer_ids: &'a [Uuid],
    /// `FeatureScoreMatchingKey`, in any letter case.
    pub feature_key: Option<&'a str>,
    /// Up to where the client knows of changes; `None` has it told everything.
    pub since: Option<ChangeMark>,
}

/// A request of the Add Printer wizard (MS-WUSP 3.1.5.12, SyncPrinterCatalog).
#[derive(Clone, Copy, Debug, Default)]
pub struct PrinterQuery<'a> {
    /// `installedNonLeafUpdateIDs`.
    pub installed: &'a [RevisionId],
    /// `printerUpdateIDs`.
    pub cached: &'a [RevisionId],
    /// Up to where the client knows of changes; `None` has it told everything.
    pub since: Option<ChangeMark>,
}

/// A device of a computer (`SystemSpec/Device`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// `HardwareIDs`, most specific first.
    pub hardware_ids: Vec<HardwareId>,
    /// `CompatibleIDs`, most specific first; all are less specific than the hardware ids.
    pub compatible_ids: Vec<HardwareId>,
    /// The driver it has.
    pub installed: Option<InstalledDriver>,
}

/// The driver a device has (`installedDriver`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstalledDriver {
    /// `MatchingID`: the id of the device that it matched.
    pub matching_id: Option<HardwareId>,
    /// `DriverVerDate`, as days since 1970-01-01.
    pub date_days: i32,
    /// `DriverVerVersion`.
    pub version: DriverVersion,
    /// `Class`.
    pub class: String,
    /// `Manufacturer`.
    pub manufacturer: String,
    /// `Provider`.
    pub provider: String,
    /// `MatchingComputerHWID`.
    pub computer: Option<Uuid>,
    /// `DriverRank`, `0xSSGGTHHH`, whose GG is the feature score.
    pub rank: Option<i32>,
}

/// What a client is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// What it does not have yet, prerequisites first; [`PAGE`] at a time, or up to [`PAGE_MAX`] when very many are missing.
    pub new: Vec<Offer>,
    /// Cached ids to forget, ascending, each once.
    pub out_of_scope: Vec<RevisionId>,
    /// Cached ones whose deployment or leaf flag changed, prerequisites first.
    pub changed: Vec<Offer>,
    /// There is more that is new.
    pub truncated: bool,
    /// Category scans that ask for it: cached ids that are not of this scan but still deployed, ascending, each once.
    pub deployed_out_of_scope: Vec<RevisionId>,
    /// No driver is in scope, so that a driver sync would be in vain.
    pub driver_sync_not_needed: bool,
}

/// A revision as it is made available to a computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The revision.
    pub revision: RevisionId,
    /// Its deployment.
    pub deployment: Deployment,
    /// No update on this server names it as a prerequisite.
    pub is_leaf: bool,
    /// Drivers: the hardware ids it was selected for, each once.
    pub hardware_ids: Vec<HardwareId>,
}

/// Which categories a category scan shall name (MS-WUSP 3.1.5.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryScan {
    /// `preferredCategoryIds`.
    pub preferred: Vec<UpdateId>,
    /// `requestedCategoryIdsInError`.
    pub in_error: Vec<UpdateId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trips(mut missing: usize) -> usize {
        let mut trips = 0;
        while missing > 0 {
            missing -= page(missing).min(missing);
            trips += 1;
        }
        trips
    }

    #[test]
    fn pages_are_as_native_until_a_scan_would_take_too_many() {
        assert_eq!([0, 31, 540].map(page), [PAGE; 3]);
        assert_eq!(page(2_000), 111);
        assert_eq!(page(1_000_000), PAGE_MAX);
        assert_eq!((trips(2_000), trips(6_573)), (42, 67));
        assert!(trips(30_000) < 200, "{}", trips(30_000));
    }
}
