use std::collections::BTreeMap;
use std::sync::Arc;

use model::{ChangeMark, DeploymentAction, HardwareId, RevisionId, UpdateId, UpdateIdentity, UpdateType};
use roaring::RoaringBitmap;

use super::{Needed, Snapshot};
use crate::query::{DriverQuery, Offer, PrinterQuery, Selection, SoftwareQuery, page};
use crate::scope::Scope;

impl Snapshot {
    /// What a computer is told in a software sync: everything in scope but drivers.
    ///
    /// Time is proportional to the ids sent and to what is needed; the latter is remembered for other
    /// computers with the same installed updates.
    ///
    /// Source: MS-WUSP 3.1.5.7, client-server §6.1.
    pub fn software(&self, scope: &Scope, query: &SoftwareQuery<'_>) -> Selection {
        let needed = self.needed(query.installed);
        let filter = self.filter(query.filter);
        let filtered = filter.as_deref().map(|filter| &needed.software & filter);
        let needed = filtered.as_ref().unwrap_or(&needed.software);
        let cached: Vec<RevisionId> = query.installed.iter().chain(query.cached).copied().collect();
        let mut selection = self.select(scope, needed, cached, query.since, &BTreeMap::new());
        if query.two_groups && filter.is_some() {
            // Only what is deployed no longer is forgotten; the rest is merely none of this scan's business.
            let (deployed, gone) =
                selection.out_of_scope.into_iter().partition(|revision| self.deployed_software(*revision));
            selection.deployed_out_of_scope = deployed;
            selection.out_of_scope = gone;
        }
        selection.driver_sync_not_needed = self.no_driver_in(filter.as_deref());
        selection
    }

    /// What a computer is told in a driver sync: for each device the best driver, if better than the installed one.
    ///
    /// Source: MS-WUSP 3.1.5.7, client-server §7.
    pub fn drivers(&self, scope: &Scope, query: &DriverQuery<'_>) -> Selection {
        let eligible = self.needed(query.installed);
        let filter = self.filter(query.filter);
        let best = self.drivers.best(query, |index| {
            eligible.drivers.contains(index) && filter.as_ref().is_none_or(|filter| filter.contains(index))
        });
        let needed = best.keys().copied().collect();
        let mut selection = self.select(scope, &needed, query.cached.to_vec(), query.since, &best);
        selection.driver_sync_not_needed = self.no_driver_in(filter.as_deref());
        selection
    }

    /// What the Add Printer wizard is told: every printer driver in scope whose prerequisites are met.
    ///
    /// Source: MS-WUSP 3.1.5.12; the request has no devices, so that nothing installed is compared with.
    pub fn printers(&self, scope: &Scope, query: &PrinterQuery<'_>) -> Selection {
        let needed = &self.needed(query.installed).drivers & &self.printers_in_scope;
        let mut selection = self.select(scope, &needed, query.cached.to_vec(), query.since, &BTreeMap::new());
        selection.driver_sync_not_needed = self.no_driver_in(None);
        selection
    }

    /// What became of revisions that a client has from another server; those it is not answered it forgets.
    ///
    /// Left out are what is not the latest revision, what is not in scope, and, as native does, members of
    /// bundles (native-behaviour §5.8).
    pub fn refresh(&self, scope: &Scope, identities: &[UpdateIdentity]) -> Vec<(UpdateIdentity, Offer)> {
        let offer = |identity: &UpdateIdentity| {
            let index = *self.by_update.get(&identity.update_id)?;
            let current = self.row(index)?.identity == *identity && self.in_scope.contains(index);
            let offer = self.offer(scope, index, Vec::new()).filter(|_| current)?;
            (offer.deployment.action != DeploymentAction::Bundle).then_some((*identity, offer))
        };
        identities.iter().filter_map(offer).collect()
    }

    fn select(
        &self,
        scope: &Scope,
        needed: &RoaringBitmap,
        mut cached: Vec<RevisionId>,
        since: Option<ChangeMark>,
        hardware_ids: &BTreeMap<u32, Vec<HardwareId>>,
    ) -> Selection {
        // A client's lists are two ascending runs as a rule, which a stable sort only merges.
        cached.sort();
        cached.dedup();
        let mut kept = Vec::with_capacity(cached.len());
        let mut out_of_scope = Vec::new();
        for revision in cached {
            match self.index_of_latest(revision).filter(|index| needed.contains(*index)) {
                Some(index) => kept.push(index),
                None => out_of_scope.push(revision),
            }
        }
        let missing = usize::try_from(needed.len()).unwrap_or(usize::MAX).saturating_sub(kept.len());
        // Nearly always the client has everything and has seen the last change of all, and nothing need be compared.
        let news = since.is_none_or(|since| since < self.changed.max(scope.last_changed()));
        let kept: RoaringBitmap = if missing > 0 || news { kept.into_iter().collect() } else { RoaringBitmap::new() };
        let offer = |index| self.offer(scope, index, hardware_ids.get(&index).cloned().unwrap_or_default());
        let is_changed = |index: &u32| {
            since.is_none_or(|since| self.row(*index).is_some_and(|row| scope.changed(*index, row) > since))
        };
        let changed = kept.iter().filter(is_changed).filter_map(offer).collect();
        let page = page(missing);
        let new = needed.iter().filter(|index| !kept.contains(*index)).take(page.min(missing)).filter_map(offer);
        Selection {
            new: new.collect(),
            out_of_scope,
            changed,
            truncated: missing > page,
            deployed_out_of_scope: Vec::new(),
            driver_sync_not_needed: false,
        }
    }

    fn offer(&self, scope: &Scope, index: u32, hardware_ids: Vec<HardwareId>) -> Option<Offer> {
        let row = self.row(index)?;
        let deployment = scope.deployment(index, row);
        Some(Offer { revision: row.id, deployment, is_leaf: row.is_leaf, hardware_ids })
    }

    fn deployed_software(&self, revision: RevisionId) -> bool {
        self.index_of_latest(revision)
            .is_some_and(|index| self.in_scope.contains(index) && !self.drivers_in_scope.contains(index))
    }

    fn no_driver_in(&self, filter: Option<&RoaringBitmap>) -> bool {
        match filter {
            Some(filter) => self.drivers_in_scope.is_disjoint(filter),
            None => self.drivers_in_scope.is_empty(),
        }
    }

    /// What is in scope and has in every condition a member among the updates of `installed`.
    ///
    /// Looks only at revisions whose rarest condition is met, and remembers the answer.
    fn needed(&self, installed: &[RevisionId]) -> Arc<Needed> {
        let installed = self.updates_of(installed);
        self.needed.get_or(&installed, || {
            let satisfied = self.conditions.satisfied(&installed);
            let is_satisfied = |condition: &u32| satisfied.get(*condition as usize).copied().unwrap_or(false);
            let met = (0..).zip(&satisfied).filter(|(_, satisfied)| **satisfied).map(|(condition, _)| condition);
            let mut needed: Vec<u32> = met
                .flat_map(|condition: u32| self.filed.row(condition))
                .copied()
                .filter(|index| self.conditions.of(*index).iter().all(is_satisfied))
                .collect();
            needed.sort_unstable();
            let needed = needed.into_iter().collect::<RoaringBitmap>() | &self.free;
            Needed { software: &needed - &self.drivers_in_scope, drivers: &needed & &self.drivers_in_scope }
        })
    }

    /// What belongs to the categories of a filter and what that needs; `None` if there is no filter.
    fn filter(&self, categories: &[UpdateId]) -> Option<Arc<RoaringBitmap>> {
        if categories.is_empty() {
            return None;
        }
        let mut known: Vec<u32> = categories.iter().filter_map(|id| self.by_update.get(id)).copied().collect();
        known.sort_unstable();
        known.dedup();
        Some(self.filters.get_or(&known.into(), || self.closure(self.belonging(categories))))
    }

    /// The categories themselves and everything that is in them or in a category below them.
    fn belonging(&self, categories: &[UpdateId]) -> RoaringBitmap {
        let mut belonging = RoaringBitmap::new();
        let mut open: Vec<u32> = categories.iter().filter_map(|id| self.by_update.get(id)).copied().collect();
        while let Some(index) = open.pop() {
            let Some(row) = self.row(index).filter(|_| self.in_scope.contains(index)) else { continue };
            if !belonging.insert(index) || row.update_type != UpdateType::Category {
                continue;
            }
            for condition in self.conditions.naming(index) {
                if self.conditions.get(*condition).is_some_and(|condition| condition.is_category) {
                    open.extend(self.conditions.holders(*condition));
                }
            }
        }
        belonging
    }

    /// `found` with every prerequisite and every member of a bundle, as far as they are in scope.
    fn closure(&self, found: RoaringBitmap) -> RoaringBitmap {
        let mut closure = RoaringBitmap::new();
        let mut tested = RoaringBitmap::new();
        let mut open: Vec<u32> = found.into_iter().collect();
        while let Some(index) = open.pop() {
            if !self.in_scope.contains(index) || !closure.insert(index) {
                continue;
            }
            for condition in self.conditions.of(index) {
                if tested.insert(*condition) {
                    open.extend(self.conditions.members(*condition));
                }
            }
            open.extend(self.bundled.row(index));
        }
        closure
    }
}
