//! What is published: documents, when each came, and the files they name.

use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, tz};
use model::{Revision, Sha1, UpdateId, UpdateIdentity, UpdateType};
use wire::server::{Anchor, Filter, IdAndDelta};

use crate::documents::Draft;

/// The first anchor; each publication is a second later.
const BEGINNING: Timestamp = Timestamp::constant(1_790_000_000, 0);
/// How Microsoft's service writes an anchor (native-behaviour §6).
const ANCHOR: &str = "%Y-%m-%d %H:%M:%S.%3f";

/// Everything there is, in the order in which it came.
#[derive(Default)]
pub(super) struct Shelf {
    revisions: Vec<Published>,
    places: HashMap<UpdateIdentity, usize>,
    files: HashMap<Sha1, Bytes>,
    publications: i64,
}

/// A revision, and what is sent of it.
pub(super) struct Published {
    pub(super) revision: Revision,
    pub(super) document: String,
    pub(super) files: Vec<File>,
    pub(super) publication: i64,
}

/// A file as documents and addresses name it.
#[derive(Clone)]
pub(super) struct File {
    pub(super) sha1: Sha1,
    pub(super) name: String,
    pub(super) key: Option<Vec<u8>>,
}

impl Shelf {
    pub(super) fn publish(&mut self, drafts: &[Draft]) {
        self.publications += 1;
        for draft in drafts {
            let made = draft.finish();
            self.files.extend(made.files.iter().map(|file| (file.sha1(), file.bytes.clone())));
            let published = Published {
                revision: draft.revision(),
                document: made.document,
                files: draft.named_files().map(|(sha1, name, key)| File { sha1, name, key }).collect(),
                publication: self.publications,
            };
            let place = *self.places.entry(draft.identity()).or_insert(self.revisions.len());
            match self.revisions.get_mut(place) {
                Some(before) => *before = published,
                None => self.revisions.push(published),
            }
        }
    }

    pub(super) fn find(&self, identity: UpdateIdentity) -> Option<&Published> {
        self.revisions.get(*self.places.get(&identity)?)
    }

    /// The first revision that is none of these.
    pub(super) fn other_than(&self, identities: &[UpdateIdentity]) -> Option<&Published> {
        self.revisions.iter().find(|published| !identities.contains(&published.revision.identity))
    }

    pub(super) fn bytes(&self, sha1: &Sha1) -> Option<Bytes> {
        self.files.get(sha1).cloned()
    }

    /// Up to now.
    pub(super) fn anchor(&self) -> Anchor {
        anchor(self.publications)
    }

    /// What a filter asks for (server-server.md §6); `None` if its anchor is none of this service's.
    pub(super) fn listing(&self, filter: &Filter) -> Option<Vec<UpdateIdentity>> {
        let since = match &filter.anchor {
            Some(anchor) => Some(self.publication(anchor)?),
            None => None,
        };
        let is_newer = |published: &Published| since.is_none_or(|since| published.publication > since);
        let latest = self.latest();
        let is_latest = |published: &&Published| {
            latest.get(&published.revision.identity.update_id) == Some(&published.revision.identity)
        };
        let candidates = self.revisions.iter().filter(is_latest).filter(|one| is_fact(one) == filter.get_config);
        if filter.get_config || (filter.categories.is_empty() && filter.classifications.is_empty()) {
            return Some(candidates.filter(|one| is_newer(one)).map(|one| one.revision.identity).collect());
        }
        let chosen = candidates.filter(|one| {
            let (category, class) = (belongs(one, &filter.categories), belongs(one, &filter.classifications));
            let (Some(category), Some(class)) = (category, class) else { return false };
            !(category.delta && class.delta) || is_newer(one)
        });
        let mut listed: Vec<UpdateIdentity> = Vec::new();
        let mut seen = HashSet::new();
        let mut open: Vec<UpdateIdentity> = chosen.map(|one| one.revision.identity).collect();
        while let Some(identity) = open.pop() {
            if seen.insert(identity) {
                listed.push(identity);
                let bundled = self.find(identity).into_iter().flat_map(|one| &one.revision.relations.bundled);
                open.extend(bundled.flat_map(|clause| &clause.members));
            }
        }
        listed.reverse();
        Some(listed)
    }

    /// Everything there is.
    pub(super) fn all(&self) -> impl Iterator<Item = &Published> {
        self.revisions.iter()
    }

    pub(super) fn latest(&self) -> BTreeMap<UpdateId, UpdateIdentity> {
        let mut latest = BTreeMap::new();
        for identity in self.revisions.iter().map(|one| one.revision.identity) {
            let kept = latest.entry(identity.update_id).or_insert(identity);
            *kept = (*kept).max(identity);
        }
        latest
    }

    pub(super) fn publication(&self, anchor: &Anchor) -> Option<i64> {
        let time = DateTime::strptime("%Y-%m-%d %H:%M:%S%.f", anchor.as_str()).ok()?;
        let time = time.to_zoned(tz::TimeZone::UTC).ok()?.timestamp();
        let publication = time.duration_since(BEGINNING).as_secs();
        (0..=self.publications).contains(&publication).then_some(publication)
    }
}

/// The anchor of so many publications.
pub(super) fn anchor(publications: i64) -> Anchor {
    let time = BEGINNING.saturating_add(SignedDuration::from_secs(publications)).unwrap_or(BEGINNING);
    let text = tz::TimeZone::UTC.to_datetime(time).strftime(ANCHOR).to_string();
    text.parse().expect("a time is neither empty nor long")
}

fn is_fact(published: &Published) -> bool {
    matches!(published.revision.update_type, UpdateType::Category | UpdateType::Detectoid)
}

/// The first of the chosen categories that a revision names among its prerequisites.
fn belongs(published: &Published, chosen: &[IdAndDelta]) -> Option<IdAndDelta> {
    let mut named = published.revision.relations.prerequisites.iter().flat_map(|clause| &clause.members);
    named.find_map(|member| chosen.iter().find(|one| one.id == *member)).copied()
}
