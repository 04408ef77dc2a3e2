//! Approvals, groups and reports: from what was decided and reported to what is deployed and known.
//!
//! Everything here is a pure function of its arguments: [`decide`] picks the approval that counts for a
//! computer and says why the others do not, [`targeting`] says which groups a computer is in, [`reports`] what an
//! event changes, [`servers`] which server below may tell what of whom, and [`FileChoice`] which files are of use. Nothing
//! here does IO or reads a clock.

mod decide;
mod files;
mod groups;
pub mod reports;
pub mod servers;
pub mod targeting;

pub use decide::{Considered, Decision, Reason, decide};
pub use files::FileChoice;
pub use groups::{GroupSet, GroupTree, GroupTreeError};
