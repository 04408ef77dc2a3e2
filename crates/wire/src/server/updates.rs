use std::borrow::Cow;

use bytes::Bytes;
use model::{Sha1, UpdateIdentity};

use super::Cookie;
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Escaped, Problem, limits};

/// Asks for the documents of revisions (MS-WSUSSS 3.1.4.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetUpdateData {
    /// The session.
    pub cookie: Option<Cookie>,
    /// The revisions, at most `MaxNumberOfUpdatesPerRequest`; absent is a fault.
    pub update_ids: Option<Vec<UpdateIdentity>>,
}

impl Wire for GetUpdateData {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| match name {
            "cookie" => input.value().map(|cookie| request.cookie = Some(cookie)),
            "updateIds" => {
                input.list("UpdateIdentity", limits::UPDATE_DATA, request.update_ids.get_or_insert_default())
            }
            _ => input.skip(),
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional_array("updateIds", "UpdateIdentity", self.update_ids.as_deref());
    }
}

/// The answer to [`GetUpdateData`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Updates {
    /// The documents, in any order. Native WSUS stops near 2,000,000 bytes without a word: whoever asked asks again
    /// for the rest.
    pub updates: Vec<UpdateData>,
    /// Where the files of these updates are; each digest once.
    pub file_urls: Vec<FileUrl>,
}

impl Wire for Updates {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut answer = Self::default();
        input.fields(|input, name| match name {
            "updates" => input.list("ServerSyncUpdateData", limits::UPDATES, &mut answer.updates),
            "fileUrls" => input.list("ServerSyncUrlData", limits::FILE_URLS, &mut answer.file_urls),
            _ => input.skip(),
        })?;
        Ok(answer)
    }

    fn write(&self, out: &mut Output) {
        out.array("updates", "ServerSyncUpdateData", &self.updates);
        out.array("fileUrls", "ServerSyncUrlData", &self.file_urls);
    }
}

/// The document of a revision, and its files (`ServerSyncUpdateData`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateData {
    /// The revision.
    pub id: UpdateIdentity,
    /// The complete, unchanged document.
    pub document: UpdateDocument,
    /// The files of the update; the array is left out when there are none.
    pub file_digests: Vec<Sha1>,
}

/// An update document in the one form it travels in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateDocument {
    /// As it was read from `XmlUpdateBlob`.
    Text(String),
    /// To be written as `XmlUpdateBlob`: a long one is shared with the message, not copied. Never read.
    Escaped(Escaped),
    /// `XmlUpdateBlobCompressed`: a cabinet with one member, `blob`, of UTF-16LE; native WSUS compresses so above 5,120
    /// bytes. Nothing here looks inside.
    Cabinet(Bytes),
}

impl UpdateDocument {
    /// The text, unless it is in a cabinet.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Escaped(escaped) => Some(Cow::Owned(escaped.to_text())),
            Self::Cabinet(_) => None,
        }
    }
}

impl Wire for UpdateData {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut id, mut document, mut file_digests) = (None, None, Vec::new());
        input.fields(|input, name| {
            match name {
                "Id" => id = Some(input.value()?),
                // Empty is the same as absent: of the two forms one must be there.
                "XmlUpdateBlob" => {
                    let text = input.text(limits::DOCUMENT_TEXT)?;
                    if !text.is_empty() {
                        document = Some(UpdateDocument::Text(text.into_owned()));
                    }
                }
                "FileDigestList" => input.list("base64Binary", limits::FILES_OF_UPDATE, &mut file_digests)?,
                "XmlUpdateBlobCompressed" => {
                    let cabinet = input.bytes(limits::CABINET_BYTES)?;
                    if !cabinet.is_empty() {
                        document = Some(UpdateDocument::Cabinet(cabinet.into()));
                    }
                }
                _ => input.skip()?,
            }
            Ok(())
        })?;
        let document = input.required(document, "XmlUpdateBlob")?;
        Ok(Self { id: input.required(id, "Id")?, document, file_digests })
    }

    fn write(&self, out: &mut Output) {
        out.field("Id", &self.id);
        match &self.document {
            UpdateDocument::Text(text) => out.element("XmlUpdateBlob", |out| out.text(text)),
            UpdateDocument::Escaped(escaped) => out.field("XmlUpdateBlob", escaped),
            UpdateDocument::Cabinet(_) => {}
        }
        out.list("FileDigestList", "base64Binary", &self.file_digests);
        if let UpdateDocument::Cabinet(cabinet) = &self.document {
            out.element("XmlUpdateBlobCompressed", |out| out.base64(cabinet));
        }
    }
}

/// Where a file is (`ServerSyncUrlData`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileUrl {
    /// The file.
    pub file_digest: Sha1,
    /// `MUUrl`: its address with Microsoft; absent for files that are on no public address.
    pub mu_url: Option<String>,
    /// `UssUrl`: without meaning. Native WSUS sends it empty, though it should not be there (MS-WSUSSS 3.1.4.6.3.5).
    pub uss_url: Option<String>,
}

impl Wire for FileUrl {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut file_digest, mut mu_url, mut uss_url) = (None, None, None);
        input.fields(|input, name| {
            match name {
                "FileDigest" => file_digest = Some(input.value()?),
                "MUUrl" => mu_url = Some(input.value()?),
                "UssUrl" => uss_url = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        let mu_url = mu_url.filter(|url: &String| !url.trim().is_empty());
        Ok(Self { file_digest: input.required(file_digest, "FileDigest")?, mu_url, uss_url })
    }

    fn write(&self, out: &mut Output) {
        out.field("FileDigest", &self.file_digest);
        out.optional("MUUrl", self.mu_url.as_ref());
        out.optional("UssUrl", self.uss_url.as_ref());
    }
}

/// Asks the upstream server to fetch files it does not hold yet (MS-WSUSSS 3.1.4.11). The answer is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DownloadFiles {
    /// The session.
    pub cookie: Option<Cookie>,
    /// The files, 1 to 100; absent is a fault.
    pub file_digests: Option<Vec<Sha1>>,
}

impl Wire for DownloadFiles {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| match name {
            "cookie" => input.value().map(|cookie| request.cookie = Some(cookie)),
            "fileDigestList" => {
                input.list("base64Binary", limits::DOWNLOAD_FILES, request.file_digests.get_or_insert_default())
            }
            _ => input.skip(),
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional_array("fileDigestList", "base64Binary", self.file_digests.as_deref());
    }
}
