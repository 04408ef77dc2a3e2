//! Fragments: what the server sends to agents of a document (metadata.md §9, MS-WUSP 3.1.1.1).

mod writer;

pub(crate) use writer::Writer;

use crate::attributes::{Attributes, parse_boolean};

/// The texts that native WSUS derives of a revision, byte for byte.
///
/// None is a well-formed document: each is a sequence of elements without a root and without namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fragments {
    /// Identity, reduced properties, relationships and rules: what `SyncUpdates` sends.
    pub core: String,
    /// Properties, files and handler data: what is sent before an installation.
    pub extended: String,
    /// One per language, in document order.
    pub localized: Vec<LocalizedFragment>,
    /// One per licence file, in document order.
    pub eulas: Vec<EulaFragment>,
}

/// The texts of one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalizedFragment {
    /// The language tag as the document writes it.
    pub language: String,
    /// The fragment.
    pub text: String,
}

/// One licence file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EulaFragment {
    /// The language tag as the document writes it.
    pub language: String,
    /// The region; empty for the rest of the world.
    pub geo_id: String,
    /// The fragment.
    pub text: String,
}

impl Fragments {
    /// The localized fragment in the first of `languages` that is there, without regard to case.
    pub fn localized(&self, languages: &[&str]) -> Option<&LocalizedFragment> {
        languages
            .iter()
            .find_map(|wanted| self.localized.iter().find(|held| held.language.eq_ignore_ascii_case(wanted)))
    }
}

/// What of `Properties` is in a core fragment, in native's order, which is not the document's.
const CORE_PROPERTIES: [&str; 5] =
    ["UpdateType", "ExplicitlyDeployable", "AutoSelectOnWebSites", "OSUpgrade", "EulaID"];

/// What of `Properties` is not in an extended fragment.
const NOT_EXTENDED_PROPERTIES: [&str; 12] = [
    "UpdateType",
    "ExplicitlyDeployable",
    "AutoSelectOnWebSites",
    "EulaID",
    "PublicationState",
    "PublisherID",
    "CreationDate",
    "IsPublic",
    "LegacyName",
    "DetectoidType",
    "OSUpgrade",
    "PerUser",
];

/// Writes the core form of `Properties`: no children, and no flag that says what its absence says.
pub(crate) fn write_core_properties(writer: &mut Writer, attributes: &Attributes<'_>) {
    writer.open("", "Properties");
    for name in CORE_PROPERTIES {
        match attributes.text(name) {
            Some(value) if parse_boolean(value) != Some(false) => writer.attribute(name, value),
            _ => {}
        }
    }
    writer.close();
}

/// Opens the extended form of `Properties`; its children follow as they are.
pub(crate) fn open_extended_properties(writer: &mut Writer, attributes: &Attributes<'_>) {
    writer.open("", "ExtendedProperties");
    for (name, value) in attributes.iter() {
        if !NOT_EXTENDED_PROPERTIES.contains(&name) {
            writer.attribute(name, value);
        }
    }
}
