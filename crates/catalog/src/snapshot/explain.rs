use std::collections::BTreeSet;

use model::{DeploymentAction, RevisionId, TargetGroupId, UpdateId, UpdateType};
use policy::{Considered, decide};

use super::Snapshot;
use crate::conditions::Condition;
use crate::explain::{Explanation, Outcome, Step, Verdict};
use crate::row::Row;
use crate::scope::Scope;

/// Names that a reason lists before it only counts.
const NAMES_MAX: usize = 8;

impl Snapshot {
    /// Explains why computers of the scope are or are not offered `update`.
    ///
    /// `installed` is the list of the computer's last scan; without one the prerequisites stay open.
    pub fn explain(&self, scope: &Scope, update: UpdateId, installed: Option<&[RevisionId]>) -> Explanation {
        let mut account = Account { snapshot: self, steps: Vec::new(), mentions: BTreeSet::new() };
        let found = self.revisions.index_of(update).and_then(|index| Some((index, self.row(index)?)));
        let Some((index, row)) = found else {
            account.say("known", Outcome::Stopped, "this server has no revision of it; import it first");
            return account.close(update, None, |_| None);
        };
        let revision = row.identity;
        let latest =
            format!("its latest revision {} has id {}; only that one is offered", revision.revision_number, row.id);
        account.say("known", Outcome::Passed, latest);
        account.groups(scope);
        account.declined(index, row);
        account.in_scope(index, row);
        account.approvals(scope, index, row);
        account.withheld(index);
        if self.reach.in_scope.contains(index) {
            account.action(scope, index, row);
        }
        account.superseded(index);
        account.prerequisites(index, installed);
        account.devices(row, index);
        account.close(update, Some(row), |account| Some(account.verdict(scope, index, row)))
    }
}

/// An explanation in the making.
struct Account<'a> {
    snapshot: &'a Snapshot,
    steps: Vec<Step>,
    mentions: BTreeSet<UpdateId>,
}

impl Account<'_> {
    fn say(&mut self, what: &'static str, outcome: Outcome, reason: impl Into<String>) {
        self.steps.push(Step { what, outcome, reason: reason.into() });
    }

    fn groups(&mut self, scope: &Scope) {
        let tree = &self.snapshot.groups;
        let path = |group: &TargetGroupId| {
            let chain = tree.chain(*group).into_iter().filter_map(|id| tree.group(id));
            chain.map(|group| group.name.as_str()).collect::<Vec<_>>().join(" > ")
        };
        let paths: Vec<String> = scope.groups().explicit().iter().map(path).collect();
        self.say("groups", Outcome::Note, format!("the computer is in {}", paths.join("; ")));
    }

    fn declined(&mut self, index: u32, row: &Row) {
        if !self.snapshot.reach.declined.contains(index) {
            self.say("declined", Outcome::Passed, "it is not declined");
        } else if self.snapshot.reach.in_scope.contains(index) {
            let reason = format!("it is declined, but it is a {} that other updates need", lower(row.update_type));
            self.say("declined", Outcome::Note, reason);
        } else {
            self.say("declined", Outcome::Stopped, "it is declined, and so offered to nobody; undecline it first");
        }
    }

    fn in_scope(&mut self, index: u32, row: &Row) {
        let bundles = self.snapshot.revisions.bundles.row(index);
        let is_in_scope = |bundle: &u32| self.snapshot.reach.in_scope.contains(*bundle);
        if !self.snapshot.reach.in_scope.contains(index) {
            // What is declined was said to be so; there is nothing to add.
            if !self.snapshot.reach.declined.contains(index) {
                let bundles = self.names(bundles.iter().copied());
                let reason = format!("it is only offered with a bundle that has it, and none of these is: {bundles}");
                self.say("in scope", Outcome::Stopped, reason);
            }
        } else if self.snapshot.reach.declined.contains(index) {
            let needing = self.needing(index);
            self.say("in scope", Outcome::Passed, format!("it is a prerequisite of {needing}"));
        } else if !row.follows_bundle() {
            let reason = match (row.is_member, row.is_fact()) {
                (true, _) => "it is deployable by itself, though bundles have it as well",
                (false, true) => "categories and detectoids are offered to everyone",
                (false, false) => "it is in no bundle, and so offered by itself",
            };
            self.say("in scope", Outcome::Passed, reason);
        } else if bundles.iter().any(is_in_scope) {
            let bundles = self.names(bundles.iter().copied().filter(is_in_scope));
            self.say("in scope", Outcome::Passed, format!("it is offered with the bundle {bundles}"));
        } else {
            let needing = self.needing(index);
            self.say("in scope", Outcome::Passed, format!("no bundle that has it is offered, but {needing} needs it"));
        }
    }

    fn approvals(&mut self, scope: &Scope, index: u32, row: &Row) {
        if row.is_fact() {
            let reason = format!("a {} is evaluated, never approved", lower(row.update_type));
            return self.say("approved", Outcome::Note, reason);
        }
        if row.follows_bundle() {
            return self.say("approved", Outcome::Note, "a member of a bundle goes with it; approve the bundle");
        }
        let approvals = self.snapshot.approvals_of(index);
        if approvals.is_empty() {
            return self.say("approved", Outcome::Note, "there is no approval of it for any group");
        }
        for Considered { approval, reason } in decide(&self.snapshot.groups, scope.groups(), approvals).considered {
            let group = self.snapshot.groups.group(approval.group);
            let group = group.map_or_else(|| approval.group.to_string(), |group| format!("{:?}", group.name.as_str()));
            let deadline = approval.deadline.map(|deadline| format!(" by {deadline}")).unwrap_or_default();
            let text = format!("approval {}, {}{deadline} for group {group}: {reason}", approval.id.0, approval.action);
            self.say("approved", Outcome::Note, text);
        }
    }

    fn withheld(&mut self, index: u32) {
        if self.snapshot.withheld.of(index).is_some_and(|state| state.is_now) {
            let reason = "a file of it, or of what it bundles, is withheld because of who signed it, so that nobody installs it; \
                          `vanne content quarantine` says why and what to do";
            self.say("files", Outcome::Note, reason);
        }
    }

    fn action(&mut self, scope: &Scope, index: u32, row: &Row) {
        let deployment = scope.deployment(index, row);
        let deadline = deployment.deadline.map(|deadline| format!(", by {deadline}")).unwrap_or_default();
        let meaning = meaning(deployment.action);
        let reason = format!("{}{deadline} (deployment {}): {meaning}", deployment.action, deployment.id.0);
        self.say("action", Outcome::Note, reason);
        if deployment.action != DeploymentAction::Bundle {
            return;
        }
        let snapshot = self.snapshot;
        let bundles =
            snapshot.revisions.bundles.row(index).iter().filter(|bundle| snapshot.reach.in_scope.contains(**bundle));
        for bundle in bundles.take(NAMES_MAX) {
            let Some(row) = snapshot.row(*bundle) else { continue };
            let name = self.names([*bundle]);
            let action = scope.deployment(*bundle, row).action;
            self.say("its bundle", Outcome::Note, format!("{name} has action {action}"));
        }
    }

    fn superseded(&mut self, index: u32) {
        let snapshot = self.snapshot;
        let in_scope = snapshot
            .revisions
            .superseded_by
            .row(index)
            .iter()
            .copied()
            .filter(|by| snapshot.reach.in_scope.contains(*by));
        let by: Vec<u32> = in_scope.collect();
        if !by.is_empty() {
            let by = self.names(by);
            let reason =
                format!("superseded by {by}; it is sent all the same, and the client leaves it if that applies");
            self.say("superseded", Outcome::Note, reason);
        }
    }

    fn prerequisites(&mut self, index: u32, installed: Option<&[RevisionId]>) {
        let snapshot = self.snapshot;
        let conditions = snapshot.revisions.conditions.of(index);
        if conditions.is_empty() {
            return self.say("prerequisite", Outcome::Passed, "it has none");
        }
        let installed = installed.map(|installed| snapshot.revisions.updates_of(installed));
        for condition in conditions.iter().filter_map(|condition| snapshot.revisions.conditions.get(*condition)) {
            let what = if condition.is_category { "category" } else { "prerequisite" };
            let (outcome, reason) = match &installed {
                None => {
                    let wanted = self.wanted(condition);
                    (Outcome::Unknown, format!("needs {wanted} installed; the computer has not scanned yet"))
                }
                Some(installed) => {
                    let is_installed = |member: &u32| installed.binary_search(member).is_ok();
                    let met: Vec<u32> = condition.members.iter().copied().filter(is_installed).collect();
                    if met.is_empty() {
                        (Outcome::Stopped, format!("the computer does not have {}", self.wanted(condition)))
                    } else {
                        (Outcome::Passed, format!("the computer has {}", self.names(met)))
                    }
                }
            };
            self.say(what, outcome, reason);
        }
    }

    /// What would meet a condition.
    fn wanted(&mut self, condition: &Condition) -> String {
        let known = self.names(condition.members.iter().copied());
        let known = match condition.members.len() {
            0 => "something this server does not have".to_owned(),
            1 => known,
            _ => format!("one of {known}"),
        };
        if condition.unknown.is_empty() {
            return known;
        }
        let unknown = self.listed(condition.unknown.iter().copied());
        format!("{known} (not on this server, and so no help: {unknown})")
    }

    fn devices(&mut self, row: &Row, index: u32) {
        if row.update_type != UpdateType::Driver {
            return;
        }
        let ids = self.snapshot.revisions.drivers.hardware_ids_of(index);
        if ids.is_empty() {
            return;
        }
        let mut list = ids.iter().take(NAMES_MAX).copied().collect::<Vec<_>>().join(", ");
        if ids.len() > NAMES_MAX {
            list.push_str(&format!(" and {} more", ids.len() - NAMES_MAX));
        }
        let reason = format!(
            "only sent to a computer with a device {list}, if no other driver suits it better, the installed one included"
        );
        self.say("device", Outcome::Unknown, reason);
    }

    fn verdict(&self, scope: &Scope, index: u32, row: &Row) -> Verdict {
        let deployment = scope.deployment(index, row);
        match deployment.action {
            action @ (DeploymentAction::Install | DeploymentAction::OptionalInstall | DeploymentAction::Uninstall) => {
                Verdict::Offered { action, deadline: deployment.deadline }
            }
            action => {
                let approvals = self.snapshot.approvals_of(index);
                let is_approved = decide(&self.snapshot.groups, scope.groups(), approvals).action().is_some();
                let is_withheld = self.snapshot.withheld.of(index).is_some_and(|state| state.is_now);
                let reason = if is_approved && is_withheld { "a file of it is withheld" } else { meaning(action) };
                Verdict::Evaluated { action, reason: reason.to_owned() }
            }
        }
    }

    /// The explanation: the first step that stopped it, or is open, decides; otherwise `verdict` does.
    fn close(self, update: UpdateId, row: Option<&Row>, verdict: impl Fn(&Self) -> Option<Verdict>) -> Explanation {
        let first = |outcome| self.steps.iter().find(|step| step.outcome == outcome).map(|step| step.reason.clone());
        let verdict = first(Outcome::Stopped)
            .map(|reason| Verdict::NotSent { reason })
            .or_else(|| first(Outcome::Unknown).map(|reason| Verdict::Undetermined { reason }))
            .or_else(|| verdict(&self))
            .unwrap_or_else(|| Verdict::Undetermined { reason: "nothing is known of it".to_owned() });
        let mentions = self.mentions.into_iter().filter(|id| *id != update).collect();
        Explanation { update, revision: row.map(|row| row.identity), verdict, steps: self.steps, mentions }
    }

    /// The updates in scope that need the one at `index`, listed.
    fn needing(&mut self, index: u32) -> String {
        let snapshot = self.snapshot;
        let holders = snapshot
            .revisions
            .conditions
            .naming(index)
            .iter()
            .flat_map(|naming| snapshot.revisions.conditions.holders(*naming));
        let needing: BTreeSet<u32> =
            holders.copied().filter(|holder| *holder != index && snapshot.reach.in_scope.contains(*holder)).collect();
        self.names(needing)
    }

    fn names(&mut self, indexes: impl IntoIterator<Item = u32>) -> String {
        let snapshot = self.snapshot;
        self.listed(indexes.into_iter().filter_map(|index| Some(snapshot.row(index)?.identity.update_id)))
    }

    fn listed(&mut self, updates: impl Iterator<Item = UpdateId>) -> String {
        let mut names = Vec::new();
        let mut more = 0_usize;
        for update in updates {
            if names.len() < NAMES_MAX {
                self.mentions.insert(update);
                names.push(update.to_string());
            } else {
                more += 1;
            }
        }
        let list = names.join(", ");
        if more == 0 { list } else { format!("{list} and {more} more") }
    }
}

fn lower(update_type: UpdateType) -> String {
    update_type.as_str().to_lowercase()
}

fn meaning(action: DeploymentAction) -> &'static str {
    match action {
        DeploymentAction::Install => "the client installs it if its own rules find that it applies",
        DeploymentAction::OptionalInstall => "the client offers it to the user if its own rules find that it applies",
        DeploymentAction::Uninstall => "the client removes it if it is installed and can be removed",
        DeploymentAction::PreDeploymentCheck => {
            "no approval counts for this computer, so that the client only reports whether it applies"
        }
        DeploymentAction::Bundle => {
            "the client takes it if its bundle is approved and its own rules find that it applies"
        }
        DeploymentAction::Evaluate => "the client only finds out whether it is installed, for what depends on it",
    }
}

#[cfg(test)]
mod tests;
