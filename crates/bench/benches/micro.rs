//! Micro-benches of what a scan and an import are made of: `cargo xtask bench micro`.
//!
//! They say where time goes, not what a server does: for that there are the other benches.

use divan::AllocProfiler;

mod micro {
    pub(crate) mod catalog;
    mod compress;
    mod hash;
    mod parse;
    mod render;
    mod select;
}

/// Counts allocations beside the times.
#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}
