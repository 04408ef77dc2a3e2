use model::{DriverMatch, FeatureScore};
use policy::GroupSet;

use super::*;
use crate::query::{PrinterQuery, Selection, SoftwareQuery};
use crate::test_catalog::{Made, rev, snapshot};

const COMPUTER: Uuid = Uuid::from_u128(0xc1);
const COMPUTER_FAMILY: Uuid = Uuid::from_u128(0xc2);
const OTHER_COMPUTER: Uuid = Uuid::from_u128(0xc3);

fn device(ids: &[&str]) -> Device {
    let (hardware, compatible) = ids.split_at(ids.len().min(2));
    Device {
        hardware_ids: hardware.iter().copied().map(HardwareId::new).collect(),
        compatible_ids: compatible.iter().copied().map(HardwareId::new).collect(),
        installed: None,
    }
}

fn with_installed(change: impl Fn(&mut InstalledDriver)) -> Device {
    let mut device = device(&["pci\\a", "pci\\b", "pci\\c"]);
    let mut installed = InstalledDriver {
        matching_id: Some(HardwareId::new("pci\\b")),
        date_days: 100,
        class: "Video".into(),
        manufacturer: "ACME".into(),
        provider: "ACME".into(),
        ..InstalledDriver::default()
    };
    change(&mut installed);
    device.installed = Some(installed);
    device
}

fn sync(drivers: &[Made], device: Device) -> Selection {
    let snapshot = snapshot(drivers);
    let query = DriverQuery {
        devices: &[device],
        computer_ids: &[COMPUTER, COMPUTER_FAMILY],
        feature_key: Some("AMD64.10.0"),
        ..DriverQuery::default()
    };
    snapshot.drivers(&snapshot.scope(&GroupSet::unassigned()), &query)
}

/// The driver chosen for a device with the ids pci\a, pci\b and, compatible, pci\c.
fn best(drivers: &[Made]) -> Option<i32> {
    let told = sync(drivers, device(&["PCI\\A", "PCI\\B", "PCI\\C"]));
    assert!(told.new.len() < 2, "one driver for one device");
    told.new.first().map(|offer| offer.revision.0)
}

fn targeted(computer: Uuid) -> impl Fn(&mut DriverMatch) {
    move |driver| driver.target_computers.push(computer)
}

fn scored(score: u8) -> impl Fn(&mut DriverMatch) {
    move |driver| driver.feature_scores.push(FeatureScore { operating_system: "amd64.10.0".into(), score })
}

fn of_day(date_days: i32) -> impl Fn(&mut DriverMatch) {
    move |driver| driver.date_days = date_days
}

fn of_version(version: u64) -> impl Fn(&mut DriverMatch) {
    move |driver| driver.version = DriverVersion(version)
}

#[test]
fn a_driver_for_this_very_computer_is_best_of_all() {
    let general = Made::driver(1, "pci\\a").matching(scored(0)).matching(of_day(9));
    let family = Made::driver(2, "pci\\a").matching(targeted(COMPUTER_FAMILY)).matching(scored(0));
    let computer = Made::driver(3, "pci\\c").matching(targeted(COMPUTER)).matching(scored(200));
    assert_eq!(best(&[general.clone(), family.clone(), computer]), Some(3));
    assert_eq!(best(&[general, family]), Some(2));
}

#[test]
fn a_driver_for_other_computers_does_not_match() {
    assert_eq!(best(&[Made::driver(1, "pci\\a").matching(targeted(OTHER_COMPUTER))]), None);
    let both = Made::driver(1, "pci\\a").matching(targeted(COMPUTER));
    let excluded = both.clone().matching(|driver| driver.distribution_computers.push(OTHER_COMPUTER));
    assert_eq!(best(&[excluded]), None, "both lists must have the computer");
    let included = both.matching(|driver| driver.distribution_computers.push(COMPUTER));
    assert_eq!(best(&[included]), Some(1));
}

#[test]
fn then_the_lower_feature_score_wins_and_none_is_the_worst() {
    let none = Made::driver(1, "pci\\a");
    let poor = Made::driver(2, "pci\\a").matching(scored(200));
    let good = Made::driver(3, "pci\\c").matching(scored(10));
    assert_eq!(best(&[none.clone(), poor.clone()]), Some(2));
    assert_eq!(best(&[none, poor, good]), Some(3));
    let other_system = Made::driver(4, "pci\\a").matching(|driver| {
        driver.feature_scores.push(FeatureScore { operating_system: "arm64.10.0".into(), score: 0 });
    });
    assert_eq!(best(&[other_system, Made::driver(5, "pci\\b").matching(scored(200))]), Some(5));
}

#[test]
fn then_the_more_specific_id_of_the_device_then_the_date_then_the_version() {
    assert_eq!(best(&[Made::driver(1, "pci\\c").matching(of_day(9)), Made::driver(2, "pci\\b")]), Some(2));
    assert_eq!(best(&[Made::driver(1, "pci\\b"), Made::driver(2, "pci\\A")]), Some(2));
    assert_eq!(
        best(&[Made::driver(1, "pci\\a").matching(of_version(9)), Made::driver(2, "pci\\a").matching(of_day(1))]),
        Some(2)
    );
    assert_eq!(best(&[Made::driver(1, "pci\\a"), Made::driver(2, "pci\\a").matching(of_version(1))]), Some(2));
    assert_eq!(best(&[Made::driver(1, "pci\\a"), Made::driver(2, "pci\\a")]), Some(1));
    assert_eq!(best(&[Made::driver(1, "usb\\x")]), None);
}

#[test]
fn of_equal_drivers_the_lowest_id_is_taken_whatever_their_prerequisites() {
    let snapshot = snapshot(&[Made::category(3), Made::driver(1, "pci\\a").within(3), Made::driver(2, "pci\\a")]);
    let query = DriverQuery { installed: &[rev(3)], devices: &[device(&["pci\\a"])], ..DriverQuery::default() };
    let told = snapshot.drivers(&snapshot.scope(&GroupSet::unassigned()), &query);
    assert_eq!(told.new[0].revision, rev(1));
}

#[test]
fn a_driver_must_be_better_than_the_installed_one() {
    let told = |driver: Made| sync(&[driver], with_installed(|_| {})).new.len();
    assert_eq!(told(Made::driver(1, "pci\\a")), 1, "a more specific id");
    assert_eq!(told(Made::driver(1, "pci\\b").matching(of_day(100))), 0, "the same");
    assert_eq!(told(Made::driver(1, "pci\\b").matching(of_day(101))), 1, "a later date");
    assert_eq!(told(Made::driver(1, "pci\\c").matching(of_day(101))), 0, "a less specific id");
    assert_eq!(told(Made::driver(1, "pci\\c").matching(scored(3))), 1, "a score where the installed one has none");
}

#[test]
fn the_installed_drivers_rank_holds_its_feature_score() {
    let told = |score| {
        let installed = with_installed(|installed| installed.rank = Some(0x00ff_0000 & (5 << 16) | 0x0100_2001));
        sync(&[Made::driver(1, "pci\\a").matching(scored(score))], installed).new.len()
    };
    assert_eq!((told(4), told(5), told(6)), (1, 1, 0), "5 is as good, and the id is more specific");
}

#[test]
fn an_installed_driver_for_this_computer_yields_only_to_another_one() {
    let installed = || with_installed(|installed| installed.computer = Some(COMPUTER_FAMILY));
    assert_eq!(sync(&[Made::driver(1, "pci\\a")], installed()).new.len(), 0);
    assert_eq!(sync(&[Made::driver(1, "pci\\a").matching(targeted(COMPUTER))], installed()).new.len(), 1);
}

#[test]
fn a_printer_driver_must_come_from_the_same_maker_or_a_compatible_provider() {
    let printer = || with_installed(|installed| installed.class = "Printer".into());
    let from = |manufacturer: &'static str, provider: &'static str| {
        Made::driver(1, "pci\\a").matching(move |driver| {
            driver.manufacturer = manufacturer.into();
            driver.provider = provider.into();
        })
    };
    assert_eq!(sync(&[from("acme", "Acme")], printer()).new.len(), 1);
    assert_eq!(sync(&[from("acme", "Other")], printer()).new.len(), 0);
    assert_eq!(sync(&[from("Other", "acme")], printer()).new.len(), 0);
    let compatible = from("acme", "Other").matching(|driver| driver.compatible_providers.push("ACME".into()));
    assert_eq!(sync(&[compatible], printer()).new.len(), 1);
    assert_eq!(sync(&[from("Other", "Other")], with_installed(|_| {})).new.len(), 1, "no printer");
}

#[test]
fn a_driver_chosen_for_several_devices_is_sent_once_with_all_ids() {
    let mut driver = Made::driver(1, "pci\\a").entry();
    let mut second = driver.revision.drivers[0].clone();
    second.hardware_id = HardwareId::new("usb\\b");
    driver.revision.drivers.push(second);
    let mut source = crate::test_catalog::source(&[]);
    source.entries.push(driver);
    let snapshot = crate::Snapshot::build(source);
    let devices = [device(&["pci\\a"]), device(&["USB\\B"]), device(&["pci\\a"])];
    let query = DriverQuery { devices: &devices, ..DriverQuery::default() };
    let told = snapshot.drivers(&snapshot.scope(&GroupSet::unassigned()), &query);
    assert_eq!(told.new.len(), 1);
    assert_eq!(told.new[0].hardware_ids, [HardwareId::new("pci\\a"), HardwareId::new("usb\\b")]);
}

#[test]
fn a_driver_sync_tests_prerequisites_and_keeps_to_cached_drivers() {
    let snapshot = snapshot(&[Made::category(1), Made::driver(2, "pci\\a").within(1), Made::software(3).deployable()]);
    let devices = [device(&["pci\\a"])];
    let told = |installed: &[RevisionId], cached: &[RevisionId]| {
        let since = Some(snapshot.mark());
        let query = DriverQuery { installed, cached, devices: &devices, since, ..DriverQuery::default() };
        snapshot.drivers(&snapshot.scope(&GroupSet::unassigned()), &query)
    };
    assert_eq!(told(&[], &[]).new, []);
    assert_eq!(told(&[rev(1)], &[]).new[0].revision, rev(2));
    assert_eq!(told(&[rev(1)], &[]).out_of_scope, [], "what is installed is not cached here");
    assert_eq!(told(&[rev(1)], &[rev(2), rev(9)]).out_of_scope, [rev(9)]);
    assert_eq!(told(&[], &[rev(2)]).out_of_scope, [rev(2)]);
}

#[test]
fn a_software_sync_has_no_drivers_but_says_that_there_are_some() {
    let with_driver = snapshot(&[Made::driver(1, "pci\\a"), Made::software(2).deployable()]);
    let told = with_driver.software(&with_driver.scope(&GroupSet::unassigned()), &SoftwareQuery::default());
    assert_eq!(told.new.iter().map(|offer| offer.revision).collect::<Vec<_>>(), [rev(2)]);
    assert!(!told.driver_sync_not_needed);
}

#[test]
fn the_printer_catalog_has_every_printer_driver_whose_prerequisites_are_met() {
    let printer = |update| Made::driver(update, "lpt\\a").matching(|driver| driver.class = "Printers".into());
    let snapshot = snapshot(&[Made::category(1), printer(2), printer(3).within(1), Made::driver(4, "pci\\a")]);
    let scope = snapshot.scope(&GroupSet::unassigned());
    let told = |installed: &[RevisionId], cached: &[RevisionId]| {
        snapshot.printers(&scope, &PrinterQuery { installed, cached, since: Some(snapshot.mark()) })
    };
    let new = |told: Selection| told.new.iter().map(|offer| offer.revision.0).collect::<Vec<_>>();
    assert_eq!(new(told(&[], &[])), [2]);
    assert_eq!(new(told(&[rev(1)], &[rev(2)])), [3]);
    assert_eq!(told(&[], &[rev(3), rev(4)]).out_of_scope, [rev(3), rev(4)]);
}
