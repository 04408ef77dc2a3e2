//! What of a revision narrows which files are fetched: languages, and what each file is for.
//!
//! It is written when a revision comes. Those that came before it was kept are described later, from their documents: a
//! revision without a row in `revision_language` is one whose document is still to be read, which may stop anywhere.

use std::collections::{BTreeSet, HashMap, HashSet};

use model::{ContentFile, FileUse, Languages, RevisionId};

use crate::codec::{unpack, unsigned};
use crate::counter::Counter;
use crate::database::Transaction;
use crate::fragments::revision_set;
use crate::import::content_file;
use crate::value::Value;
use crate::{Store, StoreError, on_all_cores, statement};

/// The number of what is there to be read.
pub(crate) const LICENCE: i16 = 2;

/// What a document says of languages and files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traits {
    /// Languages it has texts in.
    pub texts: Languages,
    /// Languages of the binaries it installs.
    pub binaries: Languages,
    /// What each of its files is for, in the order of its files; the usual for those beyond the end.
    pub uses: Vec<FileUse>,
}

/// How many revisions have the same languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageCount {
    /// Languages of their texts.
    pub texts: Languages,
    /// Languages of their binaries.
    pub binaries: Languages,
    /// How many there are, superseded revisions of an update among them.
    pub revisions: u64,
}

impl Store {
    /// The next revisions above `after` that are not described, by ascending number, with what `make` makes of their
    /// documents on all cores, or of the error for one that is damaged; at most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn undescribed<T: Send + 'static>(
        &self,
        after: RevisionId,
        limit: u32,
        make: impl Fn(RevisionId, Result<Vec<u8>, StoreError>) -> T + Clone + Send + 'static,
    ) -> Result<Vec<(RevisionId, T)>, StoreError> {
        let values = [after.0.into(), i64::from(limit).into()];
        let rows: Vec<(i32, Vec<u8>)> = self.database.rows(statement::DOCUMENTS_UNDESCRIBED, values).await?;
        let read = move |(): &mut (), (id, body): (i32, Vec<u8>)| {
            let id = RevisionId(id);
            (id, make(id, unpack(&body)))
        };
        let read = on_all_cores(rows, || (), read).await;
        read.map_err(|error| StoreError::corrupt("reading documents", error))
    }

    /// Describes revisions; those that are described already stay as they are.
    ///
    /// # Errors
    /// Those of the database; then none of them is.
    pub async fn describe(&self, described: &[(RevisionId, Traits)]) -> Result<(), StoreError> {
        let mut change = self.database.write("noting the languages of revisions").await?;
        let traits = || described.iter().map(|(id, traits)| (id.0, traits));
        add(&mut change, traits()).await?;
        let purposes = traits().flat_map(|(id, traits)| {
            let uses = traits.uses.iter().enumerate().filter(|(_, used)| **used != FileUse::Payload);
            uses.map(move |(position, used)| (id, position, purpose(used), language(used)))
        });
        change.run(statement::REVISION_FILES_SET_PURPOSE, [Value::set(purposes)?]).await?;
        change.commit().await
    }

    /// The revisions whose binaries are in languages of which none `is_spoken`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn foreign_revisions(
        &self,
        is_spoken: impl Fn(&Languages) -> bool,
    ) -> Result<HashSet<RevisionId>, StoreError> {
        let mut view = self.database.read("looking for languages").await?;
        let sets = sets(&mut view).await?;
        let foreign: Vec<i32> = sets.iter().filter(|(_, set)| !is_spoken(set)).map(|(number, _)| *number).collect();
        if foreign.is_empty() {
            return Ok(HashSet::new());
        }
        let foreign = Value::set(foreign.iter().map(|number| (number,)))?;
        let rows: Vec<(i32,)> = view.rows(statement::REVISIONS_FOR_LANGUAGES, [foreign]).await?;
        Ok(rows.into_iter().map(|(id,)| RevisionId(id)).collect())
    }

    /// How many revisions have which languages, in no order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn language_counts(&self) -> Result<Vec<LanguageCount>, StoreError> {
        let mut view = self.database.read("counting languages").await?;
        let sets = sets(&mut view).await?;
        let rows: Vec<(i32, i32, i64)> = view.rows(statement::LANGUAGE_COUNTS, []).await?;
        let set = |number: i32| {
            let known = sets.get(&number).cloned();
            known.ok_or_else(|| StoreError::corrupt("counting languages", format!("set {number} is missing")))
        };
        let count = |(texts, binaries, revisions): (i32, i32, i64)| {
            Ok(LanguageCount { texts: set(texts)?, binaries: set(binaries)?, revisions: unsigned(revisions) })
        };
        rows.into_iter().map(count).collect()
    }

    /// The files of revisions, in the order of the documents, and what each is for.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn file_uses_of(
        &self,
        revisions: &[RevisionId],
    ) -> Result<Vec<(RevisionId, ContentFile, FileUse)>, StoreError> {
        type Found = (i32, Vec<u8>, Option<Vec<u8>>, i64, String, i16, Option<String>);
        let rows: Vec<Found> = self.database.rows(statement::FILES_OF_REVISIONS, [revision_set(revisions)?]).await?;
        let file = |(revision, sha1, sha256, size, name, purpose, language): Found| {
            Ok((RevisionId(revision), content_file((sha1, sha256, size, name))?, file_use(purpose, language)?))
        };
        rows.into_iter().map(file).collect()
    }
}

/// Adds the languages of revisions as part of a larger change.
pub(crate) async fn add<'a>(
    change: &mut Transaction,
    described: impl Iterator<Item = (i32, &'a Traits)> + Clone,
) -> Result<(), StoreError> {
    let sets: BTreeSet<&Languages> =
        described.clone().flat_map(|(_, traits)| [&traits.texts, &traits.binaries]).collect();
    let numbers = number_sets(change, sets).await?;
    let rows = described.map(|(id, traits)| (id, numbers.get(&traits.texts), numbers.get(&traits.binaries)));
    change.run(statement::REVISION_LANGUAGES_ADD, [Value::set(rows)?]).await.map(drop)
}

/// The numbers of sets; those not yet known get one.
async fn number_sets(
    change: &mut Transaction,
    sets: BTreeSet<&Languages>,
) -> Result<HashMap<Languages, i32>, StoreError> {
    let mut numbers = set_numbers(change, sets.iter().copied()).await?;
    let missing: Vec<&Languages> = sets.into_iter().filter(|set| !numbers.contains_key(*set)).collect();
    if !missing.is_empty() {
        let fresh = Counter::LanguageSet.take(change, missing.len()).await?;
        let rows = Value::set(fresh.zip(&missing).map(|(number, set)| (number, set.to_string())))?;
        change.run(statement::LANGUAGE_SETS_ADD, [rows]).await?;
        // Read back: a server beside this one may have been quicker with some of them.
        numbers.extend(set_numbers(change, missing.into_iter()).await?);
    }
    Ok(numbers)
}

async fn set_numbers<'a>(
    change: &mut Transaction,
    sets: impl Iterator<Item = &'a Languages>,
) -> Result<HashMap<Languages, i32>, StoreError> {
    let sets = Value::set(sets.map(|set| (set.to_string(),)))?;
    let rows: Vec<(String, i32)> = change.rows(statement::LANGUAGE_SET_NUMBERS, [sets]).await?;
    Ok(rows.into_iter().map(|(tags, number)| (languages(&tags), number)).collect())
}

async fn sets(view: &mut Transaction) -> Result<HashMap<i32, Languages>, StoreError> {
    let rows: Vec<(i32, String)> = view.rows(statement::LANGUAGE_SETS, []).await?;
    Ok(rows.into_iter().map(|(number, tags)| (number, languages(&tags))).collect())
}

/// What a set's text says.
fn languages(tags: &str) -> Languages {
    Languages::of(tags.split(',').filter(|tag| !tag.is_empty()))
}

/// INVARIANT: a number never changes its meaning.
pub(crate) const fn purpose(used: &FileUse) -> i16 {
    match used {
        FileUse::Payload => 0,
        FileUse::Express => 1,
        FileUse::Licence(_) => LICENCE,
    }
}

/// The language of a licence.
pub(crate) fn language(used: &FileUse) -> Option<String> {
    match used {
        FileUse::Licence(language) => Some(language.to_string()),
        FileUse::Payload | FileUse::Express => None,
    }
}

fn file_use(purpose: i16, language: Option<String>) -> Result<FileUse, StoreError> {
    match purpose {
        0 => Ok(FileUse::Payload),
        1 => Ok(FileUse::Express),
        LICENCE => Ok(FileUse::Licence(languages(&language.unwrap_or_default()))),
        _ => Err(StoreError::corrupt("reading files", format!("{purpose} is no purpose"))),
    }
}

#[cfg(test)]
mod tests;
