//! The downstream side of MS-WSUSSS: what an upstream has is planned, fetched and handed over page by page.
//!
//! [`Session`] speaks with one upstream, Microsoft's service, a WSUS or another server of this kind. It knows neither
//! SQL nor this server: what it fetches goes to a [`Keep`], and what is new is for the caller to say. Everything an
//! upstream sends is bounded before it is looked at, and every failure names server, step and remedy.
//!
//! INVARIANT: an anchor is handed over together with the list it belongs to. Whoever stores it does so when all of that
//! list is in effect, and not before.

mod apart;
mod documents;
mod error;
mod estimate;
mod fetch;
mod lists;
mod probe;
mod rollup;
mod session;
mod transport;
mod upstream;

pub use apart::DRIVER_SETS_BYTES_MAX;
pub use documents::{Document, Refused, Unusable};
pub use error::{Reason, Step, SyncError};
pub use estimate::Estimate;
pub use fetch::{AtOnce, Fetched, Keep, Page, Progress, REFUSED_MAX};
pub use lists::Learned;
pub use probe::{Probe, probe};
pub use session::Session;
pub use upstream::{Account, InvalidUpstream, Kind, Upstream};
