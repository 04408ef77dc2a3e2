//! An immutable snapshot of all revisions that answers a scan in time proportional to the answer.
//!
//! A [`Snapshot`] is built from one consistent read of the store ([`Source`]) and never changes; the next
//! one is built beside it. [`Snapshot::scope`] says what is deployed to the computers of a set of groups,
//! and [`Snapshot::software`], [`Snapshot::drivers`] and [`Snapshot::printers`] what one of them is told.
//!
//! What keeps a scan small:
//!
//! - Equal prerequisite clauses are kept once, and each is tested once for a set of installed updates.
//! - Each revision is filed under the rarest of its clauses, with the next rarest beside it, so that only those are
//!   looked at whose rarest clauses are met: little more than what is needed. Counting along the lists of all clauses gives
//!   the same answer, but visits a revision once for each clause that is met.
//! - What is needed is remembered for each distinct set of installed updates, deployments for each distinct
//!   set of groups, the reach of a category filter for each distinct filter. All three are bounded.
//!
//! Invariants: only the latest revision of an update is ever offered; nothing declined is, unless it is a
//! category or detectoid that something offered needs; no request walks the catalog; no lock is held while
//! anything is computed. [`plain`] says the same slowly, and a property test holds both equal.

mod bits;
mod borrowed;
mod cache;
mod category_scan;
mod conditions;
mod csr;
mod cycles;
mod drivers;
mod explain;
mod filed;
mod gathered;
mod history;
mod interned;
mod listing;
mod needed;
mod numbers;
pub mod plain;
mod query;
mod row;
mod scope;
mod side_by_side;
mod snapshot;
mod source;
#[cfg(test)]
mod test_catalog;
mod withheld;

pub use borrowed::{BorrowedEntry, BorrowedRevision};
pub use cycles::{Cycle, CycleCheck, cycles};
pub use explain::{Explanation, Outcome, Step, Verdict};
pub use gathered::Gathered;
pub use listing::{Chosen, Listing};
pub use query::{
    CategoryScan, Device, DriverQuery, INSTALLED_MAX, InstalledDriver, Offer, PAGE, PAGE_MAX, PrinterQuery, Selection,
    SoftwareQuery,
};
pub use scope::{Scope, UNAPPROVED_ID};
pub use snapshot::Snapshot;
pub use source::{Decisions, Declined, Source};
pub use withheld::Withheld;
