//! Fragments ready to be sent: escaped, shared, and bounded in memory.

use std::collections::HashMap;
use std::sync::Arc;

use model::{ContentFile, RevisionId};
use moka::sync::Cache;
use store::{FragmentKind, Store, StoreError};
use wire::Escaped;

/// Bytes an entry costs beside its text.
const ENTRY_BYTES: u32 = 128;

/// Keeps what was read from the store, the most used first, up to a number of bytes.
///
/// A scan that finds its fragments here touches no database. Misses of one page are read in one
/// statement. A fragment is shared, never copied: the largest known is 47 MB.
pub(crate) struct FragmentCache {
    core: Cache<RevisionId, Escaped>,
    extended: Cache<RevisionId, Escaped>,
    localized: Cache<(RevisionId, Arc<str>), Option<Escaped>>,
    files: Cache<RevisionId, Arc<[ContentFile]>>,
}

impl FragmentCache {
    /// A cache of at most about `bytes` in all.
    pub(crate) fn new(bytes: u64) -> Self {
        let text_cost =
            |text: &Escaped| u32::try_from(text.as_bytes().len()).unwrap_or(u32::MAX).saturating_add(ENTRY_BYTES);
        Self {
            core: Cache::builder().max_capacity(bytes / 2).weigher(move |_, text| text_cost(text)).build(),
            extended: Cache::builder().max_capacity(bytes / 4).weigher(move |_, text| text_cost(text)).build(),
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
        Self::read(&self.core, store, FragmentKind::Core, revisions).await
    }

    /// Extended fragments of `revisions`, in their order.
    pub(crate) async fn extended(
        &self,
        store: &Store,
        revisions: &[RevisionId],
    ) -> Result<Vec<(RevisionId, Escaped)>, StoreError> {
        Self::read(&self.extended, store, FragmentKind::Extended, revisions).await
    }

    async fn read(
        cache: &Cache<RevisionId, Escaped>,
        store: &Store,
        kind: FragmentKind,
        revisions: &[RevisionId],
    ) -> Result<Vec<(RevisionId, Escaped)>, StoreError> {
        let mut found: Vec<Option<Escaped>> = revisions.iter().map(|revision| cache.get(revision)).collect();
        let missing: Vec<RevisionId> =
            revisions.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(revision, _)| *revision).collect();
        if !missing.is_empty() {
            for fragment in store.fragments(kind, &missing, &[]).await? {
                let text = Escaped::from_text(&fragment.text);
                cache.insert(fragment.revision, text.clone());
                for (place, _) in revisions.iter().enumerate().filter(|(_, revision)| **revision == fragment.revision) {
                    found[place] = Some(text.clone());
                }
            }
        }
        Ok(revisions.iter().zip(found).filter_map(|(revision, text)| Some((*revision, text?))).collect())
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
            for fragment in store.fragments(FragmentKind::Localized, &missing, languages).await? {
                let key = (fragment.revision, Arc::from(fragment.language.to_lowercase()));
                fresh.insert(key, Some(Escaped::from_text(&fragment.text)));
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
        let fragments = store.fragments(FragmentKind::Eula, revisions, languages).await?;
        Ok(fragments.into_iter().map(|fragment| (fragment.revision, Escaped::from_text(&fragment.text))).collect())
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
