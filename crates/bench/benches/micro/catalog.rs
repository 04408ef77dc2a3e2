//! The catalog all of them ask, and the computer that asks.

use std::sync::LazyLock;

use catalog::{Snapshot, Source};
use model::{CatalogEntry, ChangeMark, Group, RevisionId, TargetGroupId, Timestamp};
use policy::{GroupSet, GroupTree};
use testkit::catalogs::{self, Profile, Shape};

/// Live updates, as in the figures of `docs/benchmarks.md`.
const UPDATES: usize = 20_000;

pub(crate) static OFFICE: LazyLock<Office> = LazyLock::new(Office::new);

/// A snapshot, and what a computer of the first build sends of itself.
pub(crate) struct Office {
    pub(crate) snapshot: Snapshot,
    pub(crate) groups: GroupSet,
    pub(crate) installed: Vec<RevisionId>,
    /// All that the computer was told.
    pub(crate) cached: Vec<RevisionId>,
}

impl Office {
    fn new() -> Self {
        let catalog = catalogs::large(Shape::with_updates(UPDATES, 1, Profile::Lean));
        let typical = catalog.installed(0);
        let entries: Vec<CatalogEntry> = (1..)
            .zip(catalog)
            .map(|(id, draft)| CatalogEntry {
                id: RevisionId(id),
                revision: draft.revision(),
                imported: ChangeMark(1),
                imported_at: Timestamp::UNIX_EPOCH,
            })
            .collect();
        let is_typical = |entry: &&CatalogEntry| typical.contains(&entry.revision.identity.update_id);
        let installed: Vec<RevisionId> = entries.iter().filter(is_typical).map(|entry| entry.id).collect();
        let snapshot = Snapshot::build(Source {
            entries,
            declined: Vec::new(),
            approvals: Vec::new(),
            groups: groups(),
            mark: ChangeMark(1),
        });
        let mut office = Self { snapshot, groups: GroupSet::unassigned(), installed, cached: Vec::new() };
        loop {
            let scope = office.snapshot.scope(&office.groups);
            let new = office.snapshot.software(&scope, &office.query()).new;
            if new.is_empty() {
                return office;
            }
            office.cached.extend(new.iter().map(|offer| offer.revision));
        }
    }

    /// A repeat scan at full cache.
    pub(crate) fn query(&self) -> catalog::SoftwareQuery<'_> {
        catalog::SoftwareQuery {
            installed: &self.installed,
            cached: &self.cached,
            since: Some(ChangeMark(1)),
            ..catalog::SoftwareQuery::default()
        }
    }
}

fn groups() -> GroupTree {
    let group = |id, name: &str, parent| Group { id, name: name.parse().expect("the name is a group's"), parent };
    let all = TargetGroupId::ALL_COMPUTERS;
    let groups = vec![
        group(all, "All Computers", None),
        group(TargetGroupId::UNASSIGNED_COMPUTERS, "Unassigned Computers", Some(all)),
    ];
    GroupTree::new(groups).expect("one group is below the other")
}
