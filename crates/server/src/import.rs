//! From documents to revisions: parse, refuse by name and reason, and hand the rest to the store in one set.

pub mod stream;

use std::collections::HashSet;

use catalog::CycleCheck;
use metadata::{Document, Fragments};
use model::{CategoryKind, ChangeMark, Revision, UpdateId};
use store::{Imported, NewRevision};
use tokio::sync::Mutex;

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
}

/// A set of documents that was parsed.
struct Set {
    outcomes: Vec<DocumentOutcome>,
    parsed: Vec<Parsed>,
}

/// A document that can be taken, and its place in the request.
struct Parsed {
    place: usize,
    revision: NewRevision,
}

/// What imports keep from set to set. One import at a time: each must see what the one before admitted.
#[derive(Default)]
pub(crate) struct Imports {
    known: Mutex<Option<Known>>,
}

/// What is known of the catalog as of a generation.
struct Known {
    mark: ChangeMark,
    cycles: CycleCheck,
    classifications: HashSet<UpdateId>,
}

impl Known {
    async fn read(app: &App) -> Result<Self, ApiError> {
        let rows = app.store.catalog().await?;
        let work = move || {
            let revisions = rows.entries.iter().map(|entry| &entry.revision);
            Self {
                mark: rows.mark,
                cycles: CycleCheck::new(&rows.entries),
                classifications: revisions.filter_map(classification_itself).collect(),
            }
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| ApiError::internal(&error))
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
    take(app, parse(documents).await?).await
}

/// Parses every document, off the threads that answer requests: one of 64 MB takes a while.
async fn parse(documents: Vec<Offered>) -> Result<Set, ApiError> {
    let read = |(): &mut (), Offered { name, bytes }: Offered| {
        let mut outcome = DocumentOutcome {
            name,
            identity: None,
            update_type: None,
            outcome: Outcome::Refused { reason: "not looked at".into() },
        };
        let revision = match metadata::read(&bytes) {
            Ok((document, fragments)) => {
                outcome.identity = Some(document.identity);
                outcome.update_type = Some(document.update_type);
                Some(new_revision(&document, fragments, bytes))
            }
            Err(error) => {
                outcome.outcome = Outcome::Refused { reason: chain(&error) };
                None
            }
        };
        (outcome, revision)
    };
    let read = store::on_all_cores(documents, || (), read).await.map_err(|error| ApiError::internal(&error))?;
    let (outcomes, revisions): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    let parsed = revisions.into_iter().enumerate();
    let parsed = parsed.filter_map(|(place, revision)| Some(Parsed { place, revision: revision? })).collect();
    Ok(Set { outcomes, parsed })
}

/// Takes what was parsed into the catalog, and says what became of each document.
async fn take(app: &App, Set { mut outcomes, mut parsed }: Set) -> Result<Vec<DocumentOutcome>, ApiError> {
    let mut kept = app.imports.known.lock().await;
    let mut known = match kept.take() {
        Some(known) if known.mark == app.store.mark().await? => known,
        _ => Known::read(app).await?,
    };
    refuse_cycles(&mut known, &mut outcomes, &mut parsed);
    known.classifications.extend(parsed.iter().filter_map(|one| classification_itself(&one.revision.revision)));
    for one in &mut parsed {
        one.revision.classification = known.classification_of(&one.revision.revision);
    }
    let places: Vec<usize> = parsed.iter().map(|one| one.place).collect();
    let revisions: Vec<NewRevision> = parsed.into_iter().map(|one| one.revision).collect();
    let imported = app.store.import(revisions, app.now()).await?;
    let mut all_taken = true;
    for (place, became) in places.into_iter().zip(imported) {
        let outcome = match became {
            Imported::Added(revision) => Outcome::Added { revision },
            Imported::Unchanged(revision) => Outcome::Unchanged { revision },
            Imported::Conflict(_) => Outcome::Refused { reason: OTHER_CONTENT.into() },
            Imported::FileConflict(conflict) => Outcome::Refused { reason: conflict.to_string() },
        };
        all_taken &= !matches!(outcome, Outcome::Refused { .. });
        if let Some(entry) = outcomes.get_mut(place) {
            entry.outcome = outcome;
        }
    }
    // What the store refused was admitted by the check: then it is read anew next time.
    if all_taken {
        known.mark = app.store.mark().await?;
        *kept = Some(known);
    }
    for outcome in &outcomes {
        if let Outcome::Refused { reason } = &outcome.outcome {
            tracing::warn!(document = outcome.name, reason, "refused an update document");
        }
    }
    Ok(outcomes)
}

/// A revision that needs itself can never be offered: such documents are named and left out.
fn refuse_cycles(known: &mut Known, outcomes: &mut [DocumentOutcome], parsed: &mut Vec<Parsed>) {
    let cycles = known.cycles.admit(parsed.iter().map(|one| &one.revision.revision));
    parsed.retain(|one| {
        let identity = one.revision.revision.identity;
        let Some(cycle) = cycles.iter().find(|cycle| cycle.revision == identity) else { return true };
        if let Some(outcome) = outcomes.get_mut(one.place) {
            outcome.outcome = Outcome::Refused { reason: cycle.to_string() };
        }
        false
    });
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
        files: document.content_files(),
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
