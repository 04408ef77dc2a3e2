//! Fragments as agents get them: read back into what rules and downloads need.

use model::{DriverMatch, Relations, UpdateIdentity, UpdateType};

use crate::cursor::Cursor;
use crate::document::{
    EulaFile, File, Handler, LocalizedProperties, Properties, read_attributes, read_children, read_files, read_handler,
    read_identity, read_localized, read_relations, read_update_type,
};
use crate::error::{DocumentError, DocumentFault};
use crate::limits::FRAGMENT_LIMITS;
use crate::names::Dialect;
use crate::rules::{self, ApplicabilityRules};

/// The root a fragment is given, since it has several.
const ROOT: &str = "Fragment";

/// What an agent reads of a core fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreFragment {
    /// The revision's global name.
    pub identity: UpdateIdentity,
    /// What kind of update it is.
    pub update_type: UpdateType,
    /// May be offered by itself.
    pub explicitly_deployable: bool,
    /// Important rather than optional.
    pub auto_select_on_web_sites: bool,
    /// Prerequisites, bundled revisions and superseded updates.
    pub relations: Relations,
    /// Rules.
    pub rules: ApplicabilityRules,
    /// The attributes of what a driver matches; fragments hold no more of it.
    pub drivers: Vec<DriverMatch>,
}

/// What an agent reads of an extended fragment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtendedFragment {
    /// Properties, as far as fragments hold them.
    pub properties: Properties,
    /// Licence files.
    pub eulas: Vec<EulaFile>,
    /// Files.
    pub files: Vec<File>,
    /// How it is installed.
    pub handler: Option<Handler>,
}

impl CoreFragment {
    /// Reads `text` as `SyncUpdates` sends it once unescaped: several roots, no namespaces, `b.`, `m.` and `d.`.
    ///
    /// # Errors
    /// [`DocumentError`], as for documents; places are in `text`.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        wrapped(text, |cursor| {
            let (mut identity, mut properties) = (None, None);
            let mut relations = Relations::default();
            let mut rules = ApplicabilityRules::default();
            let mut drivers = Vec::new();
            cursor.children(|cursor, element| {
                match element.name() {
                    "UpdateIdentity" => identity = Some(read_identity(cursor, &cursor.attributes(element)?)?),
                    "Properties" => {
                        let attributes = cursor.attributes(element)?;
                        let update_type = read_update_type(cursor, &attributes)?;
                        properties = Some((update_type, read_attributes(cursor, &attributes)?));
                    }
                    "Relationships" => {
                        relations = read_relations(cursor)?;
                        return Ok(());
                    }
                    "ApplicabilityRules" => {
                        rules = rules::read(cursor, &mut drivers)?;
                        return Ok(());
                    }
                    _ => {}
                }
                cursor.skip()
            })?;
            let missing =
                |element| cursor.fault(DocumentFault::MissingElement { parent: "the core fragment", element });
            let identity = identity.ok_or_else(|| missing("UpdateIdentity"))?;
            let (update_type, properties) = properties.ok_or_else(|| missing("Properties"))?;
            Ok(Self {
                identity,
                update_type,
                explicitly_deployable: properties.explicitly_deployable,
                auto_select_on_web_sites: properties.auto_select_on_web_sites,
                relations,
                rules,
                drivers,
            })
        })
    }
}

impl ExtendedFragment {
    /// Reads `text` as `GetExtendedUpdateInfo` sends it once unescaped.
    ///
    /// # Errors
    /// [`DocumentError`], as for documents; places are in `text`.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        wrapped(text, |cursor| {
            let mut fragment = Self::default();
            cursor.children(|cursor, element| {
                match element.name() {
                    "ExtendedProperties" => {
                        fragment.properties = read_attributes(cursor, &cursor.attributes(element)?)?;
                        let eulas = read_children(cursor, &mut fragment.properties)?;
                        fragment.eulas.extend(eulas.into_iter().map(|(eula, _)| eula));
                    }
                    "Files" => fragment.files = read_files(cursor)?,
                    "HandlerSpecificData" => fragment.handler = read_handler(cursor, element)?,
                    _ => cursor.skip()?,
                }
                Ok(())
            })?;
            Ok(fragment)
        })
    }
}

impl LocalizedProperties {
    /// Reads a localized fragment as `GetExtendedUpdateInfo` sends it once unescaped.
    ///
    /// # Errors
    /// [`DocumentError`], as for documents; places are in `text`.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        wrapped(text, |cursor| {
            let mut localized = None;
            cursor.children(|cursor, element| {
                if element.name() != "LocalizedProperties" {
                    return cursor.skip();
                }
                localized = Some(read_localized(cursor)?);
                Ok(())
            })?;
            localized.ok_or_else(|| {
                let element = "LocalizedProperties";
                cursor.fault(DocumentFault::MissingElement { parent: "the localized fragment", element })
            })
        })
    }
}

/// Gives `text` a root and reads it with `read`, which must read to the root's end.
fn wrapped<T>(text: &str, read: impl FnOnce(&mut Cursor<'_>) -> Result<T, DocumentError>) -> Result<T, DocumentError> {
    let whole = format!("<{ROOT}>{text}</{ROOT}>");
    let result = Cursor::new(&whole, Dialect::Fragment, &FRAGMENT_LIMITS).and_then(|mut cursor| {
        cursor.root(ROOT)?;
        let fragment = read(&mut cursor)?;
        cursor.finish()?;
        Ok(fragment)
    });
    // Places are told in the text as it was given.
    result.map_err(|mut error| {
        if error.line == 1 {
            error.column = error.column.saturating_sub(ROOT.len() + 2).max(1);
        }
        error
    })
}
