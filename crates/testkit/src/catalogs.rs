//! Whole catalogs of documents: a small believable one with real files, and large ones of a realistic shape.

mod large;
mod small;

use crate::documents::Draft;

pub use large::{Large, Profile, Shape, large};
pub(crate) use small::{FABRIKAM_LAPTOP, OFFICE_PRODUCT};
pub use small::{KB, SECURITY_UPDATES, small, small_drafts};

/// Updates of a large catalog beside the small one of [`demonstration`].
const DEMONSTRATION_UPDATES: usize = 450;

/// What a publisher has in a demonstration: [`small`], whose files are real, and beside it some 450 updates of a large
/// catalog, whose files are only spoken of. About 600 revisions.
pub fn demonstration() -> Vec<Draft> {
    let others = large(Shape::with_updates(DEMONSTRATION_UPDATES, 1, Profile::Lean));
    small_drafts().into_iter().chain(others).collect()
}
