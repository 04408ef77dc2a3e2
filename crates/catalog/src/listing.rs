use model::{ChangeMark, UpdateId};

/// Which revisions a downstream server asks for (MS-WSUSSS 3.1.4.5.3.1, server-server.md §6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Categories, classifications and detectoids; else software and drivers.
    pub facts: bool,
    /// Only what came after this generation.
    pub since: Option<ChangeMark>,
    /// Products, families or companies: an update must be in one of them, or in one below them.
    pub categories: Vec<Chosen>,
    /// Classifications: it must be in one of these as well.
    pub classifications: Vec<Chosen>,
}

/// A category of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The category.
    pub update: UpdateId,
    /// Of this one only what came after [`Listing::since`]; a category chosen just now is wanted whole.
    pub only_newer: bool,
}
