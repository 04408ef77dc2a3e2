//! Whole catalogs of documents: a small believable one with real files, and large ones of a realistic shape.

mod large;
mod small;

pub use large::{Large, Profile, Shape, large};
pub(crate) use small::{FABRIKAM_LAPTOP, OFFICE_PRODUCT};
pub use small::{KB, SECURITY_UPDATES, small, small_drafts};
