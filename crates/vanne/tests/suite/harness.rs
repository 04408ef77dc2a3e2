//! What every test stands on: a server in this process or as a process of its own, and ways to talk to it.

mod estate;
mod process;
mod soap;

pub(crate) use estate::Estate;
pub(crate) use process::{Program, ServerProcess};
pub(crate) use soap::{Answer, post, soap};

use std::path::PathBuf;

/// The library of captures and documents beside the checkout, or `None` with a loud line.
pub(crate) fn shared(part: &str) -> Option<PathBuf> {
    let root = std::env::var_os("VANNE_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let path = root.join(part);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there; set VANNE_SHARED to the folder that has it", path.display());
    None
}
