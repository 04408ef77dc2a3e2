use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use metadata::CoreFragment;
use metadata::rules::Truth;
use metadata::rules::state::{Applicability, bundle, state};
use model::{RevisionId, UpdateId, UpdateIdentity, UpdateType};
use wire::client::{Deployment, RefreshCacheResult, SyncInfo};

use super::{AgentError, Finding, Network};
use crate::machine::Machine;

/// How deep bundles may lie inside each other; real ones reach 2.
const BUNDLE_DEPTH_MAX: usize = 8;

/// A revision an agent was told of.
pub(super) struct Cached {
    pub(super) fragment: Arc<CoreFragment>,
    pub(super) deployment: Deployment,
    pub(super) is_leaf: bool,
    /// Where it stands by its own rules; of bundles nothing.
    own: Applicability,
}

/// Everything an agent was told of and not told to forget.
#[derive(Default)]
pub(super) struct Cache {
    entries: BTreeMap<RevisionId, Cached>,
    numbers: HashMap<UpdateIdentity, RevisionId>,
    pending: HashSet<UpdateIdentity>,
}

/// The lists a `SyncUpdates` request carries.
pub(super) struct Lists {
    pub(super) installed_non_leaf: Vec<RevisionId>,
    pub(super) other: Vec<RevisionId>,
    pub(super) drivers: Vec<RevisionId>,
    /// The updates behind the first list.
    pub(super) installed: HashSet<UpdateId>,
}

impl Cache {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (RevisionId, &Cached)> {
        self.entries.iter().map(|(id, cached)| (*id, cached))
    }

    pub(super) fn by_identity(&self, identity: UpdateIdentity) -> Option<(RevisionId, &Cached)> {
        let id = *self.numbers.get(&identity)?;
        Some((id, self.entries.get(&id)?))
    }

    pub(super) fn identities(&self) -> Vec<UpdateIdentity> {
        self.entries.values().map(|cached| cached.fragment.identity).collect()
    }

    /// Asks every rule again: the computer may have changed since.
    pub(super) fn evaluate(&mut self, machine: &Machine) {
        for cached in self.entries.values_mut() {
            cached.own = own_standing(&cached.fragment, machine);
        }
    }

    /// Takes over an answer: forgets, changes, adds and evaluates what is new.
    ///
    /// What is deployed and merely outside this scan (`DeployedOutOfScopeRevisionIds`) is kept for the others.
    pub(super) fn apply(
        &mut self,
        network: &Network,
        machine: &Machine,
        info: &SyncInfo,
        findings: &mut Vec<Finding>,
    ) -> Result<(), AgentError> {
        for id in &info.out_of_scope_revision_ids {
            self.forget(*id);
        }
        for change in &info.changed_updates {
            if let Some(cached) = self.entries.get_mut(&change.id) {
                cached.deployment = change.deployment.clone();
                cached.is_leaf = change.is_leaf;
            }
        }
        for update in &info.new_updates {
            let Some(xml) = &update.xml else {
                findings.push(Finding::NoFragment { revision: update.id });
                continue;
            };
            let fragment = network
                .fragment(&xml.to_text())
                .map_err(|source| AgentError::Fragment { revision: update.id, source })?;
            let own = own_standing(&fragment, machine);
            let identity = fragment.identity;
            let (deployment, is_leaf) = (update.deployment.clone(), update.is_leaf);
            if self.entries.insert(update.id, Cached { fragment, deployment, is_leaf, own }).is_some() {
                findings.push(Finding::SentAgain { update: identity });
            }
            self.numbers.insert(identity, update.id);
        }
        Ok(())
    }

    /// Takes over the numbers of a server that changed; what is not among them is forgotten.
    pub(super) fn renumber(&mut self, results: &[RefreshCacheResult]) {
        let mut kept = BTreeMap::new();
        for result in results {
            let old = self.numbers.get(&result.global_id).copied();
            if let Some(mut cached) = old.and_then(|old| self.entries.remove(&old)) {
                cached.deployment = result.deployment.clone();
                cached.is_leaf = result.is_leaf;
                kept.insert(result.revision_id, cached);
            }
        }
        self.entries = kept;
        self.numbers = self.entries.iter().map(|(id, cached)| (cached.fragment.identity, *id)).collect();
    }

    pub(super) fn lists(&self) -> Lists {
        let mut lists =
            Lists { installed_non_leaf: Vec::new(), other: Vec::new(), drivers: Vec::new(), installed: HashSet::new() };
        for (id, cached) in &self.entries {
            if cached.fragment.update_type == UpdateType::Driver {
                lists.drivers.push(*id);
            } else if !cached.is_leaf && self.standing(cached) == Applicability::Installed {
                lists.installed_non_leaf.push(*id);
                lists.installed.insert(cached.fragment.identity.update_id);
            } else {
                lists.other.push(*id);
            }
        }
        lists
    }

    /// Where a revision stands; a bundle by its children (`metadata.md` §3.2).
    ///
    /// The server has seen to the prerequisites: what lacks one was not sent.
    pub(super) fn standing(&self, cached: &Cached) -> Applicability {
        self.standing_at(cached, BUNDLE_DEPTH_MAX)
    }

    fn standing_at(&self, cached: &Cached, depth: usize) -> Applicability {
        let clauses = &cached.fragment.relations.bundled;
        if clauses.is_empty() || depth == 0 {
            return cached.own;
        }
        let child = |identity: &UpdateIdentity| match self.by_identity(*identity) {
            Some((_, child)) => self.standing_at(child, depth - 1),
            None => Applicability::PrerequisitesNotMet,
        };
        let children: Vec<Vec<Applicability>> =
            clauses.iter().map(|clause| clause.members.iter().map(child).collect()).collect();
        bundle(Truth::True, &children)
    }

    /// The leaves of a revision that stand so, in document order; itself when it is no bundle.
    pub(super) fn leaves(&self, identity: UpdateIdentity, wanted: Applicability) -> Vec<(RevisionId, &Cached)> {
        let mut leaves = Vec::new();
        self.collect_leaves(identity, wanted, BUNDLE_DEPTH_MAX, &mut leaves);
        leaves
    }

    fn collect_leaves<'a>(
        &'a self,
        identity: UpdateIdentity,
        wanted: Applicability,
        depth: usize,
        leaves: &mut Vec<(RevisionId, &'a Cached)>,
    ) {
        let Some((id, cached)) = self.by_identity(identity).filter(|_| depth > 0) else { return };
        if cached.fragment.relations.bundled.is_empty() {
            if cached.own == wanted {
                leaves.push((id, cached));
            }
            return;
        }
        for child in cached.fragment.relations.bundled.iter().flat_map(|clause| &clause.members) {
            self.collect_leaves(*child, wanted, depth - 1, leaves);
        }
    }

    /// True for what was installed and wants a restart before its rules count again.
    pub(super) fn is_pending(&self, identity: UpdateIdentity) -> bool {
        self.pending.contains(&identity)
    }

    pub(super) fn set_pending(&mut self, identity: UpdateIdentity) {
        self.pending.insert(identity);
    }

    pub(super) fn forget_pending(&mut self) {
        self.pending.clear();
    }

    fn forget(&mut self, id: RevisionId) {
        if let Some(cached) = self.entries.remove(&id) {
            self.numbers.remove(&cached.fragment.identity);
        }
    }
}

fn own_standing(fragment: &CoreFragment, machine: &Machine) -> Applicability {
    let verdict = fragment.rules.evaluate(fragment.identity.update_id, &fragment.drivers, machine);
    state(fragment.update_type, Truth::True, &verdict)
}
