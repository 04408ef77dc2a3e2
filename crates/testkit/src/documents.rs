//! Complete update documents of our own making.
//!
//! A [`Draft`] is written as a sentence and finished into a [`Made`] document with its files:
//!
//! ```
//! use testkit::documents::{Draft, MadeFile, Rule};
//!
//! let windows = Draft::product("Contoso Client 11").installed_when(Rule::build_at_least(22_000));
//! let fix = Draft::command_line("Contoso fix")
//!     .running("fix.exe", "/quiet")
//!     .with_file(&MadeFile::of_size("fix.exe", 65_536))
//!     .installed_when(Rule::registry_text("SOFTWARE\\Contoso", "Fix", "1"));
//! let update = Draft::bundle("Security Update (KB9000001)").in_category([windows.id()]).bundling([fix.identity()]);
//! assert!(update.finish().document.contains("BundledUpdates"));
//! ```
//!
//! Form and namespaces are those of real documents (`metadata.md` §2); texts, names and ids are fictional.

pub mod broken;
mod draft;
mod driver;
mod element;
mod file;
mod handler;
mod render;
mod rule;

pub use draft::{Draft, Reboot};
pub use driver::DriverFacts;
pub use file::{Made, MadeFile};
pub use handler::Outcome;
pub use rule::{Architecture, Rule};

use model::UpdateId;
use uuid::Uuid;

/// The id that belongs to a name in this estate: always the same one.
pub fn update_id(name: &str) -> UpdateId {
    UpdateId(Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("https://contoso.example/updates/{name}").as_bytes()))
}

#[cfg(test)]
mod tests;
