use model::{ContentFile, FileName, Sha1, Sha256, Timestamp};
use xml::Element;

use crate::attributes::Attributes;
use crate::cursor::Cursor;
use crate::error::{DocumentError, DocumentFault};
use crate::fragments::EulaFragment;

/// `Files/File` (metadata.md §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name clients ask by.
    pub sha1: Sha1,
    /// The name it is kept by; absent on documents of before about 2013.
    pub sha256: Option<Sha256>,
    /// Digests by algorithms nobody here knows: algorithm and text.
    pub other_digests: Vec<(String, String)>,
    /// The name before installation.
    pub name: FileName,
    /// Length in bytes.
    pub size: u64,
    /// When it was last modified.
    pub modified: Option<Timestamp>,
    /// What kind of patch it is.
    pub patching_type: Option<PatchingType>,
    /// What it is for a UUP installer (`Metadata`, `ServicingStack`).
    pub patching_type_preferred: Option<String>,
    /// It is published encrypted: nobody can use it without its key (MS-WSUSSS 3.1.1.1).
    pub is_encrypted: bool,
}

/// `PatchingType` of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchingType {
    /// Nothing said.
    Unspecified,
    /// A complete file.
    SelfContained,
    /// A delta of which agents fetch ranges.
    Express,
    /// A delta between versions of a Windows Installer patch.
    MspBinaryDelta,
    /// The installer of a WIM-based setup.
    Setup360Installer,
    /// The image of a WIM-based setup.
    Setup360Wim,
    /// The servicing stack of a WIM-based setup.
    Setup360Servicing,
    /// Another, by its name.
    Other(String),
}

impl From<&str> for PatchingType {
    fn from(text: &str) -> Self {
        match text {
            "Unspecified" => Self::Unspecified,
            "SelfContained" => Self::SelfContained,
            "Express" => Self::Express,
            "MspBinaryDelta" => Self::MspBinaryDelta,
            "Setup360Installer" => Self::Setup360Installer,
            "Setup360WIM" => Self::Setup360Wim,
            "Setup360Servicing" => Self::Setup360Servicing,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// A licence text in one language; a file like others, fetched with the metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EulaFile {
    /// The file.
    pub file: File,
    /// The language tag as written.
    pub language: String,
    /// The region; absent for the rest of the world.
    pub geo_id: Option<String>,
}

impl File {
    /// What is promised of its content.
    pub fn content_file(&self) -> ContentFile {
        ContentFile { sha1: self.sha1, sha256: self.sha256, size: self.size, name: self.name.clone() }
    }

    /// Reads the rest of a `File`, `EulaFile` or `OriginFile`.
    pub(crate) fn read(cursor: &mut Cursor<'_>, attributes: &Attributes<'_>) -> Result<Self, DocumentError> {
        let mut file = cursor.place(Self::of_attributes(attributes))?;
        cursor.children(|cursor, element| {
            if element.name() != "AdditionalDigest" {
                return cursor.skip();
            }
            let algorithm = cursor.place(cursor.attributes(element)?.required("Algorithm").map(str::to_owned))?;
            let text = cursor.text()?;
            if algorithm.trim().eq_ignore_ascii_case("SHA256") {
                let digest = Sha256::from_base64(&text).map_err(|source| {
                    cursor.fault(DocumentFault::InvalidDigest { file: file.name.to_string(), source })
                })?;
                file.sha256 = Some(digest);
            } else {
                file.other_digests.push((algorithm, text.into_owned()));
            }
            Ok(())
        })?;
        Ok(file)
    }

    fn of_attributes(attributes: &Attributes<'_>) -> Result<Self, DocumentFault> {
        let name = attributes.required("FileName")?;
        let name: FileName = name
            .parse()
            .map_err(|_| attributes.invalid("FileName", name, "a plain file name of 1 to 255 characters"))?;
        let digest = attributes.text("Digest").map(str::trim).filter(|digest| !digest.is_empty());
        let digest = digest.ok_or_else(|| DocumentFault::MissingDigest { file: name.to_string() })?;
        let sha1 = Sha1::from_base64(digest)
            .map_err(|source| DocumentFault::InvalidDigest { file: name.to_string(), source })?;
        // Vendor packages leave the algorithm out.
        match attributes.text("DigestAlgorithm").map(str::trim) {
            Some(algorithm) if !algorithm.eq_ignore_ascii_case("SHA1") => {
                return Err(attributes.invalid("DigestAlgorithm", algorithm, "SHA1"));
            }
            _ => {}
        }
        Ok(Self {
            sha1,
            sha256: None,
            other_digests: Vec::new(),
            name,
            size: attributes.required_parse("Size", "a number of bytes")?,
            modified: attributes.time("Modified")?,
            patching_type: attributes.text("PatchingType").map(PatchingType::from),
            patching_type_preferred: attributes.owned("PatchingTypePreferred"),
            is_encrypted: attributes.flag("IsEncrypted")?,
        })
    }
}

/// Reads the rest of `Files`.
pub(crate) fn read_files(cursor: &mut Cursor<'_>) -> Result<Vec<File>, DocumentError> {
    let mut files = Vec::new();
    cursor.children(|cursor, element| {
        if cursor.extended_name(element) != "File" {
            return cursor.skip();
        }
        files.push(File::read(cursor, &cursor.attributes(element)?)?);
        Ok(())
    })?;
    Ok(files)
}

impl EulaFile {
    /// Reads the rest of an `EulaFile`.
    pub(crate) fn read(cursor: &mut Cursor<'_>, element: &Element<'_>) -> Result<Self, DocumentError> {
        let attributes = cursor.attributes(element)?;
        let language = cursor.place(attributes.required("Language"))?.trim().to_owned();
        let geo_id = attributes.owned("GeoId").filter(|geo_id| !geo_id.is_empty());
        let file = File::read(cursor, &attributes)?;
        Ok(Self { file, language, geo_id })
    }

    /// The fragment of this file, whose element a fragment writes as `text`.
    pub(crate) fn fragment(&self, text: String) -> EulaFragment {
        let geo_id = self.geo_id.clone().unwrap_or_default();
        EulaFragment { language: self.language.clone(), geo_id, text }
    }
}
