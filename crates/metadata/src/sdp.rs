//! Software Distribution Packages: what vendors publish for local publishing (metadata.md §11).

mod item;
mod package;

pub use item::{Installer, Item, OriginFile};
pub use package::{Content, Package};
