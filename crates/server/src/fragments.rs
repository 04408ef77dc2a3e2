//! Fragments ready to be sent: escaped, shared, and bounded in memory.

mod flights;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use flights::{Flights, Joined};
use model::{ContentFile, RevisionId};
use moka::sync::Cache;
use store::{FragmentKind, Store, StoreError};
use wire::Escaped;

/// Bytes an entry costs beside its text.
const ENTRY_BYTES: u32 = 128;

/// Keeps what was read from the store, the most used first, up to a number of bytes.
///
/// A scan that finds its fragments here touches no database. Misses of one page are read in one
/// statement, and by one reader however many ask. A fragment is shared, never copied: the largest known is 47 MB.
pub(crate) struct FragmentCache {
    core: Shelf,
    extended: Shelf,
    localized: Cache<(RevisionId, Arc<str>), Option<Escaped>>,
    files: Cache<RevisionId, Arc<[ContentFile]>>,
}

impl FragmentCache {
    /// A cache of at most about `bytes` in all.
    pub(crate) fn new(bytes: u64) -> Self {
        Self {
            core: Shelf::new(bytes / 2),
            extended: Shelf::new(bytes / 4),
            localized: Cache::builder()
                .max_capacity(bytes / 8)
                .weigher(move |_, text: &Option<Escaped>| text.as_ref().map_or(ENTRY_BYTES, text_cost))
                .build(),
            files: Cache::builder()
                .max_capacity(bytes / 8)
                .weigher(|_, files: &Arc<[ContentFile]>| {
                    u32::try_from(files.len() * size_of::<ContentFile>())
                        .unwrap_or(u32::MAX)
                        .saturating_add(ENTRY_BYTES)
                })
                .build(),
        }
    }

    /// Core fragments of `revisions`, in their order. Revisions without one are left out.
    pub(crate) async fn core(
        &self,
        store: &Store,
        revisions: &[RevisionId],
    ) -> Result<Vec<(RevisionId, Escaped)>, StoreError> {
        self.core.read(store, FragmentKind::Core, revisions).await
    }

    /// Extended fragments of `revisions`, in their order.
    pub(crate) async fn extended(
        &self,
        store: &Store,
        revisions: &[RevisionId],
    ) -> Result<Vec<(RevisionId, Escaped)>, StoreError> {
        self.extended.read(store, FragmentKind::Extended, revisions).await
    }

    /// Localized properties of `revisions` in each of `languages` that they have; languages in lower case.
    pub(crate) async fn localized(
        &self,
        store: &Store,
        revisions: &[RevisionId],
        languages: &[String],
    ) -> Result<Vec<(RevisionId, Escaped)>, StoreError> {
        let keys: Vec<(RevisionId, Arc<str>)> = languages
            .iter()
            .map(|language| Arc::from(language.as_str()))
            .flat_map(|language: Arc<str>| revisions.iter().map(move |revision| (*revision, Arc::clone(&language))))
            .collect();
        let mut found: HashMap<(RevisionId, Arc<str>), Option<Escaped>> =
            keys.iter().filter_map(|key| Some((key.clone(), self.localized.get(key)?))).collect();
        let mut missing: Vec<RevisionId> =
            keys.iter().filter(|key| !found.contains_key(key)).map(|(revision, _)| *revision).collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            let mut fresh: HashMap<(RevisionId, Arc<str>), Option<Escaped>> = HashMap::new();
            for fragment in store.fragments_as(FragmentKind::Localized, &missing, languages, escaped).await? {
                let key = (fragment.revision, Arc::from(fragment.language.to_lowercase()));
                fresh.insert(key, Some(fragment.text));
            }
            // What a revision does not have is worth remembering too: most ask for `en-us` and have `en`.
            for key in keys.iter().filter(|key| missing.binary_search(&key.0).is_ok()) {
                fresh.entry(key.clone()).or_default();
            }
            for (key, text) in &fresh {
                self.localized.insert(key.clone(), text.clone());
            }
            found.extend(fresh);
        }
        Ok(keys.iter().filter_map(|key| Some((key.0, found.get(key)?.clone()?))).collect())
    }

    /// EULA fragments of `revisions` in `languages`. Asked for too seldom to be kept: clients of a WSUS do not use them.
    pub(crate) async fn eulas(
        &self,
        store: &Store,
        revisions: &[RevisionId],
        languages: &[String],
    ) -> Result<Vec<(RevisionId, Escaped)>, StoreError> {
        let fragments = store.fragments_as(FragmentKind::Eula, revisions, languages, escaped).await?;
        Ok(fragments.into_iter().map(|fragment| (fragment.revision, fragment.text)).collect())
    }

    /// Files of `revisions`, in their order.
    pub(crate) async fn files(&self, store: &Store, revisions: &[RevisionId]) -> Result<Vec<ContentFile>, StoreError> {
        let mut found: HashMap<RevisionId, Arc<[ContentFile]>> =
            revisions.iter().filter_map(|revision| Some((*revision, self.files.get(revision)?))).collect();
        let missing: Vec<RevisionId> =
            revisions.iter().copied().filter(|revision| !found.contains_key(revision)).collect();
        if !missing.is_empty() {
            let mut fresh: HashMap<RevisionId, Vec<ContentFile>> =
                missing.iter().map(|revision| (*revision, Vec::new())).collect();
            for (revision, file) in store.files_of(&missing).await? {
                fresh.entry(revision).or_default().push(file);
            }
            for (revision, files) in fresh {
                let files: Arc<[ContentFile]> = files.into();
                self.files.insert(revision, Arc::clone(&files));
                found.insert(revision, files);
            }
        }
        Ok(revisions
            .iter()
            .filter_map(|revision| found.get(revision))
            .flat_map(|files| files.iter().cloned())
            .collect())
    }
}

/// Fragments of a kind of which a revision has one.
struct Shelf {
    texts: Cache<RevisionId, Escaped>,
    flights: Flights<RevisionId, Option<Escaped>>,
}

impl Shelf {
    fn new(bytes: u64) -> Self {
        let texts = Cache::builder().max_capacity(bytes).weigher(|_, text| text_cost(text)).build();
        Self { texts, flights: Flights::default() }
    }

    async fn read(
        &self,
        store: &Store,
        kind: FragmentKind,
        revisions: &[RevisionId],
    ) -> Result<Vec<(RevisionId, Escaped)>, StoreError> {
        let mut found: Vec<Option<Escaped>> = revisions.iter().map(|revision| self.texts.get(revision)).collect();
        let missing = revisions.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(revision, _)| *revision);
        let missing: HashSet<RevisionId> = missing.collect();
        if !missing.is_empty() {
            let fetched = self.fetch(store, kind, missing).await?;
            for (revision, place) in revisions.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
                *place = fetched.get(revision).cloned().flatten();
            }
        }
        Ok(revisions.iter().zip(found).filter_map(|(revision, text)| Some((*revision, text?))).collect())
    }

    /// Reads what is `missing`, or waits for those who read it already; nothing for revisions without a fragment.
    async fn fetch(
        &self,
        store: &Store,
        kind: FragmentKind,
        mut missing: HashSet<RevisionId>,
    ) -> Result<HashMap<RevisionId, Option<Escaped>>, StoreError> {
        let mut fetched = HashMap::new();
        while !missing.is_empty() {
            let Joined { mut lead, others } = self.flights.join(missing.iter().copied());
            // Some may have landed between the look into the cache and the lead.
            for revision in lead.keys() {
                if let Some(text) = self.texts.get(&revision) {
                    lead.land(&revision, Some(text.clone()));
                    fetched.insert(revision, Some(text));
                }
            }
            let to_read = lead.keys();
            if !to_read.is_empty() {
                for fragment in store.fragments_as(kind, &to_read, &[], escaped).await? {
                    self.texts.insert(fragment.revision, fragment.text.clone());
                    lead.land(&fragment.revision, Some(fragment.text.clone()));
                    fetched.insert(fragment.revision, Some(fragment.text));
                }
                for revision in lead.keys() {
                    lead.land(&revision, None);
                    fetched.insert(revision, None);
                }
            }
            for (revision, mut flight) in others {
                // One that was given up, because its reader left or the database did, is tried once more from here.
                if let Ok(landed) = flight.wait_for(Option::is_some).await {
                    fetched.insert(revision, landed.clone().flatten());
                }
            }
            missing.retain(|revision| !fetched.contains_key(revision));
        }
        Ok(fetched)
    }
}

fn text_cost(text: &Escaped) -> u32 {
    u32::try_from(text.as_bytes().len()).unwrap_or(u32::MAX).saturating_add(ENTRY_BYTES)
}

/// Done where the text was unpacked, off the threads that answer: a core fragment may have 46 MB.
#[allow(clippy::needless_pass_by_value, reason = "the text is not needed beside what becomes of it")]
fn escaped(text: String) -> Escaped {
    Escaped::from_text(&text)
}
