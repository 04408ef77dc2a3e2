//! From documents to revisions: parse, refuse by name and reason, and hand the rest to the store in one set.

pub(crate) mod describe;
mod joint;
mod named;
pub mod stream;

use std::collections::HashSet;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use catalog::CycleCheck;
use metadata::{Document, Fragments, PublicationState};
use model::{CatalogEntry, CategoryKind, ChangeMark, Revision, RevisionId, UpdateId, UpdateIdentity};
use store::{Imported, NewRevision, Prepared};
use tokio::sync::Mutex;

pub(crate) use joint::{Joint, Taken};
pub(crate) use named::Lacking;

use crate::admin::api::{DocumentOutcome, Outcome};
use crate::admin::{ApiError, chain};
use crate::app::App;

/// Languages in which a title is looked for, in this order, before any other is taken.
const TITLE_LANGUAGES: [&str; 2] = ["en", "en-us"];

/// A revision never changes: its publisher gives a change a new number (MS-WUSP 3.1.1).
const OTHER_CONTENT: &str = "this revision is here already with other content; what is here stays: \
a changed document needs a new revision number";

/// A document on offer.
#[derive(Debug)]
pub struct Offered {
    /// What to call it in messages; usually its path.
    pub name: String,
    /// The whole document.
    pub bytes: Vec<u8>,
    /// What it was asked for as, if it was asked for: another one is refused.
    pub expected: Option<UpdateIdentity>,
}

/// A set of documents that was parsed and prepared.
pub(crate) struct Set {
    outcomes: Vec<DocumentOutcome>,
    /// Those that can be taken, each with its place among the outcomes.
    prepared: Vec<(usize, Prepared)>,
    /// Places of those that their publisher withdrew.
    expired: Vec<usize>,
    /// What was asked for, and something came that cannot be read, or another document.
    unread: Vec<UpdateIdentity>,
}

/// What imports keep from set to set. One import at a time: each must see what the one before admitted.
#[derive(Default)]
pub(crate) struct Imports {
    known: Mutex<Option<Known>>,
    /// No revision is left that came before its languages were kept.
    described: Mutex<bool>,
}

/// What is known of the catalog as of a generation.
#[derive(Default)]
struct Known {
    mark: ChangeMark,
    /// The last revision that was read: a later generation may have more. Those taken here are known as well.
    last: Option<RevisionId>,
    cycles: CycleCheck,
    classifications: HashSet<UpdateId>,
}

impl Known {
    /// Learns what came since, and has to be told nothing twice. Only what is needed is kept of each revision as it is
    /// read: half a million with all their relations are a gigabyte.
    async fn catch_up(self, app: &App) -> Result<Self, ApiError> {
        let last = self.last.unwrap_or(RevisionId(i32::MIN));
        let known = Arc::new(StdMutex::new(self));
        let taking = Arc::clone(&known);
        let take = move |entry: CatalogEntry| taking.lock().unwrap_or_else(PoisonError::into_inner).learn(&entry);
        let decided = app.store.catalog_since(last, None, take).await?;
        let mut known = std::mem::take(&mut *known.lock().unwrap_or_else(PoisonError::into_inner));
        known.mark = decided.mark;
        Ok(known)
    }

    fn learn(&mut self, entry: &CatalogEntry) {
        self.last = Some(entry.id);
        self.cycles.know(&entry.revision);
        self.classifications.extend(classification_itself(&entry.revision));
    }

    /// The classification a revision is in: the first of its categories that is one.
    fn classification_of(&self, revision: &Revision) -> Option<UpdateId> {
        let categories = revision.relations.prerequisites.iter().filter(|clause| clause.is_category);
        categories.flat_map(|clause| &clause.members).find(|member| self.classifications.contains(member)).copied()
    }
}

/// The update, if it is a classification.
fn classification_itself(revision: &Revision) -> Option<UpdateId> {
    (revision.category == Some(CategoryKind::UpdateClassification)).then_some(revision.identity.update_id)
}

/// Imports a set of documents in one transaction. Those that are refused leave nothing behind.
///
/// # Errors
/// [`ApiError`] when the store fails: then none of the set was taken.
pub async fn import(app: &App, documents: Vec<Offered>) -> Result<Vec<DocumentOutcome>, ApiError> {
    take(app, prepare(app, documents).await?).await
}

/// Parses every document and prepares what can be taken, off the threads that answer requests: one of 64 MB takes a while.
pub(crate) async fn prepare(app: &App, documents: Vec<Offered>) -> Result<Set, ApiError> {
    let read = |(): &mut (), Offered { name, bytes, expected }: Offered| {
        let mut outcome = DocumentOutcome {
            name,
            identity: None,
            update_type: None,
            outcome: Outcome::Refused { reason: "not looked at".into() },
        };
        let mut is_expired = false;
        let revision = match metadata::read(&bytes) {
            Ok((document, _)) if expected.is_some_and(|expected| expected != document.identity) => {
                let reason = format!("what came in its place calls itself {}", document.identity);
                outcome.outcome = Outcome::Refused { reason };
                None
            }
            Ok((document, fragments)) => {
                outcome.identity = Some(document.identity);
                outcome.update_type = Some(document.update_type);
                is_expired = document.properties.publication_state == Some(PublicationState::Expired);
                Some(new_revision(&document, fragments, bytes))
            }
            Err(error) => {
                outcome.outcome = Outcome::Refused { reason: chain(&error) };
                None
            }
        };
        let unread = expected.filter(|_| revision.is_none());
        (outcome, revision, is_expired, unread)
    };
    let read = store::on_all_cores(documents, || (), read).await.map_err(|error| ApiError::internal(&error))?;
    let (mut outcomes, mut revisions, mut expired, mut unread) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, (outcome, revision, is_expired, one_unread)) in read.into_iter().enumerate() {
        outcomes.push(outcome);
        revisions.push(revision);
        unread.extend(one_unread);
        if is_expired {
            expired.push(place);
        }
    }
    let places: Vec<usize> = revisions.iter().enumerate().filter_map(|(at, one)| one.is_some().then_some(at)).collect();
    let prepared = app.store.prepare(revisions.into_iter().flatten().collect()).await?;
    Ok(Set { outcomes, prepared: places.into_iter().zip(prepared).collect(), expired, unread })
}

/// Takes what was prepared into the catalog, and says what became of each document.
async fn take(app: &App, mut set: Set) -> Result<Vec<DocumentOutcome>, ApiError> {
    let mut kept = app.imports.known.lock().await;
    let mut known = caught_up(app, kept.take()).await?;
    known.admit(&mut set);
    let (places, prepared): (Vec<usize>, Vec<Prepared>) = std::mem::take(&mut set.prepared).into_iter().unzip();
    let imported = app.store.import_prepared(prepared, app.now()).await?;
    // What is held may be said to be something else now.
    app.content_rows.changed();
    let is_new = imported.iter().any(|became| matches!(became, Imported::Added(_)));
    // What the store refused was admitted by the check: then all is read anew next time.
    if set.settle(places, imported) {
        // A generation beside this set's own is somebody else's, and is read next time.
        let own = ChangeMark(known.mark.0 + u64::from(is_new));
        if app.store.mark().await? == own {
            known.mark = own;
        }
        *kept = Some(known);
    }
    for outcome in &set.outcomes {
        if let Outcome::Refused { reason } = &outcome.outcome {
            tracing::warn!(document = outcome.name, reason, "refused an update document");
        }
    }
    Ok(set.outcomes)
}

/// What is known as of now.
async fn caught_up(app: &App, known: Option<Known>) -> Result<Known, ApiError> {
    match known {
        Some(known) if known.mark == app.store.mark().await? => Ok(known),
        known => known.unwrap_or_default().catch_up(app).await,
    }
}

impl Set {
    /// The revisions that their publisher withdrew.
    pub(crate) fn expired(&self) -> Vec<UpdateIdentity> {
        self.expired.iter().filter_map(|place| self.outcomes.get(*place)?.identity).collect()
    }

    /// What was asked for, and something came that cannot be read, or another document.
    pub(crate) fn unread(&self) -> impl Iterator<Item = UpdateIdentity> {
        self.unread.iter().copied()
    }

    /// What can be taken.
    pub(crate) fn revisions(&self) -> impl Iterator<Item = &Revision> {
        self.prepared.iter().map(|(_, one)| one.revision())
    }

    /// Says what became of what was handed to the store; true if all of it was taken.
    fn settle(&mut self, places: Vec<usize>, imported: Vec<Imported>) -> bool {
        let mut all_taken = true;
        for (place, became) in places.into_iter().zip(imported) {
            let outcome = match became {
                Imported::Added(revision) => Outcome::Added { revision },
                Imported::Unchanged(revision) => Outcome::Unchanged { revision },
                Imported::Conflict(_) => Outcome::Refused { reason: OTHER_CONTENT.into() },
                Imported::FileConflict(conflict) => Outcome::Refused { reason: conflict.to_string() },
            };
            all_taken &= !matches!(outcome, Outcome::Refused { .. });
            if let Some(entry) = self.outcomes.get_mut(place) {
                entry.outcome = outcome;
            }
        }
        all_taken
    }
}

impl Known {
    /// Leaves out what needs itself, and finds the classification of the rest.
    fn admit(&mut self, set: &mut Set) {
        self.refuse_cycles(&mut set.outcomes, &mut set.prepared);
        self.classifications.extend(set.prepared.iter().filter_map(|(_, one)| classification_itself(one.revision())));
        for (_, one) in &mut set.prepared {
            one.classify(self.classification_of(one.revision()));
        }
    }

    /// A revision that needs itself can never be offered: such documents are named and left out.
    fn refuse_cycles(&mut self, outcomes: &mut [DocumentOutcome], prepared: &mut Vec<(usize, Prepared)>) {
        let cycles = self.cycles.admit(prepared.iter().map(|(_, one)| one.revision()));
        prepared.retain(|(place, one)| {
            let identity = one.revision().identity;
            let Some(cycle) = cycles.iter().find(|cycle| cycle.revision == identity) else { return true };
            if let Some(outcome) = outcomes.get_mut(*place) {
                outcome.outcome = Outcome::Refused { reason: cycle.to_string() };
            }
            false
        });
    }
}

fn new_revision(document: &Document, fragments: Fragments, bytes: Vec<u8>) -> NewRevision {
    let properties = &document.properties;
    NewRevision {
        revision: document.revision(),
        title: document.title(&TITLE_LANGUAGES).unwrap_or_default().to_owned(),
        kb: properties.kb_articles.clone(),
        cves: properties.cves.clone(),
        severity: properties.msrc_severity.clone(),
        created_at: properties.creation_date,
        classification: None,
        eula: properties.eula_id,
        files: document.content_files(),
        traits: describe::traits(document),
        is_local: properties.is_locally_published,
        core: fragments.core,
        extended: fragments.extended,
        localized: fragments.localized.into_iter().map(|fragment| (fragment.language, fragment.text)).collect(),
        eulas: fragments
            .eulas
            .into_iter()
            .map(|fragment| (fragment.language, fragment.geo_id, fragment.text))
            .collect(),
        document: bytes,
    }
}
