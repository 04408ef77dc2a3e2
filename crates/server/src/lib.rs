//! The server: listeners, SOAP endpoints, content, the administration API and background work.
//!
//! Nothing here decides who is offered what: `policy` and `catalog` do, and this crate carries
//! their answers. Handlers parse, call one function, and render; the same functions serve SOAP,
//! the administration API and the command line.

mod acceptance;
pub mod acquire;
pub mod admin;
mod admission;
mod air_gap;
mod app;
mod background;
mod computers;
pub mod config;
mod content_rows;
mod fragments;
mod http;
mod https;
pub mod import;
pub mod languages;
mod metrics;
mod open_files;
pub mod report_writer;
pub mod rollup;
mod serve;
mod soap;
pub mod sync;
mod told;
mod windows;

pub use app::{App, Clock, OpenError};
pub use computers::allowance::EVENTS_DAILY_MAX;
pub use config::Config;
pub use https::HttpsError;
pub use serve::{ServeError, Server};
