use serde::{Deserialize, Serialize};

use crate::{CategoryKind, ChangeMark, DriverMatch, Relations, RevisionId, UpdateIdentity, UpdateType};

/// What the catalog needs to know of a revision; the rest stays in its document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Its global name.
    pub identity: UpdateIdentity,
    /// What kind of update it is.
    pub update_type: UpdateType,
    /// May be approved and offered by itself; children of bundles may not.
    pub explicitly_deployable: bool,
    /// Set for categories only.
    pub category: Option<CategoryKind>,
    /// Prerequisites, bundled revisions and superseded updates.
    pub relations: Relations,
    /// What it matches; empty unless it is a driver.
    pub drivers: Vec<DriverMatch>,
}

/// A revision as this server has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogEntry {
    /// The number clients know it by.
    pub id: RevisionId,
    /// What it is.
    pub revision: Revision,
    /// The generation that brought it.
    pub imported: ChangeMark,
    /// When it was imported.
    pub imported_at: crate::Timestamp,
}
