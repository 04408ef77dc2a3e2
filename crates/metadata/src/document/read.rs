use model::{CategoryKind, UpdateIdentity, UpdateType};
use xml::Element;

use super::{
    Document, EULA_FILE, EulaFile, Handler, Properties, localized, read_attributes, read_children, read_files,
    read_handler, read_relations,
};
use crate::cursor::Cursor;
use crate::error::{DocumentError, DocumentFault};
use crate::fragments::{Fragments, Writer, open_extended_properties, write_core_properties};
use crate::limits::LIMITS;
use crate::names::Dialect;
use crate::{attributes::Attributes, rules};

/// Reads an update document and derives its fragments, in one pass.
///
/// Bytes are UTF-8, at most [`LIMITS`]; memory is about that of the fragments, since large
/// manifests go straight to the core fragment. Unknown attributes and elements are passed over.
///
/// # Errors
/// [`DocumentError`] with the place, if it is not an update document, if what names the revision or
/// its relations is missing or malformed, or if a file has no valid SHA-1.
pub fn read(bytes: &[u8]) -> Result<(Document, Fragments), DocumentError> {
    let text = utf8(bytes)?;
    let mut cursor = Cursor::new(text, Dialect::Document, &LIMITS)?;
    let root = cursor.root("Update")?;
    let mut parts = Parts { root_at: root.offset(), ..Parts::default() };
    cursor.children(|cursor, element| parts.read(cursor, element))?;
    let fragments = std::mem::take(&mut parts.fragments);
    let document = parts.finish(&cursor)?;
    cursor.finish()?;
    Ok((document, fragments))
}

/// `bytes` as text; the error is the one [`xml::Reader`] gives.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, DocumentError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            let (valid, _) = bytes.split_at(error.valid_up_to());
            let lines = valid.split(|byte| *byte == b'\n');
            let column = lines.clone().next_back().map_or(0, <[u8]>::len) + 1;
            let fault = xml::Fault::Encoding("invalid byte sequence".to_owned());
            Err(DocumentError { fault: DocumentFault::Xml(fault), line: lines.count(), column })
        }
    }
}

/// What has been read so far.
#[derive(Default)]
struct Parts {
    seen: Vec<&'static str>,
    identity: Option<UpdateIdentity>,
    update_type: Option<UpdateType>,
    properties: Properties,
    localized: Vec<super::LocalizedProperties>,
    relations: model::Relations,
    rules: rules::ApplicabilityRules,
    drivers: Vec<model::DriverMatch>,
    files: Vec<super::File>,
    handler: Option<Handler>,
    eulas: Vec<EulaFile>,
    fragments: Fragments,
    /// Where the root and the relations are, for messages.
    root_at: usize,
    relations_at: usize,
}

/// The children of `Update`, in the order of the schema.
const SECTIONS: [&str; 7] = [
    "UpdateIdentity",
    "Properties",
    "LocalizedPropertiesCollection",
    "Relationships",
    "ApplicabilityRules",
    "Files",
    "HandlerSpecificData",
];

impl Parts {
    fn read<'i>(&mut self, cursor: &mut Cursor<'i>, element: &Element<'i>) -> Result<(), DocumentError> {
        let name = cursor.own_name(element);
        let Some(name) = SECTIONS.into_iter().find(|section| *section == name) else { return cursor.skip() };
        if self.seen.contains(&name) {
            return Err(cursor.fault(DocumentFault::RepeatedElement { element: name.to_owned() }));
        }
        self.seen.push(name);
        match name {
            "UpdateIdentity" => self.in_core(cursor, element, |parts, cursor| {
                parts.identity = Some(read_identity(cursor, &cursor.attributes(element)?)?);
                cursor.skip()
            }),
            "Properties" => self.read_properties(cursor, element),
            "LocalizedPropertiesCollection" => self.read_localized(cursor),
            "Relationships" => self.in_core(cursor, element, |parts, cursor| {
                parts.relations_at = element.offset();
                parts.relations = read_relations(cursor)?;
                Ok(())
            }),
            "ApplicabilityRules" => self.in_core(cursor, element, |parts, cursor| {
                parts.rules = rules::read(cursor, &mut parts.drivers)?;
                Ok(())
            }),
            "Files" => self.in_extended(cursor, element, |parts, cursor| {
                parts.files = read_files(cursor)?;
                Ok(())
            }),
            _ => self.in_extended(cursor, element, |parts, cursor| {
                parts.handler = read_handler(cursor, element)?;
                Ok(())
            }),
        }
    }

    /// Reads an element with `read` while it goes to the core fragment.
    fn in_core<'i>(
        &mut self,
        cursor: &mut Cursor<'i>,
        element: &Element<'i>,
        read: impl FnOnce(&mut Self, &mut Cursor<'i>) -> Result<(), DocumentError>,
    ) -> Result<(), DocumentError> {
        cursor.write_from(element, Writer::core(std::mem::take(&mut self.fragments.core)))?;
        let result = read(self, cursor);
        self.fragments.core = cursor.written();
        result
    }

    /// Reads an element with `read` while it goes to the extended fragment.
    fn in_extended<'i>(
        &mut self,
        cursor: &mut Cursor<'i>,
        element: &Element<'i>,
        read: impl FnOnce(&mut Self, &mut Cursor<'i>) -> Result<(), DocumentError>,
    ) -> Result<(), DocumentError> {
        cursor.write_from(element, Writer::extended(std::mem::take(&mut self.fragments.extended)))?;
        let result = read(self, cursor);
        self.fragments.extended = cursor.written();
        result
    }

    fn read_properties(&mut self, cursor: &mut Cursor<'_>, element: &Element<'_>) -> Result<(), DocumentError> {
        let attributes = cursor.attributes(element)?;
        self.update_type = Some(read_update_type(cursor, &attributes)?);
        self.properties = read_attributes(cursor, &attributes)?;

        let mut core = Writer::core(std::mem::take(&mut self.fragments.core));
        write_core_properties(&mut core, &attributes);
        self.fragments.core = core.into_text();

        let mut extended = Writer::extended(std::mem::take(&mut self.fragments.extended));
        open_extended_properties(&mut extended, &attributes);
        cursor.write_to(extended);
        let eulas = read_children(cursor, &mut self.properties)?;
        self.fragments.extended = cursor.written();
        for (eula, text) in eulas {
            self.add_eula(eula, text);
        }
        Ok(())
    }

    fn read_localized(&mut self, cursor: &mut Cursor<'_>) -> Result<(), DocumentError> {
        cursor.children(|cursor, element| match cursor.own_name(element) {
            "LocalizedProperties" => {
                cursor.write_from(element, Writer::default())?;
                let localized = localized::read(cursor)?;
                let text = cursor.written();
                let language = localized.language.clone();
                self.fragments.localized.push(crate::fragments::LocalizedFragment { language, text });
                self.localized.push(localized);
                Ok(())
            }
            EULA_FILE => {
                cursor.write_from(element, Writer::default())?;
                let eula = EulaFile::read(cursor, element)?;
                let text = cursor.written();
                self.add_eula(eula, text);
                Ok(())
            }
            _ => cursor.skip(),
        })
    }

    fn add_eula(&mut self, eula: EulaFile, text: String) {
        self.fragments.eulas.push(eula.fragment(text));
        self.eulas.push(eula);
    }

    fn finish(self, cursor: &Cursor<'_>) -> Result<Document, DocumentError> {
        let missing =
            |element| cursor.fault_at(self.root_at, DocumentFault::MissingElement { parent: "Update", element });
        let identity = self.identity.ok_or_else(|| missing("UpdateIdentity"))?;
        let update_type = self.update_type.ok_or_else(|| missing("Properties"))?;
        if self.relations.prerequisites.iter().any(|clause| clause.members.contains(&identity.update_id)) {
            return Err(cursor.fault_at(self.relations_at, DocumentFault::OwnPrerequisite));
        }
        if self.relations.bundled.iter().any(|clause| clause.members.contains(&identity)) {
            return Err(cursor.fault_at(self.relations_at, DocumentFault::OwnBundle));
        }
        let category = (update_type == UpdateType::Category).then_some(match &self.handler {
            Some(Handler::Category(category)) => category.kind,
            _ => CategoryKind::Unspecified,
        });
        Ok(Document {
            identity,
            update_type,
            properties: self.properties,
            localized: self.localized,
            relations: self.relations,
            rules: self.rules,
            drivers: self.drivers,
            files: self.files,
            handler: self.handler,
            eulas: self.eulas,
            category,
        })
    }
}

/// The revision that `UpdateIdentity` names.
pub(crate) fn read_identity(cursor: &Cursor<'_>, attributes: &Attributes<'_>) -> Result<UpdateIdentity, DocumentError> {
    let update_id = model::UpdateId(cursor.place(attributes.required_guid("UpdateID"))?);
    let expected = "a revision number (0 to 2147483647)";
    let revision_number = cursor.place(attributes.required_parse("RevisionNumber", expected))?;
    Ok(UpdateIdentity { update_id, revision_number })
}

pub(crate) fn read_update_type(cursor: &Cursor<'_>, attributes: &Attributes<'_>) -> Result<UpdateType, DocumentError> {
    let text = cursor.place(attributes.required("UpdateType"))?.trim();
    let all = [UpdateType::Software, UpdateType::Driver, UpdateType::Category, UpdateType::Detectoid];
    all.into_iter()
        .find(|kind| kind.as_str() == text)
        .ok_or_else(|| cursor.fault(attributes.invalid("UpdateType", text, "Software, Driver, Category or Detectoid")))
}
