//! An immutable snapshot of all revisions that answers a scan in time proportional to the answer.

mod cache;
mod category_scan;
mod conditions;
mod csr;
mod cycles;
mod drivers;
mod explain;
mod history;
mod interned;
pub mod plain;
mod query;
mod row;
mod scope;
mod snapshot;
mod source;
#[cfg(test)]
mod test_catalog;

pub use cycles::{Cycle, CycleCheck, cycles};
pub use explain::{Explanation, Outcome, Step, Verdict};
pub use query::{
    CategoryScan, Device, DriverQuery, INSTALLED_MAX, InstalledDriver, Offer, PAGE, PrinterQuery, Selection,
    SoftwareQuery,
};
pub use scope::{Scope, UNAPPROVED_ID};
pub use snapshot::Snapshot;
pub use source::{Declined, Source};
