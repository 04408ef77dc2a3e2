//! What clients are sent of a revision, and its document.

use std::collections::HashMap;

use model::{ContentFile, RevisionId, Sha1};
use tokio::task;

use crate::codec::{from_postcard, unpack, unpack_text, unsigned};
use crate::import::{FileRow, content_file};
use crate::statement::Statement;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

/// Which part of a revision (MS-WUSP 3.1.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FragmentKind {
    /// What decides whether it applies.
    Core,
    /// Files and how to install them.
    Extended,
    /// Title and description in one language.
    Localized,
    /// A licence in one language.
    Eula,
}

/// A fragment as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment<T = String> {
    /// The revision.
    pub revision: RevisionId,
    /// Its language; empty for core and extended fragments.
    pub language: String,
    /// The geographic id of a licence; empty for all others.
    pub geo: String,
    /// The text, as it was imported, or what was made of it.
    pub text: T,
}

impl Store {
    /// The fragments of one kind, in the order of `revisions`; what does not exist is left out.
    ///
    /// Localized ones and licences come in the languages named, matched without case, in the order they were
    /// imported; in all languages if none is named.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn fragments(
        &self,
        kind: FragmentKind,
        revisions: &[RevisionId],
        languages: &[String],
    ) -> Result<Vec<Fragment>, StoreError> {
        self.fragments_as(kind, revisions, languages, |text| text).await
    }

    /// The same, with each text made into something else on the blocking thread that unpacked it, one after the
    /// other: of the largest, of 46 MB, there are never more copies than needed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn fragments_as<T: Send + 'static>(
        &self,
        kind: FragmentKind,
        revisions: &[RevisionId],
        languages: &[String],
        make: impl Fn(String) -> T + Send + 'static,
    ) -> Result<Vec<Fragment<T>>, StoreError> {
        let statement = match kind {
            FragmentKind::Core => statement::FRAGMENTS_CORE,
            FragmentKind::Extended => statement::FRAGMENTS_EXTENDED,
            FragmentKind::Localized => statement::FRAGMENTS_LOCALIZED,
            FragmentKind::Eula => statement::FRAGMENTS_EULA,
        };
        let mut bodies = self.bodies(statement, revisions).await?;
        let revisions = revisions.to_vec();
        let languages: Vec<String> = languages.iter().map(|language| language.to_lowercase()).collect();
        let unpacked = task::spawn_blocking(move || {
            let mut fragments = Vec::new();
            for revision in revisions {
                if let Some(body) = bodies.remove(&revision) {
                    unpack_fragments(kind, revision, &body, &languages, &make, &mut fragments)?;
                }
            }
            Ok(fragments)
        });
        unpacked.await.map_err(|error| StoreError::corrupt("unpacking fragments", error))?
    }

    /// The document as it was imported.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn document(&self, revision: RevisionId) -> Result<Option<Vec<u8>>, StoreError> {
        let body = self.bodies(statement::DOCUMENTS, &[revision]).await?.remove(&revision);
        let Some(body) = body else { return Ok(None) };
        let unpacked = task::spawn_blocking(move || unpack(&body));
        unpacked.await.map_err(|error| StoreError::corrupt("unpacking a document", error))?.map(Some)
    }

    /// Bytes that the documents of revisions take here, packed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn documents_bytes(&self, revisions: &[RevisionId]) -> Result<u64, StoreError> {
        let bytes: Option<(i64,)> = self.database.row(statement::DOCUMENTS_BYTES, [revision_set(revisions)?]).await?;
        Ok(bytes.map_or(0, |(bytes,)| unsigned(bytes)))
    }

    /// The files of revisions, in the order of the documents.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn files_of(&self, revisions: &[RevisionId]) -> Result<Vec<(RevisionId, ContentFile)>, StoreError> {
        let files = self.file_uses_of(revisions).await?;
        Ok(files.into_iter().map(|(revision, file, _)| (revision, file)).collect())
    }

    /// What metadata promises of files, by the name clients use; unknown ones are left out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn files_by_sha1(&self, digests: &[Sha1]) -> Result<Vec<ContentFile>, StoreError> {
        let set = Value::set(digests.iter().map(|digest| (Hex(digest.as_bytes()),)))?;
        let rows: Vec<FileRow> = self.database.rows(statement::FILES_BY_SHA1, [set]).await?;
        rows.into_iter().map(content_file).collect()
    }

    async fn bodies(
        &self,
        statement: Statement,
        revisions: &[RevisionId],
    ) -> Result<HashMap<RevisionId, Vec<u8>>, StoreError> {
        let rows: Vec<(i32, Vec<u8>)> = self.database.rows(statement, [revision_set(revisions)?]).await?;
        Ok(rows.into_iter().map(|(id, body)| (RevisionId(id), body)).collect())
    }
}

pub(crate) fn revision_set(revisions: &[RevisionId]) -> Result<Value, StoreError> {
    Value::set(revisions.iter().map(|revision| (revision.0,)))
}

fn unpack_fragments<T>(
    kind: FragmentKind,
    revision: RevisionId,
    body: &[u8],
    languages: &[String],
    make: impl Fn(String) -> T,
    into: &mut Vec<Fragment<T>>,
) -> Result<(), StoreError> {
    let wanted = |language: &str| languages.is_empty() || languages.contains(&language.to_lowercase());
    match kind {
        FragmentKind::Core | FragmentKind::Extended => {
            let (language, geo) = (String::new(), String::new());
            into.push(Fragment { revision, language, geo, text: make(unpack_text(body)?) });
        }
        FragmentKind::Localized if !body.is_empty() => {
            let all: Vec<(String, String)> = from_postcard(&unpack(body)?)?;
            let chosen = all.into_iter().filter(|(language, _)| wanted(language));
            into.extend(chosen.map(|(language, text)| Fragment {
                revision,
                language,
                geo: String::new(),
                text: make(text),
            }));
        }
        FragmentKind::Eula if !body.is_empty() => {
            let all: Vec<(String, String, String)> = from_postcard(&unpack(body)?)?;
            let chosen = all.into_iter().filter(|(language, _, _)| wanted(language));
            into.extend(chosen.map(|(language, geo, text)| Fragment { revision, language, geo, text: make(text) }));
        }
        FragmentKind::Localized | FragmentKind::Eula => {}
    }
    Ok(())
}
