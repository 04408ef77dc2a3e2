use model::RevisionId;

use super::{Cookie, FileLocation};
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Escaped, Problem, limits};

/// Asks for fragments of revisions the client found applicable (MS-WUSP 2.2.2.2.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetExtendedUpdateInfo {
    /// The session.
    pub cookie: Option<Cookie>,
    /// The revisions; at most `MaxExtendedUpdatesPerRequest`.
    pub revision_ids: Vec<RevisionId>,
    /// Which fragments.
    pub info_types: Option<Vec<InfoType>>,
    /// Languages, such as `en-US` then `en`.
    pub locales: Option<Vec<String>>,
    /// Region, such as `USA`.
    pub geo_id: Option<String>,
    /// Free text; no meaning here.
    pub caller_attributes: Option<String>,
}

impl Wire for GetExtendedUpdateInfo {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| {
            match name {
                "cookie" => request.cookie = Some(input.value()?),
                "revisionIDs" => input.revision_ids(limits::EXTENDED_UPDATES, &mut request.revision_ids)?,
                "infoTypes" => {
                    let types = request.info_types.get_or_insert_default();
                    input.list("XmlUpdateFragmentType", limits::INFO_TYPES, types)?;
                }
                "locales" => input.list("string", limits::LOCALES, request.locales.get_or_insert_default())?,
                "GeoId" => request.geo_id = Some(input.value()?),
                "callerAttributes" => {
                    request.caller_attributes = Some(input.text(limits::LONG_TEXT)?.into_owned());
                }
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.array("revisionIDs", "int", &self.revision_ids);
        out.optional_array("infoTypes", "XmlUpdateFragmentType", self.info_types.as_deref());
        out.optional_array("locales", "string", self.locales.as_deref());
        out.optional("GeoId", self.geo_id.as_ref());
        out.optional("callerAttributes", self.caller_attributes.as_ref());
    }
}

/// A kind of fragment (`XmlUpdateFragmentType`); one this server does not know is kept, and yields nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum InfoType {
    /// In the enumeration without a definition.
    Published,
    /// What `SyncUpdates` sends.
    Core,
    /// Properties, files and handler data.
    Extended,
    /// In the enumeration without a definition.
    VerificationRule,
    /// Titles and descriptions.
    LocalizedProperties,
    /// Licence terms.
    Eula,
    /// Addresses of files; of `GetExtendedUpdateInfo2`.
    FileUrl,
    /// Keys of encrypted files; of `GetExtendedUpdateInfo2`.
    FileDecryption,
    /// Any other.
    Other(String),
}

impl InfoType {
    /// The name on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Published => "Published",
            Self::Core => "Core",
            Self::Extended => "Extended",
            Self::VerificationRule => "VerificationRule",
            Self::LocalizedProperties => "LocalizedProperties",
            Self::Eula => "Eula",
            Self::FileUrl => "FileUrl",
            Self::FileDecryption => "FileDecryption",
            Self::Other(name) => name,
        }
    }
}

impl Wire for InfoType {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let text = input.text(limits::TEXT)?;
        Ok(match text.trim() {
            "Published" => Self::Published,
            "Core" => Self::Core,
            "Extended" => Self::Extended,
            "VerificationRule" => Self::VerificationRule,
            "LocalizedProperties" => Self::LocalizedProperties,
            "Eula" => Self::Eula,
            "FileUrl" => Self::FileUrl,
            "FileDecryption" => Self::FileDecryption,
            other => Self::Other(other.to_owned()),
        })
    }

    fn write(&self, out: &mut Output) {
        out.text(self.as_str());
    }
}

/// The answer to [`GetExtendedUpdateInfo`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtendedUpdateInfo {
    /// One for each fragment.
    pub updates: Vec<UpdateData>,
    /// Where the revisions' files are; each digest once.
    pub file_locations: Vec<FileLocation>,
    /// Revisions that were asked for and are not for this client.
    pub out_of_scope_revision_ids: Vec<RevisionId>,
}

impl Wire for ExtendedUpdateInfo {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut info = Self::default();
        input.fields(|input, name| match name {
            "Updates" => input.list("Update", limits::ANSWER_LIST, &mut info.updates),
            "FileLocations" => input.list("FileLocation", limits::ANSWER_LIST, &mut info.file_locations),
            "OutOfScopeRevisionIDs" => input.revision_ids(limits::ANSWER_LIST, &mut info.out_of_scope_revision_ids),
            _ => input.skip(),
        })?;
        Ok(info)
    }

    fn write(&self, out: &mut Output) {
        out.list("Updates", "Update", &self.updates);
        out.list("FileLocations", "FileLocation", &self.file_locations);
        out.list("OutOfScopeRevisionIDs", "int", &self.out_of_scope_revision_ids);
    }
}

/// A fragment of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateData {
    /// The revision's number.
    pub id: RevisionId,
    /// The fragment.
    pub xml: Escaped,
}

impl Wire for UpdateData {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut id, mut xml) = (None, None);
        input.fields(|input, name| {
            match name {
                "ID" => id = Some(input.value()?),
                "Xml" => xml = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self { id: input.required(id, "ID")?, xml: xml.unwrap_or_default() })
    }

    fn write(&self, out: &mut Output) {
        out.field("ID", &self.id);
        out.field("Xml", &self.xml);
    }
}
