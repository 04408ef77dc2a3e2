//! The integration tests: one binary, one module a feature. They see only what users, clients and
//! administrators see: the program, its sockets, its files.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "tests say what is wrong by failing")]

mod acquisition;
mod administration;
mod archive;
mod captures;
mod content;
mod docs;
mod durability;
mod harness;
mod hierarchy;
mod hostile;
mod https;
mod import;
mod load;
mod pinned;
mod register;
mod reports;
mod scan;
mod sessions;
mod shared_store;
mod stories;
mod trust;
mod verdicts;
mod zeep;
