//! What updates say of the files that they name.

use model::{RevisionId, Sha1, UpdateId, UpdateType};

use crate::codec::{sha1, unpack, update_type, uuid};
use crate::database::Transaction;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, on_all_cores, statement};

/// What an update that names a file is, as far as it matters for who must have signed it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The file.
    pub file: Sha1,
    /// Type of the update.
    pub update_type: UpdateType,
    /// Its classification.
    pub classification: Option<UpdateId>,
    /// Whether it says that it was published locally; `None` if its document was not read for that yet.
    pub is_local: Option<bool>,
    /// Whether it is only there to be read, as a licence.
    pub is_text: bool,
    /// Whether computers may be offered it: it is the latest revision of an update that is not declined.
    pub is_current: bool,
}

type SubjectFound = (Vec<u8>, i16, Option<Vec<u8>>, Option<i16>, i16, i16);

impl Store {
    /// What the updates are that name these files, each kind once.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn content_subjects(&self, files: &[Sha1]) -> Result<Vec<Subject>, StoreError> {
        subjects(self.database.rows(statement::CONTENT_SUBJECTS, [name_set(files)?]).await?)
    }

    /// Of revisions that name one of these files and whose documents were not read for where they were published: what `make`
    /// makes of their documents, or of what is wrong with them, on all cores; at most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unplaced<T: Send + 'static>(
        &self,
        files: &[Sha1],
        limit: u32,
        make: impl Fn(Result<Vec<u8>, StoreError>) -> T + Clone + Send + 'static,
    ) -> Result<Vec<(RevisionId, T)>, StoreError> {
        let values = [name_set(files)?, i64::from(limit).into()];
        let rows: Vec<(i32, Vec<u8>)> = self.database.rows(statement::DOCUMENTS_UNPLACED, values).await?;
        let read = move |(): &mut (), (id, body): (i32, Vec<u8>)| (RevisionId(id), make(unpack(&body)));
        on_all_cores(rows, || (), read).await.map_err(|error| StoreError::corrupt("reading documents", error))
    }

    /// Notes whether revisions say of themselves that they were published locally.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn place(&self, revisions: &[(RevisionId, bool)]) -> Result<(), StoreError> {
        let set = Value::set(revisions.iter().map(|(id, is_local)| (id.0, u8::from(*is_local))))?;
        self.database.change("noting where updates were published", statement::REVISIONS_PLACE, [set]).await.map(drop)
    }

    /// The updates whose latest revisions name these files, each with its title.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn updates_of_files(&self, files: &[Sha1]) -> Result<Vec<(Sha1, UpdateId, String)>, StoreError> {
        type Row = (Vec<u8>, Vec<u8>, String);
        let rows: Vec<Row> = self.database.rows(statement::UPDATES_OF_FILES, [name_set(files)?]).await?;
        let named = |(file, update, title): Row| Ok((sha1(&file)?, UpdateId(uuid(&update)?), title));
        rows.into_iter().map(named).collect()
    }
}

/// [`Store::content_subjects`] as part of a larger change.
pub(super) async fn of(change: &mut Transaction, files: &[Sha1]) -> Result<Vec<Subject>, StoreError> {
    subjects(change.rows(statement::CONTENT_SUBJECTS, [name_set(files)?]).await?)
}

fn subjects(rows: Vec<SubjectFound>) -> Result<Vec<Subject>, StoreError> {
    let subject = |(file, kind, classification, is_local, purpose, is_current): SubjectFound| {
        Ok(Subject {
            file: sha1(&file)?,
            update_type: update_type(kind)?,
            classification: classification.as_deref().map(uuid).transpose()?.map(UpdateId),
            is_local: is_local.map(|is_local| is_local != 0),
            is_text: purpose == crate::languages::LICENCE,
            is_current: is_current != 0,
        })
    };
    rows.into_iter().map(subject).collect()
}

pub(super) fn name_set(files: &[Sha1]) -> Result<Value, StoreError> {
    Value::set(files.iter().map(|file| (Hex(*file.as_bytes()),)))
}
