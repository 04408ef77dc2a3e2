use std::collections::BTreeMap;

use model::{ChangeMark, HardwareId, RevisionId, UpdateIdentity};

use super::Snapshot;
use crate::bits::Bits;
use crate::needed::Needed;
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
        let needed = self.reach.needed(&self.revisions, &self.revisions.updates_of(query.installed));
        let filter = self.reach.filter(&self.revisions, query.filter);
        let filtered = filter.as_deref().map(|filter| self.revisions.needed(needed.indexes.and(filter)));
        let needed = filtered.as_ref().unwrap_or(&needed);
        let mut selection = self.select(scope, needed, &[query.installed, query.cached], query.since, &BTreeMap::new());
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
    /// Whether a driver's prerequisites are met is asked only of those that match a device: a few hundred of 125,000.
    ///
    /// Source: MS-WUSP 3.1.5.7, client-server §7.
    pub fn drivers(&self, scope: &Scope, query: &DriverQuery<'_>) -> Selection {
        let filter = self.reach.filter(&self.revisions, query.filter);
        let satisfied = self.satisfied(query.installed);
        let best = self.revisions.drivers.best(query, |index| {
            self.reach.drivers.contains(index)
                && filter.as_ref().is_none_or(|filter| filter.contains(index))
                && self.revisions.is_met(index, &satisfied)
        });
        let mut needed = Bits::none(self.updates());
        for index in best.keys() {
            needed.insert(*index);
        }
        let mut selection = self.select(scope, &self.revisions.needed(needed), &[query.cached], query.since, &best);
        selection.driver_sync_not_needed = self.no_driver_in(filter.as_deref());
        selection
    }

    /// What the Add Printer wizard is told: every printer driver in scope whose prerequisites are met.
    ///
    /// Source: MS-WUSP 3.1.5.12; the request has no devices, so that nothing installed is compared with.
    pub fn printers(&self, scope: &Scope, query: &PrinterQuery<'_>) -> Selection {
        let satisfied = self.satisfied(query.installed);
        let mut needed = Bits::none(self.updates());
        for index in self.revisions.drivers.printers() {
            if self.reach.drivers.contains(index) && self.revisions.is_met(index, &satisfied) {
                needed.insert(index);
            }
        }
        let mut selection =
            self.select(scope, &self.revisions.needed(needed), &[query.cached], query.since, &BTreeMap::new());
        selection.driver_sync_not_needed = self.no_driver_in(None);
        selection
    }

    /// The conditions that are met on a computer with `installed`.
    fn satisfied(&self, installed: &[RevisionId]) -> Bits {
        self.revisions.conditions.satisfied(&self.revisions.updates_of(installed))
    }

    /// What became of revisions that a client has from another server; those it is not answered it forgets.
    ///
    /// Left out are what is not the latest revision and what is not in scope. Members of bundles are answered, because the
    /// method is about whatever is deployed to the client's group (MS-WUSP 3.1.5.8). Native servers leave them out
    /// (native-behaviour §5.8), and then have to send them again: most of a catalog, and all of its largest documents, to each
    /// computer that comes over from a lost server.
    pub fn refresh(&self, scope: &Scope, identities: &[UpdateIdentity]) -> Vec<(UpdateIdentity, Offer)> {
        let offer = |identity: &UpdateIdentity| {
            let index = self.revisions.index_of(identity.update_id)?;
            let current = self.row(index)?.identity == *identity && self.reach.in_scope.contains(index);
            self.offer(scope, index, Vec::new()).filter(|_| current).map(|offer| (*identity, offer))
        };
        identities.iter().filter_map(offer).collect()
    }

    fn select(
        &self,
        scope: &Scope,
        needed: &Needed,
        cached: &[&[RevisionId]],
        since: Option<ChangeMark>,
        hardware_ids: &BTreeMap<u32, Vec<HardwareId>>,
    ) -> Selection {
        let (kept, out_of_scope) = needed.divide(cached.iter().copied().flatten());
        let missing = needed.count - kept.count;
        // Nearly always the client has seen the last change of all, and nothing need be compared.
        let news = since.is_none_or(|since| since < self.revisions.changed.max(scope.last_changed()));
        let offer = |index| self.offer(scope, index, hardware_ids.get(&index).cloned().unwrap_or_default());
        let is_changed = |index: &u32| {
            since.is_none_or(|since| self.row(*index).is_some_and(|row| scope.changed(*index, row) > since))
        };
        let has = |index: &u32| self.row(*index).is_some_and(|row| kept.contains(row.id));
        let changed = needed.indexes.iter().take_while(|_| news).filter(has).filter(is_changed).filter_map(offer);
        let changed = changed.collect();
        let page = page(missing).min(missing);
        let new = needed.indexes.iter().filter(|index| !has(index)).take(page).filter_map(offer);
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
            .is_some_and(|index| self.reach.in_scope.contains(index) && !self.reach.drivers.contains(index))
    }

    fn no_driver_in(&self, filter: Option<&Bits>) -> bool {
        match filter {
            Some(filter) => self.reach.drivers.is_disjoint(filter),
            None => self.reach.drivers.is_empty(),
        }
    }
}
