//! Update documents (metadata.md §2).

mod driver;
mod file;
mod handler;
mod localized;
mod properties;
mod read;
mod relations;

pub use file::{EulaFile, File, PatchingType};
pub use handler::{
    Category, Command, CommandLine, Handler, MsiInstallation, MspInstallation, ReturnCode, WindowsDriverInstallation,
};
pub use localized::LocalizedProperties;
pub use properties::{Impact, InstallationBehavior, Properties, PublicationState, Readiness, RebootBehavior};
pub use read::read;

pub(crate) use driver::read_driver;
pub(crate) use file::read_files;
pub(crate) use handler::{read_command, read_handler, read_msi, read_msp};
pub(crate) use localized::{EULA_FILE, pick, read as read_localized, read_texts};
pub(crate) use properties::{publication_state, read_attributes, read_behavior, read_children};
pub(crate) use read::{read_identity, read_update_type, utf8};
pub(crate) use relations::read_relations;

use model::{
    CategoryKind, ContentFile, DriverMatch, FileUse, Languages, Relations, Revision, UpdateIdentity, UpdateType,
};

use crate::error::DocumentError;
use crate::rules::ApplicabilityRules;

/// All that is read of an update document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The revision's global name.
    pub identity: UpdateIdentity,
    /// What kind of update it is.
    pub update_type: UpdateType,
    /// Properties in no language.
    pub properties: Properties,
    /// Properties by language, in document order.
    pub localized: Vec<LocalizedProperties>,
    /// Prerequisites, bundled revisions and superseded updates.
    pub relations: Relations,
    /// Rules.
    pub rules: ApplicabilityRules,
    /// What it matches, if it is a driver.
    pub drivers: Vec<DriverMatch>,
    /// Files.
    pub files: Vec<File>,
    /// How it is installed; bundles and detectoids have none.
    pub handler: Option<Handler>,
    /// Licence files, in document order.
    pub eulas: Vec<EulaFile>,
    /// Set for categories only.
    pub category: Option<CategoryKind>,
}

impl Document {
    /// Reads a document; [`read`] gives its fragments as well, for the same price.
    ///
    /// # Errors
    /// As [`read`].
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        read(bytes).map(|(document, _)| document)
    }

    /// What the catalog needs to know of it.
    pub fn revision(&self) -> Revision {
        Revision {
            identity: self.identity,
            update_type: self.update_type,
            explicitly_deployable: self.properties.explicitly_deployable,
            category: self.category,
            relations: self.relations.clone(),
            drivers: self.drivers.clone(),
        }
    }

    /// The title in the best of `languages`, see [`Document::localized`].
    pub fn title(&self, languages: &[&str]) -> Option<&str> {
        self.localized(languages).map(|localized| localized.title.as_str())
    }

    /// The texts in the first of `languages` that is there, or its parent (`pt-br`, then `pt`); else in
    /// the document's default language, else in English, else the first (metadata.md §2.3).
    pub fn localized(&self, languages: &[&str]) -> Option<&LocalizedProperties> {
        pick(&self.localized, languages, self.properties.default_language.as_deref())
    }

    /// Whether what opens its files has to be asked for: it says so, or one of them is encrypted.
    pub fn has_keys(&self) -> bool {
        let says_so = self.properties.secured_fragments.iter().any(|fragment| fragment == "FileDecryption");
        says_so || self.files.iter().any(|file| file.is_encrypted)
    }

    /// The files an agent may ask for, in document order, licence files last.
    pub fn content_files(&self) -> Vec<ContentFile> {
        let files = self.files.iter().map(File::content_file);
        files.chain(self.eulas.iter().map(|eula| eula.file.content_file())).collect()
    }

    /// What each of [`content_files`](Self::content_files) is for, in the same order.
    pub fn file_uses(&self) -> Vec<FileUse> {
        let files = self.files.iter().map(|file| match file.patching_type {
            Some(PatchingType::Express) => FileUse::Express,
            _ => FileUse::Payload,
        });
        files.chain(self.eulas.iter().map(|eula| FileUse::Licence(Languages::of([eula.language.as_str()])))).collect()
    }

    /// The languages it has texts in (metadata.md §2.3).
    pub fn text_languages(&self) -> Languages {
        Languages::of(self.localized.iter().map(|localized| localized.language.as_str()))
    }

    /// The languages of the binaries it installs (metadata.md §2.2, `Language`). Bundles and most updates name none.
    pub fn binary_languages(&self) -> Languages {
        Languages::of(self.properties.languages.iter().map(String::as_str))
    }
}
