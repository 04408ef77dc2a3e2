//! What every test stands on: a server in this process or as a process of its own, and ways to talk to it.

mod catalog;
mod computer;
mod estate;
mod fetch;
mod mount;
mod process;
mod site;
mod soap;
mod socket;
mod tls;

pub(crate) use catalog::{bundle, documents, drafts};
pub(crate) use computer::{Computer, PROTOCOL};
pub(crate) use estate::Estate;
pub(crate) use fetch::fetch;
pub(crate) use mount::Mount;
pub(crate) use process::{Program, ServerProcess};
pub(crate) use site::{Ran, Site, files_below};
pub(crate) use soap::{Answer, path, post, soap};
pub(crate) use socket::{administer, administer_raw};
pub(crate) use tls::{TLS_NAMES, Tls, exchange};

use std::path::PathBuf;

/// The library of captures and documents beside the checkout, or `None` with a loud line.
pub(crate) fn shared(part: &str) -> Option<PathBuf> {
    let root = std::env::var_os("VANNE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = root.join(part);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there; set VANNE_SHARED to the folder that has it", path.display());
    None
}

/// The sum of a metric over its labels that contain all of `labels`, from what `/metrics` says.
pub(crate) fn metric(text: &str, name: &str, labels: &[&str]) -> f64 {
    let lines = text.lines().filter(|line| {
        let rest = line.strip_prefix(name).unwrap_or_default();
        rest.starts_with(['{', ' ']) && labels.iter().all(|label| rest.contains(label))
    });
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

/// Waits until something that happens beside requests has happened. The limit is for a test that would hang.
pub(crate) async fn eventually(what: &str, happened: impl AsyncFn() -> bool) {
    const TRIES: usize = 600;
    for _ in 0..TRIES {
        if happened().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("in vain for a minute: {what}");
}
