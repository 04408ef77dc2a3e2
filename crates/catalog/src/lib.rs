//! An immutable snapshot of all revisions that answers a scan in time proportional to the answer.

mod cache;
mod csr;
mod query;
mod source;

pub use query::{
    CategoryScan, Device, DriverQuery, INSTALLED_MAX, InstalledDriver, Offer, PAGE, PrinterQuery, Selection,
    SoftwareQuery,
};
pub use source::{Declined, Source};
