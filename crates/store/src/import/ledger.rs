use std::collections::HashMap;

use model::{ContentFile, Sha1};

use super::FileConflict;
use super::prepared::Prepared;
use crate::codec::{sha1, sha256, unsigned};
use crate::database::Transaction;
use crate::value::{Hex, Value};
use crate::{StoreError, statement};

/// What is known of files, from the database and from the set so far.
///
/// INVARIANT: for one SHA-1 there is one size and, once a document gave it, one SHA-256.
pub(super) struct Ledger {
    files: HashMap<Sha1, Entry>,
}

struct Entry {
    file: ContentFile,
    origin: Origin,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Database,
    /// In the database without the SHA-256 it has now.
    Completed,
    New,
}

impl Ledger {
    /// What the database knows of the files of this set.
    pub(super) async fn load(change: &mut Transaction, prepared: &[Prepared]) -> Result<Self, StoreError> {
        let mut wanted: Vec<Sha1> = prepared.iter().flat_map(|one| &one.new.files).map(|file| file.sha1).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let set = Value::set(wanted.iter().map(|digest| (Hex(digest.as_bytes()),)))?;
        let rows = change.rows(statement::FILES_BY_SHA1, [set]).await?;
        let files = rows.into_iter().map(|row| {
            let file = content_file(row)?;
            Ok((file.sha1, Entry { file, origin: Origin::Database }))
        });
        Ok(Self { files: files.collect::<Result<_, StoreError>>()? })
    }

    /// Takes the files of one revision, all of them or none.
    pub(super) fn accept(&mut self, files: &[ContentFile]) -> Result<(), Box<FileConflict>> {
        let mut staged: HashMap<Sha1, Entry> = HashMap::new();
        for offered in files {
            let known = staged.get(&offered.sha1).or_else(|| self.files.get(&offered.sha1));
            let Some(known) = known else {
                staged.insert(offered.sha1, Entry { file: offered.clone(), origin: Origin::New });
                continue;
            };
            let digests_differ = matches!((known.file.sha256, offered.sha256), (Some(a), Some(b)) if a != b);
            if known.file.size != offered.size || digests_differ {
                return Err(Box::new(FileConflict { offered: offered.clone(), known: known.file.clone() }));
            }
            if known.file.sha256.is_none() && offered.sha256.is_some() {
                let origin = if known.origin == Origin::New { Origin::New } else { Origin::Completed };
                let file = ContentFile { sha256: offered.sha256, ..known.file.clone() };
                staged.insert(offered.sha1, Entry { file, origin });
            }
        }
        self.files.extend(staged);
        Ok(())
    }

    /// Files the database does not have.
    pub(super) fn new_files(&self) -> impl Iterator<Item = &ContentFile> {
        self.of(Origin::New)
    }

    /// Files the database has without their SHA-256.
    pub(super) fn completed_files(&self) -> impl Iterator<Item = &ContentFile> {
        self.of(Origin::Completed)
    }

    fn of(&self, origin: Origin) -> impl Iterator<Item = &ContentFile> {
        self.files.values().filter(move |entry| entry.origin == origin).map(|entry| &entry.file)
    }
}

/// `sha1, sha256, size, name` of a row.
pub(crate) type FileRow = (Vec<u8>, Option<Vec<u8>>, i64, String);

pub(crate) fn content_file((digest, digest256, size, name): FileRow) -> Result<ContentFile, StoreError> {
    Ok(ContentFile {
        sha1: sha1(&digest)?,
        sha256: digest256.as_deref().map(sha256).transpose()?,
        size: unsigned(size),
        name: name.parse().map_err(|error| StoreError::corrupt("reading a file's name", error))?,
    })
}
