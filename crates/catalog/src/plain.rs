//! The specification's text, slow and obvious: what [`Snapshot`](crate::Snapshot) must answer.
//!
//! Every call walks the whole catalog several times. It exists to be read beside MS-WUSP 3.1.5.7, to be
//! held equal to the index by a property test, and to be the baseline of benchmarks.

mod changes;
mod drivers;

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Approval, CatalogEntry, ChangeMark, Deployment, DeploymentAction, DeploymentId, HardwareId, RevisionId, UpdateId,
    UpdateType,
};
use policy::{GroupSet, decide};

use crate::query::{DriverQuery, Offer, PrinterQuery, Selection, SoftwareQuery, page};
use crate::scope::UNAPPROVED_ID;
use crate::source::Source;

/// As [`Snapshot::software`](crate::Snapshot::software).
pub fn software(source: &Source, groups: &GroupSet, query: &SoftwareQuery<'_>) -> Selection {
    let world = World::new(source);
    let in_scope = world.in_scope();
    let filter = world.filter(&in_scope, query.filter);
    let is_software = |entry: &&CatalogEntry| entry.revision.update_type != UpdateType::Driver;
    let needed: Vec<&CatalogEntry> = world
        .needed(&in_scope, query.installed)
        .into_iter()
        .filter(is_software)
        .filter(|entry| filter.contains(&id(entry)))
        .collect();

    let cached = query.installed.iter().chain(query.cached).copied().collect();
    let mut selection = world.select(groups, &needed, &cached, query.since, &BTreeMap::new());
    if query.two_groups && !query.filter.is_empty() {
        let deployed: BTreeSet<RevisionId> = world
            .latest
            .values()
            .copied()
            .filter(is_software)
            .filter(|entry| in_scope.contains(&id(entry)))
            .map(|entry| entry.id)
            .collect();
        selection.deployed_out_of_scope =
            selection.out_of_scope.iter().copied().filter(|id| deployed.contains(id)).collect();
        selection.out_of_scope.retain(|id| !deployed.contains(id));
    }
    selection.driver_sync_not_needed = world.no_driver(&in_scope, &filter);
    selection
}

/// As [`Snapshot::drivers`](crate::Snapshot::drivers).
pub fn drivers(source: &Source, groups: &GroupSet, query: &DriverQuery<'_>) -> Selection {
    let world = World::new(source);
    let in_scope = world.in_scope();
    let filter = world.filter(&in_scope, query.filter);
    let eligible: Vec<&CatalogEntry> = world
        .needed(&in_scope, query.installed)
        .into_iter()
        .filter(|entry| entry.revision.update_type == UpdateType::Driver && filter.contains(&id(entry)))
        .collect();
    let best = drivers::best(&eligible, query);
    let needed: Vec<&CatalogEntry> = eligible.into_iter().filter(|entry| best.contains_key(&entry.id)).collect();
    let cached = query.cached.iter().copied().collect();
    let mut selection = world.select(groups, &needed, &cached, query.since, &best);
    selection.driver_sync_not_needed = world.no_driver(&in_scope, &filter);
    selection
}

/// As [`Snapshot::printers`](crate::Snapshot::printers).
pub fn printers(source: &Source, groups: &GroupSet, query: &PrinterQuery<'_>) -> Selection {
    let world = World::new(source);
    let in_scope = world.in_scope();
    let is_printer = |class: &str| ["printer", "printers"].contains(&class.to_lowercase().as_str());
    let needed: Vec<&CatalogEntry> = world
        .needed(&in_scope, query.installed)
        .into_iter()
        .filter(|entry| entry.revision.update_type == UpdateType::Driver)
        .filter(|entry| entry.revision.drivers.iter().any(|driver| is_printer(&driver.class)))
        .collect();
    let cached = query.cached.iter().copied().collect();
    let mut selection = world.select(groups, &needed, &cached, query.since, &BTreeMap::new());
    selection.driver_sync_not_needed = world.no_driver(&in_scope, &in_scope);
    selection
}

struct World<'a> {
    source: &'a Source,
    /// The latest revision of each update.
    latest: BTreeMap<UpdateId, &'a CatalogEntry>,
}

fn id(entry: &CatalogEntry) -> UpdateId {
    entry.revision.identity.update_id
}

/// Every update that the revision names as a prerequisite.
fn prerequisites(entry: &CatalogEntry) -> impl Iterator<Item = UpdateId> {
    entry.revision.relations.prerequisites.iter().flat_map(|clause| clause.members.iter().copied())
}

/// Every update that the revision bundles.
fn members(entry: &CatalogEntry) -> impl Iterator<Item = UpdateId> {
    let clauses = entry.revision.relations.bundled.iter();
    clauses.flat_map(|clause| clause.members.iter().map(|identity| identity.update_id))
}

fn is_fact(entry: &CatalogEntry) -> bool {
    matches!(entry.revision.update_type, UpdateType::Category | UpdateType::Detectoid)
}

impl<'a> World<'a> {
    fn new(source: &'a Source) -> Self {
        let mut latest: BTreeMap<UpdateId, &CatalogEntry> = BTreeMap::new();
        for entry in &source.entries {
            let known = latest.entry(id(entry)).or_insert(entry);
            if known.revision.identity < entry.revision.identity {
                *known = entry;
            }
        }
        Self { source, latest }
    }

    fn is_declined(&self, update: UpdateId) -> bool {
        self.source.declined.iter().any(|declined| declined.update_id == update)
    }

    fn is_member(&self, update: UpdateId) -> bool {
        self.latest.values().any(|entry| members(entry).any(|member| member == update))
    }

    fn is_leaf(&self, update: UpdateId) -> bool {
        !self.latest.values().any(|entry| prerequisites(entry).any(|prerequisite| prerequisite == update))
    }

    /// The updates that are offered at all: grown until nothing more comes in.
    fn in_scope(&self) -> BTreeSet<UpdateId> {
        let mut in_scope = BTreeSet::new();
        loop {
            let comes_in = |entry: &&CatalogEntry| {
                let update = id(entry);
                let own = entry.revision.explicitly_deployable || !self.is_member(update);
                let mut scoped = self.latest.values().filter(|other| in_scope.contains(&id(other)));
                let bundled = scoped.clone().any(|other| members(other).any(|member| member == update));
                let needed = scoped.any(|other| prerequisites(other).any(|prerequisite| prerequisite == update));
                if self.is_declined(update) { needed && is_fact(entry) } else { own || bundled || needed }
            };
            let grown: BTreeSet<UpdateId> = self.latest.values().copied().filter(comes_in).map(id).collect();
            if grown == in_scope {
                return in_scope;
            }
            in_scope = grown;
        }
    }

    /// What is in scope with every clause met by an installed update; prerequisites first.
    fn needed(&self, in_scope: &BTreeSet<UpdateId>, installed: &[RevisionId]) -> Vec<&'a CatalogEntry> {
        let installed: BTreeSet<UpdateId> =
            self.source.entries.iter().filter(|entry| installed.contains(&entry.id)).map(id).collect();
        let is_met = |entry: &&CatalogEntry| {
            let mut clauses = entry.revision.relations.prerequisites.iter();
            clauses.all(|clause| clause.members.iter().any(|member| installed.contains(member)))
        };
        let depths = self.depths();
        let depth = |entry: &CatalogEntry| depths.get(&id(entry)).copied().unwrap_or(u32::MAX);
        let mut needed: Vec<&CatalogEntry> =
            self.latest.values().copied().filter(|entry| in_scope.contains(&id(entry))).filter(is_met).collect();
        needed.sort_by_key(|entry| (depth(entry), entry.id));
        needed
    }

    /// The longest chain of prerequisites of each update; absent for those that a cycle holds up.
    fn depths(&self) -> BTreeMap<UpdateId, u32> {
        let mut depths: BTreeMap<UpdateId, u32> = BTreeMap::new();
        loop {
            let before = depths.len();
            for (update, entry) in &self.latest {
                let known = prerequisites(entry).filter(|prerequisite| self.latest.contains_key(prerequisite));
                let above: Option<Vec<u32>> =
                    known.map(|prerequisite| depths.get(&prerequisite).map(|depth| depth + 1)).collect();
                if let Some(above) = above {
                    depths.entry(*update).or_insert(above.into_iter().max().unwrap_or(0));
                }
            }
            if depths.len() == before {
                return depths;
            }
        }
    }

    /// What a category filter lets through; everything if there is none.
    fn filter(&self, in_scope: &BTreeSet<UpdateId>, categories: &[UpdateId]) -> BTreeSet<UpdateId> {
        if categories.is_empty() {
            return in_scope.clone();
        }
        let scoped = || self.latest.values().filter(|entry| in_scope.contains(&id(entry)));
        let mut through: BTreeSet<UpdateId> =
            categories.iter().copied().filter(|category| in_scope.contains(category)).collect();
        while let Some(entry) = scoped().find(|entry| {
            let is_above = |category: &UpdateId| {
                let above = self.latest.get(category);
                through.contains(category)
                    && above.is_some_and(|above| above.revision.update_type == UpdateType::Category)
            };
            let mut clauses = entry.revision.relations.prerequisites.iter().filter(|clause| clause.is_category);
            !through.contains(&id(entry)) && clauses.any(|clause| clause.members.iter().any(is_above))
        }) {
            through.insert(id(entry));
        }
        loop {
            let needs = |entry: &&CatalogEntry| through.contains(&id(entry));
            let more: BTreeSet<UpdateId> = scoped()
                .copied()
                .filter(needs)
                .flat_map(|entry| prerequisites(entry).chain(members(entry)))
                .filter(|update| in_scope.contains(update) && !through.contains(update))
                .collect();
            if more.is_empty() {
                return through;
            }
            through.extend(more);
        }
    }

    fn no_driver(&self, in_scope: &BTreeSet<UpdateId>, filter: &BTreeSet<UpdateId>) -> bool {
        let is_driver = |update: &UpdateId| {
            self.latest.get(update).is_some_and(|entry| entry.revision.update_type == UpdateType::Driver)
        };
        !in_scope.intersection(filter).any(is_driver)
    }

    fn select(
        &self,
        groups: &GroupSet,
        needed: &[&CatalogEntry],
        cached: &BTreeSet<RevisionId>,
        since: Option<ChangeMark>,
        hardware_ids: &BTreeMap<RevisionId, Vec<HardwareId>>,
    ) -> Selection {
        let needed_ids: BTreeSet<RevisionId> = needed.iter().map(|entry| entry.id).collect();
        let offer = |entry: &&CatalogEntry| Offer {
            revision: entry.id,
            deployment: self.deployment(groups, entry),
            is_leaf: self.is_leaf(id(entry)),
            hardware_ids: hardware_ids.get(&entry.id).cloned().unwrap_or_default(),
        };
        let mut new: Vec<Offer> = needed.iter().filter(|entry| !cached.contains(&entry.id)).map(offer).collect();
        let is_changed = |entry: &&&CatalogEntry| since.is_none_or(|since| self.changed(groups, entry) > since);
        let (missing, page) = (new.len(), page(new.len()));
        new.truncate(page);
        Selection {
            truncated: missing > page,
            new,
            out_of_scope: cached.difference(&needed_ids).copied().collect(),
            changed: needed.iter().filter(|entry| cached.contains(&entry.id)).filter(is_changed).map(offer).collect(),
            deployed_out_of_scope: Vec::new(),
            driver_sync_not_needed: false,
        }
    }

    /// The approvals of an update, if it can be approved at all.
    fn approvals(&self, entry: &CatalogEntry) -> Vec<Approval> {
        let follows_bundle = self.is_member(id(entry)) && !entry.revision.explicitly_deployable;
        if is_fact(entry) || follows_bundle {
            return Vec::new();
        }
        self.source.approvals.iter().filter(|approval| approval.update_id == id(entry)).cloned().collect()
    }

    fn deployment(&self, groups: &GroupSet, entry: &CatalogEntry) -> Deployment {
        let decision = decide(&self.source.groups, groups, &self.approvals(entry));
        let last_change = decision.approval.as_ref().map_or(entry.imported_at, |approval| approval.changed_at);
        if let (Some(action), Some(approval)) = (decision.action(), &decision.approval) {
            return Deployment { id: approval.id, action, deadline: approval.deadline, last_change };
        }
        let action = if is_fact(entry) {
            DeploymentAction::Evaluate
        } else if entry.revision.explicitly_deployable {
            DeploymentAction::PreDeploymentCheck
        } else if self.is_member(id(entry)) {
            DeploymentAction::Bundle
        } else if entry.revision.relations.bundled.iter().any(|clause| !clause.members.is_empty()) {
            DeploymentAction::PreDeploymentCheck
        } else {
            DeploymentAction::Evaluate
        };
        Deployment { id: DeploymentId(UNAPPROVED_ID | entry.id.0), action, deadline: None, last_change }
    }
}

#[cfg(test)]
mod property;
