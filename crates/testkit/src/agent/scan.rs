use std::collections::{HashMap, HashSet};
use std::time::Instant;

use model::{RevisionId, UpdateId, UpdateIdentity};
use wire::client::{CategoryRelationship, Cookie, StartCategoryScan, SyncInfo, SyncUpdateParameters, SyncUpdates};
use wire::{Request, Response};

use super::{Agent, AgentError, Finding, stock};

/// The most round trips a stock client makes in one scan (native-behaviour, C12).
const TRIPS_MAX: usize = 200;

/// What one scan found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// `SyncUpdates` calls.
    pub trips: usize,
    /// Revisions that came as new.
    pub new: usize,
    /// Revisions to be forgotten.
    pub out_of_scope: usize,
    /// Revisions whose deployment or leaf flag changed.
    pub changed: usize,
    /// Updates that apply and are not installed, whether approved or not.
    pub needed: usize,
    /// Updates that are installed.
    pub installed: usize,
    /// Updates offered for installation: [`Agent::offers`].
    pub offered: usize,
}

impl Agent {
    /// Synchronises software, then drivers; evaluates everything; queues the events of the scan.
    ///
    /// # Errors
    /// [`AgentError`]; the failure is queued as an event as well.
    pub async fn scan(&mut self) -> Result<Scan, AgentError> {
        let outcome = self.synchronise(&[]).await;
        self.conclude(outcome)
    }

    /// The same for some categories only, after asking which of them the server prefers; each is a group of its own.
    ///
    /// # Errors
    /// As [`Agent::scan`].
    pub async fn scan_categories(&mut self, categories: &[UpdateId]) -> Result<Scan, AgentError> {
        let outcome = match self.preferred(categories).await {
            Ok(preferred) => self.synchronise(&preferred).await,
            Err(error) => Err(error),
        };
        self.conclude(outcome)
    }

    fn conclude(&mut self, outcome: Result<Scan, AgentError>) -> Result<Scan, AgentError> {
        match outcome {
            Ok(mut scan) => {
                self.summary.scans += 1;
                self.check_leaves();
                self.offers = self.choose_offers();
                let compliance = self.compliance();
                scan.needed = compliance.needed.len();
                scan.installed = compliance.installed.len();
                scan.offered = self.offers.len();
                self.summary.offered += u64::try_from(scan.offered).unwrap_or(u64::MAX);
                self.events.scanned(&self.profile, &compliance);
                Ok(scan)
            }
            Err(error) => {
                self.events.scan_failed(&self.profile, error.hresult());
                Err(error)
            }
        }
    }

    async fn preferred(&mut self, categories: &[UpdateId]) -> Result<Vec<UpdateId>, AgentError> {
        let groups = (0..).zip(categories);
        let requested = groups
            .map(|(index_of_and_group, category_id)| CategoryRelationship {
                index_of_and_group,
                category_id: *category_id,
            })
            .collect();
        let request = Request::StartCategoryScan(StartCategoryScan { requested_categories: Some(requested) });
        match self.call(&request).await? {
            Ok(Response::StartCategoryScan(scan)) => Ok(scan.preferred_category_ids),
            Ok(_) => Err(AgentError::OtherAnswer { method: "StartCategoryScan" }),
            Err(source) => Err(AgentError::Refused { method: "StartCategoryScan", source }),
        }
    }

    async fn synchronise(&mut self, filter: &[UpdateId]) -> Result<Scan, AgentError> {
        let mut scan = Scan::default();
        // The computer may have changed since the last scan.
        self.cache.evaluate(&self.profile.machine);
        loop {
            let info = self.software_round(&mut scan, filter).await?;
            if info.truncated && info.new_updates.is_empty() {
                self.summary.find(Finding::TruncatedWithoutNews);
            }
            if info.new_updates.is_empty() && !info.truncated {
                if info.driver_sync_not_needed != Some(true) {
                    while self.driver_round(&mut scan).await?.truncated {}
                }
                return Ok(scan);
            }
        }
    }

    async fn software_round(&mut self, scan: &mut Scan, filter: &[UpdateId]) -> Result<SyncInfo, AgentError> {
        let parameters = |agent: &Self| {
            let lists = agent.cache.lists();
            SyncUpdateParameters {
                installed_non_leaf_update_ids: lists.installed_non_leaf,
                other_cached_update_ids: lists.other,
                filter_category_ids: filter.to_vec(),
                need_two_group_out_of_scope_updates: true,
                ..SyncUpdateParameters::default()
            }
        };
        self.round(scan, parameters).await
    }

    /// The driver pass repeats the installed list and leaves out the rest (native-behaviour, C8).
    async fn driver_round(&mut self, scan: &mut Scan) -> Result<SyncInfo, AgentError> {
        let parameters = |agent: &Self| {
            let lists = agent.cache.lists();
            SyncUpdateParameters {
                installed_non_leaf_update_ids: lists.installed_non_leaf,
                system_spec: Some(agent.system_spec()),
                cached_driver_ids: lists.drivers,
                skip_software_sync: true,
                computer_hardware_ids: agent.profile.machine.computer_ids().to_vec(),
                feature_score_matching_key: Some(stock::feature_score_key(&agent.profile.machine)),
                ..SyncUpdateParameters::default()
            }
        };
        self.round(scan, parameters).await
    }

    async fn round(
        &mut self,
        scan: &mut Scan,
        parameters: impl Fn(&Self) -> SyncUpdateParameters + Send + Sync,
    ) -> Result<SyncInfo, AgentError> {
        if scan.trips == TRIPS_MAX {
            return Err(AgentError::TooManyTrips { limit: TRIPS_MAX });
        }
        scan.trips += 1;
        self.summary.sync_trips += 1;
        let make = |agent: &Self, cookie: Cookie| {
            Request::SyncUpdates(SyncUpdates { cookie: Some(cookie), parameters: Some(parameters(agent)) })
        };
        let started = Instant::now();
        let response = self.call_with_cookie(make).await?;
        self.summary.sync_times.push(started.elapsed());
        let Response::SyncUpdates(info) = response else {
            return Err(AgentError::OtherAnswer { method: "SyncUpdates" });
        };
        self.session.keep_cookie(info.new_cookie.clone());
        scan.new += info.new_updates.len();
        scan.out_of_scope += info.out_of_scope_revision_ids.len();
        scan.changed += info.changed_updates.len();
        self.summary.updates_seen += u64::try_from(info.new_updates.len()).unwrap_or(u64::MAX);
        // Nothing has changed since the request, so these are the lists it carried.
        let installed = self.cache.lists().installed;
        let mut findings = Vec::new();
        self.cache.apply(&self.network, &self.profile.machine, &info, &mut findings)?;
        findings.into_iter().for_each(|finding| self.summary.find(finding));
        self.check_prerequisites(&installed, &info);
        Ok(info)
    }

    /// A revision may only be sent when every clause has a member among what was said to be installed.
    fn check_prerequisites(&mut self, installed: &HashSet<UpdateId>, info: &SyncInfo) {
        let new: HashSet<RevisionId> = info.new_updates.iter().map(|update| update.id).collect();
        let unmet: Vec<UpdateIdentity> = self
            .cache
            .entries()
            .filter(|(id, _)| new.contains(id))
            .filter(|(_, cached)| {
                let clauses = &cached.fragment.relations.prerequisites;
                clauses.iter().any(|clause| !clause.members.iter().any(|member| installed.contains(member)))
            })
            .map(|(_, cached)| cached.fragment.identity)
            .collect();
        for update in unmet {
            self.summary.find(Finding::PrerequisiteNotMet { update });
        }
    }

    /// What another revision names as prerequisite is no leaf (native-behaviour §2.2).
    fn check_leaves(&mut self) {
        let leaves: HashMap<UpdateId, UpdateIdentity> = self
            .cache
            .entries()
            .filter(|(_, cached)| cached.is_leaf)
            .map(|(_, cached)| (cached.fragment.identity.update_id, cached.fragment.identity))
            .collect();
        let mut wrong = HashMap::new();
        for (_, cached) in self.cache.entries() {
            let members = cached.fragment.relations.prerequisites.iter().flat_map(|clause| &clause.members);
            for update in members.filter_map(|member| leaves.get(member)) {
                wrong.entry(*update).or_insert(cached.fragment.identity);
            }
        }
        for (update, by) in wrong {
            self.summary.find(Finding::LeafNamedAsPrerequisite { update, by });
        }
    }
}
