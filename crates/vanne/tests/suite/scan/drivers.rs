//! The driver pass, and the catalog of printers.

use std::collections::BTreeSet;

use model::{DriverVersion, HardwareId, Timestamp, UpdateId, UpdateType};
use testkit::documents::Draft;
use wire::client::{Device, InstalledDriver, SyncInfo, SyncPrinterCatalog, SyncUpdateParameters};
use wire::{ErrorCode, Request, Response};

use crate::harness::{Computer, Estate, documents, drafts};

const NETWORK: &str = "PCI\\VEN_FA8A&DEV_0001&SUBSYS_00010001";

fn driver(title_part: &str) -> &'static Draft {
    let is_it = |draft: &&Draft| {
        draft.revision().update_type == UpdateType::Driver && draft.finish().document.contains(title_part)
    };
    drafts().iter().find(is_it).unwrap()
}

fn device(hardware_id: &str, installed: Option<InstalledDriver>) -> Device {
    Device { hardware_ids: vec![HardwareId::new(hardware_id)], installed_driver: installed, ..Device::default() }
}

fn installed(date: &str, version: u64) -> InstalledDriver {
    InstalledDriver {
        matching_id: Some(HardwareId::new(NETWORK)),
        date: date.parse::<Timestamp>().unwrap(),
        version: DriverVersion(version),
        class: Some("Net".to_owned()),
        manufacturer: Some("Fabrikam".to_owned()),
        provider: Some("Fabrikam".to_owned()),
        model: None,
        matching_computer_id: None,
        rank: 0x00_80_20_01,
    }
}

/// A driver pass as clients make it: the installed list again, and the devices.
async fn pass(computer: &mut Computer, devices: Vec<Device>) -> SyncInfo {
    let non_leaves = computer.known.iter().filter(|(_, told)| !told.is_leaf);
    let parameters = SyncUpdateParameters {
        installed_non_leaf_update_ids: non_leaves.map(|(id, _)| *id).collect(),
        system_spec: Some(devices),
        skip_software_sync: true,
        feature_score_matching_key: Some("AMD64.10.0".to_owned()),
        ..SyncUpdateParameters::default()
    };
    computer.sync(parameters).await.unwrap()
}

fn updates(info: &SyncInfo) -> BTreeSet<UpdateId> {
    let id = |xml: &wire::Escaped| metadata::CoreFragment::parse(&xml.to_text()).unwrap().identity.update_id;
    info.new_updates.iter().map(|update| id(update.xml.as_ref().unwrap())).collect()
}

#[tokio::test]
async fn the_best_driver_of_each_device_is_offered_if_it_is_better_than_the_installed_one() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "drivers").await;
    computer.scan().await;
    let newest = driver("Fabrikam Gigabit Network Connection - 12.4.");
    let info = pass(&mut computer, vec![device(NETWORK, None), device("ACPI\\NOBODY", None)]).await;
    assert_eq!(updates(&info), BTreeSet::from([newest.id()]), "of two versions the newer one");
    assert_eq!(info.new_updates[0].deployment.hardware_ids, [HardwareId::new(NETWORK)]);

    let older = installed("2024-01-09T00:00:00Z", 11 << 48);
    assert_eq!(updates(&pass(&mut computer, vec![device(NETWORK, Some(older))]).await), BTreeSet::from([newest.id()]));
    let present = installed("2026-06-01T00:00:00Z", 12 << 48 | 4 << 32);
    assert_eq!(updates(&pass(&mut computer, vec![device(NETWORK, Some(present))]).await), BTreeSet::new());
    let info = pass(&mut computer, vec![device("ACPI\\FAB0007", None)]).await;
    assert_eq!(updates(&info), BTreeSet::new(), "a driver for laptops of a kind is not for others");
}

#[tokio::test]
async fn a_declined_driver_is_no_longer_the_best() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "declined drivers").await;
    computer.scan().await;
    let newest = driver("Fabrikam Gigabit Network Connection - 12.4.");
    estate.decline(newest.id(), false).await;
    let info = pass(&mut computer, vec![device(NETWORK, None)]).await;
    assert_eq!(updates(&info), BTreeSet::from([driver("Fabrikam Gigabit Network Connection - 12.0.").id()]));
}

#[tokio::test]
async fn devices_belong_to_the_driver_pass() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "mixed").await;
    let parameters =
        SyncUpdateParameters { system_spec: Some(vec![device(NETWORK, None)]), ..SyncUpdateParameters::default() };
    let fault = computer.sync(parameters).await.unwrap_err();
    assert_eq!((fault.code, &*fault.message), (ErrorCode::InvalidParameters, "parameters"));
}

#[tokio::test]
async fn the_driver_pass_is_not_needed_where_there_are_no_drivers() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "needed").await;
    let info = computer.sync(SyncUpdateParameters::default()).await.unwrap();
    assert_eq!(info.driver_sync_not_needed, Some(false));
    let drivers = drafts().iter().filter(|draft| draft.revision().update_type == UpdateType::Driver);
    let ids: Vec<_> = drivers.map(|draft| draft.id()).collect();
    for id in ids {
        estate.decline(id, false).await;
    }
    let info = computer.sync(SyncUpdateParameters::default()).await.unwrap();
    assert_eq!(info.driver_sync_not_needed, Some(true));
}

#[tokio::test]
async fn the_printer_catalog_holds_printers_and_is_told_once() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "printers").await;
    computer.scan().await;
    let non_leaves: Vec<_> = computer.known.iter().filter(|(_, told)| !told.is_leaf).map(|(id, _)| *id).collect();
    let mut request = SyncPrinterCatalog {
        cookie: computer.cookie.clone(),
        installed_non_leaf_update_ids: non_leaves,
        printer_update_ids: Vec::new(),
    };
    let ask =
        async |request: &SyncPrinterCatalog| match computer.call(&Request::SyncPrinterCatalog(request.clone())).await {
            Ok(Response::SyncPrinterCatalog(info)) => info,
            other => panic!("{other:?}"),
        };
    let first = ask(&request).await;
    assert_eq!(updates(&first), BTreeSet::from([driver("Fabrikam LaserWriter").id()]));
    request.cookie = Some(first.new_cookie);
    request.printer_update_ids = first.new_updates.iter().map(|update| update.id).collect();
    let second = ask(&request).await;
    assert!(second.new_updates.is_empty() && second.changed_updates.is_empty() && !second.truncated);
}
