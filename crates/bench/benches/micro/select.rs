//! What a computer is told, out of the snapshot.

use std::sync::atomic::{AtomicUsize, Ordering};

use catalog::{Device, DriverQuery, SoftwareQuery};
use divan::Bencher;
use model::{ChangeMark, HardwareId, RevisionId};

use super::catalog::OFFICE;

#[divan::bench]
fn repeat_scan(bencher: Bencher<'_, '_>) {
    let scope = OFFICE.snapshot.scope(&OFFICE.groups);
    bencher.bench(|| OFFICE.snapshot.software(&scope, &OFFICE.query()));
}

/// Another pair of installed updates is left out each time: more sets than are remembered.
#[divan::bench]
fn repeat_scan_of_a_build_never_seen(bencher: Bencher<'_, '_>) {
    let scope = OFFICE.snapshot.scope(&OFFICE.groups);
    let count = OFFICE.installed.len();
    let next = AtomicUsize::new(0);
    let without_two = || -> Vec<RevisionId> {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let left_out = [number % count, number / count % count];
        let kept = OFFICE.installed.iter().enumerate().filter(|(place, _)| !left_out.contains(place));
        kept.map(|(_, id)| *id).collect()
    };
    bencher
        .with_inputs(without_two)
        .bench_refs(|installed| OFFICE.snapshot.software(&scope, &SoftwareQuery { installed, ..OFFICE.query() }));
}

#[divan::bench]
fn first_page(bencher: Bencher<'_, '_>) {
    let scope = OFFICE.snapshot.scope(&OFFICE.groups);
    let query = SoftwareQuery { cached: &[], since: None, ..OFFICE.query() };
    bencher.bench(|| OFFICE.snapshot.software(&scope, &query));
}

#[divan::bench]
fn driver_pass_of_75_devices(bencher: Bencher<'_, '_>) {
    let scope = OFFICE.snapshot.scope(&OFFICE.groups);
    let id = |number: usize| HardwareId::new(&format!("PCI\\VEN_{:04X}&DEV_{:04X}", number / 3, number % 5));
    let device = |number: usize| Device {
        hardware_ids: vec![id(number), id(number + 1)],
        compatible_ids: vec![id(number + 2)],
        installed: None,
    };
    let devices: Vec<Device> = (0..75).map(|number| device(number * 10)).collect();
    let query = DriverQuery {
        installed: &OFFICE.installed,
        devices: &devices,
        feature_key: Some("amd64.10.0"),
        since: Some(ChangeMark(1)),
        ..DriverQuery::default()
    };
    bencher.bench(|| OFFICE.snapshot.drivers(&scope, &query));
}
