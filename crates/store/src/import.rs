//! Import: a set of revisions becomes part of the catalog in one transaction.

mod ledger;
mod prepared;
mod write;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use model::{ContentFile, Revision, RevisionId, Timestamp, UpdateId, UpdateIdentity};
use uuid::Uuid;

use self::ledger::Ledger;
pub(crate) use self::ledger::{FileRow, content_file};
pub use self::prepared::Prepared;
use self::prepared::prepare_all;
pub(crate) use self::write::{normal_cve, normal_kb};
use crate::codec::uuid;
use crate::counter::Counter;
use crate::database::Transaction;
use crate::languages::Traits;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

/// A revision to import, with all that is kept of it.
#[derive(Debug, Clone)]
pub struct NewRevision {
    /// What the catalog needs of it.
    pub revision: Revision,
    /// Its document as it came. The same revision may come again only with the same bytes.
    pub document: Vec<u8>,
    /// The core fragment, as it is to be sent.
    pub core: String,
    /// The extended fragment.
    pub extended: String,
    /// Language and text of each localized fragment.
    pub localized: Vec<(String, String)>,
    /// Language, geographic id and text of each licence fragment.
    pub eulas: Vec<(String, String, String)>,
    /// The title that lists show.
    pub title: String,
    /// Knowledge base articles, with or without `KB` in front.
    pub kb: Vec<String>,
    /// CVE ids.
    pub cves: Vec<String>,
    /// The classification it is in.
    pub classification: Option<UpdateId>,
    /// The severity given by its publisher.
    pub severity: Option<String>,
    /// When its publisher made it.
    pub created_at: Option<Timestamp>,
    /// The licence that must be accepted before it may be installed.
    pub eula: Option<Uuid>,
    /// The content files it promises.
    pub files: Vec<ContentFile>,
    /// Its languages, and what each of its files is for.
    pub traits: Traits,
    /// Whether it says of itself that it was published locally.
    pub is_local: bool,
}

/// What became of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// It is new.
    Added(RevisionId),
    /// It was there already, with the same content.
    Unchanged(RevisionId),
    /// It was there already with other content, and is refused.
    Conflict(RevisionId),
    /// It promises something else of a file than what is known of that file, and is refused.
    FileConflict(Box<FileConflict>),
}

/// Two promises about one file that cannot both hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileConflict {
    /// What the refused revision says.
    pub offered: ContentFile,
    /// What is known.
    pub known: ContentFile,
}

impl fmt::Display for FileConflict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offered, known } = self;
        write!(out, "file {} with SHA-1 {}: ", offered.name, offered.sha1)?;
        if offered.size != known.size {
            return write!(out, "{} bytes are promised, another revision says {}", offered.size, known.size);
        }
        let digest = |file: &ContentFile| file.sha256.map_or_else(|| "none".to_owned(), |digest| digest.to_string());
        write!(out, "SHA-256 {} is promised, another revision says {}", digest(offered), digest(known))
    }
}

impl Store {
    /// Imports a set in one transaction, and says what became of each, in order.
    ///
    /// New ones get ascending numbers, in the order given; the generation grows by one, or not at all if nothing
    /// is new. A refused one leaves no trace; the others are not affected. A set of a few hundred to a few
    /// thousand is the cheapest.
    ///
    /// # Errors
    /// Those of the database; then nothing of the set is there.
    pub async fn import(&self, revisions: Vec<NewRevision>, now: Timestamp) -> Result<Vec<Imported>, StoreError> {
        let prepared = self.prepare(revisions).await?;
        self.import_prepared(prepared, now).await
    }

    /// Does what of [`import`](Self::import) needs no transaction, on all cores: so it can go on for one set while
    /// another is written.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn prepare(&self, revisions: Vec<NewRevision>) -> Result<Vec<Prepared>, StoreError> {
        // What is known already is not compressed: revisions never change or go.
        let identities = identity_set(revisions.iter().map(|new| new.revision.identity))?;
        let known = known_revisions(self.database.rows(statement::REVISIONS_BY_IDENTITY, [identities]).await?)?;
        let known: Arc<HashSet<UpdateIdentity>> = Arc::new(known.into_keys().collect());
        prepare_all(revisions, move |identity| known.contains(identity)).await
    }

    /// The rest of [`import`](Self::import), with the same outcome.
    ///
    /// # Errors
    /// Those of the database; then nothing of the set is there.
    pub async fn import_prepared(&self, prepared: Vec<Prepared>, now: Timestamp) -> Result<Vec<Imported>, StoreError> {
        let mut change = self.changing("importing revisions").await?;
        let outcomes = take(&mut change, &prepared, now).await?;
        if outcomes.iter().any(|outcome| matches!(outcome, Imported::Added(_))) {
            change.commit().await?; // Otherwise rolled back: nothing has changed, the generation neither.
        }
        Ok(outcomes)
    }
}

/// Takes a set into the catalog as part of a larger change, in that change's generation.
pub(crate) async fn take(
    change: &mut Transaction,
    prepared: &[Prepared],
    now: Timestamp,
) -> Result<Vec<Imported>, StoreError> {
    let mark = Counter::Mark.advance(change, 0).await?;
    let identities = identity_set(prepared.iter().map(|one| one.new.revision.identity))?;
    let rows = change.rows(statement::REVISIONS_BY_IDENTITY, [identities]).await?;
    let plan = Plan::new(prepared, &known_revisions(rows)?, Ledger::load(change, prepared).await?);
    if plan.added.is_empty() {
        return Ok(plan.outcomes(&[]));
    }
    let ids: Vec<i32> = Counter::Revision.take(change, plan.added.len()).await?.collect();
    write::all(change, prepared, &plan, &ids, mark, now).await?;
    Ok(plan.outcomes(&ids))
}

/// A revision that is there: its number, and the digest of its document.
type Known = HashMap<UpdateIdentity, (RevisionId, Vec<u8>)>;

pub(crate) fn identity_set(identities: impl Iterator<Item = UpdateIdentity>) -> Result<Value, StoreError> {
    Value::set(identities.map(|identity| (Hex(identity.update_id.0), identity.revision_number.number())))
}

type KnownRow = (Vec<u8>, i32, i32, Vec<u8>);

fn known_revisions(rows: Vec<KnownRow>) -> Result<Known, StoreError> {
    let known = |(update_id, number, id, digest): KnownRow| {
        Ok((crate::codec::identity(&update_id, number)?, (RevisionId(id), digest)))
    };
    rows.into_iter().map(known).collect()
}

/// What is to be done with each revision of a set.
struct Plan {
    fates: Vec<Fate>,
    /// Positions in the set of those to add, ascending.
    added: Vec<usize>,
    ledger: Ledger,
}

enum Fate {
    Settled(Imported),
    /// The n-th to add.
    Add(usize),
    /// The same revision as the n-th to add; with the same content or not.
    Again(usize, bool),
}

impl Plan {
    fn new(prepared: &[Prepared], known: &Known, mut ledger: Ledger) -> Self {
        let mut fates = Vec::with_capacity(prepared.len());
        let mut added: Vec<usize> = Vec::new();
        let mut first: HashMap<UpdateIdentity, (usize, &Prepared)> = HashMap::new();
        for (position, one) in prepared.iter().enumerate() {
            let identity = one.new.revision.identity;
            let fate = if let Some((id, digest)) = known.get(&identity) {
                let same = *digest == one.digest;
                Fate::Settled(if same { Imported::Unchanged(*id) } else { Imported::Conflict(*id) })
            } else if let Some((nth, other)) = first.get(&identity) {
                Fate::Again(*nth, other.digest == one.digest)
            } else {
                match ledger.accept(&one.new.files) {
                    Ok(()) => {
                        first.insert(identity, (added.len(), one));
                        added.push(position);
                        Fate::Add(added.len() - 1)
                    }
                    Err(conflict) => Fate::Settled(Imported::FileConflict(conflict)),
                }
            };
            fates.push(fate);
        }
        Self { fates, added, ledger }
    }

    /// The outcomes, given the numbers of those that were added.
    fn outcomes(self, ids: &[i32]) -> Vec<Imported> {
        let id = |nth: usize| RevisionId(ids.get(nth).copied().unwrap_or_default());
        let outcome = |fate| match fate {
            Fate::Settled(outcome) => outcome,
            Fate::Add(nth) => Imported::Added(id(nth)),
            Fate::Again(nth, true) => Imported::Unchanged(id(nth)),
            Fate::Again(nth, false) => Imported::Conflict(id(nth)),
        };
        self.fates.into_iter().map(outcome).collect()
    }
}

/// The numbers of updates; those not yet known get one.
pub(crate) async fn number_updates(
    change: &mut Transaction,
    updates: impl IntoIterator<Item = UpdateId>,
) -> Result<HashMap<UpdateId, i32>, StoreError> {
    let mut wanted: Vec<UpdateId> = updates.into_iter().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut numbers = update_numbers(change, &wanted).await?;
    let missing: Vec<UpdateId> = wanted.into_iter().filter(|update| !numbers.contains_key(update)).collect();
    if !missing.is_empty() {
        let fresh = Counter::Update.take(change, missing.len()).await?;
        let fresh: Vec<(i32, UpdateId)> = fresh.zip(missing).collect();
        let rows = Value::set(fresh.iter().map(|(number, update)| (number, Hex(update.0))))?;
        change.run(statement::UPDATES_ADD, [rows]).await?;
        // Read back: a server beside this one may have been quicker with some of them.
        let fresh: Vec<UpdateId> = fresh.into_iter().map(|(_, update)| update).collect();
        numbers.extend(update_numbers(change, &fresh).await?);
    }
    Ok(numbers)
}

/// The numbers of those updates that have one.
pub(crate) async fn update_numbers(
    transaction: &mut Transaction,
    updates: &[UpdateId],
) -> Result<HashMap<UpdateId, i32>, StoreError> {
    let set = Value::set(updates.iter().map(|update| (Hex(update.0),)))?;
    let rows: Vec<(Vec<u8>, i32)> = transaction.rows(statement::UPDATE_NUMBERS, [set]).await?;
    rows.into_iter().map(|(update, number)| Ok((UpdateId(uuid(&update)?), number))).collect()
}

#[cfg(test)]
mod tests {
    use model::{ChangeMark, Sha256};

    use super::*;
    use crate::FragmentKind;
    use crate::testing::{at, file, identity, on_both, revision, update};

    #[tokio::test]
    async fn a_set_is_numbered_in_its_order_and_is_one_generation() {
        on_both(async |store| {
            let outcome = store.import(vec![revision(3, 1), revision(1, 7), revision(2, 1)], at(5)).await.unwrap();
            assert_eq!(outcome, [1, 2, 3].map(|id| Imported::Added(RevisionId(id))));
            let rows = store.catalog().await.unwrap();
            assert_eq!(rows.mark, ChangeMark(1));
            assert_eq!(rows.entries.len(), 3);
            assert_eq!(rows.entries[1].revision, revision(1, 7).revision);
            assert_eq!((rows.entries[1].imported, rows.entries[1].imported_at), (ChangeMark(1), at(5)));
        })
        .await;
    }

    #[tokio::test]
    async fn the_same_again_changes_nothing() {
        on_both(async |store| {
            store.import(vec![revision(1, 1)], at(0)).await.unwrap();
            let again = store.import(vec![revision(1, 1)], at(9)).await.unwrap();
            assert_eq!(again, [Imported::Unchanged(RevisionId(1))]);
            assert_eq!(store.mark().await.unwrap(), ChangeMark(1));
            let mixed = store.import(vec![revision(1, 1), revision(1, 2), revision(1, 2)], at(9)).await.unwrap();
            let added = RevisionId(2);
            let expected = [Imported::Unchanged(RevisionId(1)), Imported::Added(added), Imported::Unchanged(added)];
            assert_eq!(mixed, expected);
            assert_eq!(store.mark().await.unwrap(), ChangeMark(2));
        })
        .await;
    }

    #[tokio::test]
    async fn what_came_in_after_a_set_was_prepared_counts() {
        on_both(async |store| {
            let other = NewRevision { document: b"<Other/>".to_vec(), ..revision(2, 1) };
            let prepared = store.prepare(vec![revision(1, 1), other, revision(3, 1)]).await.unwrap();
            store.import(vec![revision(1, 1), revision(2, 1)], at(0)).await.unwrap();
            let outcome = store.import_prepared(prepared, at(1)).await.unwrap();
            let expected =
                [Imported::Unchanged(RevisionId(1)), Imported::Conflict(RevisionId(2)), Imported::Added(RevisionId(3))];
            assert_eq!(outcome, expected);
        })
        .await;
    }

    #[tokio::test]
    async fn other_content_is_refused_and_leaves_no_trace() {
        on_both(async |store| {
            let other = NewRevision { document: b"<Other/>".to_vec(), title: "Other".into(), ..revision(1, 1) };
            store.import(vec![revision(1, 1)], at(0)).await.unwrap();
            let before = store.catalog().await.unwrap();
            let outcome = store.import(vec![other.clone()], at(1)).await.unwrap();
            assert_eq!(outcome, [Imported::Conflict(RevisionId(1))]);
            assert_eq!(store.catalog().await.unwrap(), before);
            assert_eq!(store.document(RevisionId(1)).await.unwrap().unwrap(), revision(1, 1).document);

            let within = NewRevision { document: b"<Other/>".to_vec(), ..revision(2, 1) };
            let outcome = store.import(vec![revision(2, 1), within], at(1)).await.unwrap();
            assert_eq!(outcome, [Imported::Added(RevisionId(2)), Imported::Conflict(RevisionId(2))]);
        })
        .await;
    }

    #[tokio::test]
    async fn a_file_has_one_size_and_one_digest() {
        on_both(async |store| {
            let mut plain = file(1);
            plain.sha256 = None;
            let first = NewRevision { files: vec![plain.clone()], ..revision(1, 1) };
            let completing = NewRevision { files: vec![file(1)], ..revision(2, 1) };
            let mut other_digest = file(1);
            other_digest.sha256 = Some(Sha256::new([9; 32]));
            let mut other_size = file(1);
            other_size.size += 1;
            let bad_digest = NewRevision { files: vec![file(5), other_digest.clone()], ..revision(3, 1) };
            let bad_size = NewRevision { files: vec![other_size], ..revision(4, 1) };

            store.import(vec![first], at(0)).await.unwrap();
            let outcome = store.import(vec![completing, bad_digest, bad_size, revision(5, 1)], at(0)).await.unwrap();
            assert_eq!(outcome[0], Imported::Added(RevisionId(2)));
            let conflict = FileConflict { offered: other_digest, known: file(1) };
            assert_eq!(outcome[1], Imported::FileConflict(Box::new(conflict)));
            let Imported::FileConflict(conflict) = &outcome[2] else { panic!("{:?}", outcome[2]) };
            let sha1 = "01".repeat(20);
            let said =
                format!("file windows-kb1.cab with SHA-1 {sha1}: 1002 bytes are promised, another revision says 1001");
            assert_eq!(conflict.to_string(), said);
            assert_eq!(outcome[3], Imported::Added(RevisionId(3)));
            assert_eq!(store.files_by_sha1(&[file(1).sha1]).await.unwrap(), [file(1)]);
        })
        .await;
    }

    #[tokio::test]
    async fn everything_is_read_back_as_it_came() {
        on_both(async |store| {
            let large = NewRevision { core: "<core>".repeat(5_000_000), eulas: Vec::new(), ..revision(2, 1) };
            store.import(vec![revision(1, 1), large.clone()], at(0)).await.unwrap();
            let ids = [RevisionId(2), RevisionId(77), RevisionId(1)];

            let core = store.fragments(FragmentKind::Core, &ids, &[]).await.unwrap();
            assert_eq!(core.iter().map(|one| one.revision.0).collect::<Vec<_>>(), [2, 1]);
            assert!(core[0].text == large.core);
            let extended = store.fragments(FragmentKind::Extended, &ids[2..], &[]).await.unwrap();
            assert_eq!(extended[0].text, "<extended 1/1>");
            let french = store.fragments(FragmentKind::Localized, &ids, &["FR".into(), "de".into()]).await.unwrap();
            let texts: Vec<_> = french.iter().map(|one| (one.language.as_str(), one.text.as_str())).collect();
            assert_eq!(texts, [("fr", "<Titre 2>"), ("fr", "<Titre 1>")]);
            assert_eq!(store.fragments(FragmentKind::Localized, &ids, &[]).await.unwrap().len(), 4);
            let licences = store.fragments(FragmentKind::Eula, &ids, &[]).await.unwrap();
            assert_eq!((licences.len(), licences[0].geo.as_str()), (1, "USA"));
            assert_eq!(store.document(RevisionId(77)).await.unwrap(), None);
            assert_eq!(store.files_of(&ids).await.unwrap(), [(RevisionId(1), file(1)), (RevisionId(2), file(2))]);
        })
        .await;
    }

    #[tokio::test]
    async fn the_latest_revision_is_the_highest_number_in_whatever_order_they_come() {
        on_both(async |store| {
            store.import(vec![revision(1, 203), revision(1, 7)], at(0)).await.unwrap();
            store.import(vec![revision(1, 100)], at(0)).await.unwrap();
            let mut view = store.database.read("testing").await.unwrap();
            let set = Value::set([(1,)]).unwrap();
            let rows: Vec<(i32,)> = view.rows(statement::UPDATES_WITH_REVISION, [set]).await.unwrap();
            assert_eq!(rows.len(), 1);
            let numbers = update_numbers(&mut view, &[update(1), update(2)]).await.unwrap();
            assert_eq!(numbers.len(), 1);
            let identities: Vec<_> =
                store.catalog().await.unwrap().entries.iter().map(|entry| entry.revision.identity).collect();
            assert_eq!(identities, [identity(1, 203), identity(1, 7), identity(1, 100)]);
        })
        .await;
    }

    #[tokio::test]
    async fn an_empty_set_is_nothing() {
        on_both(async |store| assert_eq!(store.import(Vec::new(), at(0)).await.unwrap(), [])).await;
    }
}
