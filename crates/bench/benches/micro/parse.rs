//! Bytes to types: update documents, and the requests of scans.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use model::{HardwareId, RevisionId};
use testkit::documents::Draft;
use wire::client::{Device, SyncUpdateParameters, SyncUpdates};
use wire::{Request, Service, SoapVersion};

use super::catalog::OFFICE;

#[divan::bench]
fn lean_document(bencher: Bencher<'_, '_>) {
    document(bencher, &Draft::command_line("lean").running("update.exe", "/quiet").finish().document);
}

#[divan::bench]
fn document_of_one_megabyte(bencher: Bencher<'_, '_>) {
    document(bencher, &Draft::cbs("large", "Package", "amd64", "10.0.1.1").padded_to(1_000_000).finish().document);
}

fn document(bencher: Bencher<'_, '_>, document: &str) {
    bencher.counter(BytesCount::of_str(document)).bench(|| metadata::read(black_box(document.as_bytes())));
}

#[divan::bench]
fn repeat_scan(bencher: Bencher<'_, '_>) {
    request(
        bencher,
        SyncUpdateParameters {
            installed_non_leaf_update_ids: OFFICE.installed.clone(),
            other_cached_update_ids: OFFICE.cached.clone(),
            ..SyncUpdateParameters::default()
        },
    );
}

#[divan::bench]
fn driver_pass_of_75_devices(bencher: Bencher<'_, '_>) {
    let id = |number: usize| HardwareId::new(&format!("PCI\\VEN_{:04X}&DEV_{number:04X}&REV_01", number % 99));
    let device = |number: usize| Device {
        hardware_ids: (0..2).map(|id_of| id(number * 4 + id_of)).collect(),
        compatible_ids: (2..4).map(|id_of| id(number * 4 + id_of)).collect(),
        ..Device::default()
    };
    request(
        bencher,
        SyncUpdateParameters {
            skip_software_sync: true,
            installed_non_leaf_update_ids: OFFICE.installed.clone(),
            cached_driver_ids: (1..60).map(RevisionId).collect(),
            system_spec: Some((0..75).map(device).collect()),
            ..SyncUpdateParameters::default()
        },
    );
}

fn request(bencher: Bencher<'_, '_>, parameters: SyncUpdateParameters) {
    let request = Request::SyncUpdates(SyncUpdates { cookie: None, parameters: Some(parameters) });
    let bytes = wire::encode_request(&request, SoapVersion::V11).into_bytes();
    bencher.counter(BytesCount::new(bytes.len())).bench(|| wire::decode(Service::Client, black_box(&bytes)));
}
