use std::collections::HashSet;
use std::sync::Arc;

use metadata::CoreFragment;
use metadata::rules::state::Applicability;
use model::{ContentFile, DeploymentAction, RevisionId, Timestamp, UpdateId, UpdateIdentity, UpdateType};

use super::Agent;

/// An update the agent is to install or remove.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Its number at the server.
    pub revision: RevisionId,
    /// Its global name.
    pub identity: UpdateIdentity,
    /// Its title, once [`Agent::prepare`] has asked for it.
    pub title: Option<String>,
    /// Install or Uninstall.
    pub action: DeploymentAction,
    /// When it must be done by, if ever.
    pub deadline: Option<Timestamp>,
    /// What is installed: the needed children of a bundle, or the update itself.
    pub payloads: Vec<Payload>,
    /// How far it has come.
    pub progress: Progress,
}

/// A revision with files and rules.
#[derive(Clone, Debug)]
pub struct Payload {
    /// Its number at the server.
    pub revision: RevisionId,
    /// Its global name.
    pub identity: UpdateIdentity,
    /// Its files and where they are; known after [`Agent::prepare`].
    pub files: Vec<(ContentFile, String)>,
    /// Its installer asks for a restart.
    pub wants_restart: bool,
    pub(super) fragment: Arc<CoreFragment>,
}

/// How far an offer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing done yet.
    Offered,
    /// Its files are here and verified.
    Downloaded,
    /// Done, or waiting for a restart.
    Done,
    /// Its download or installation failed.
    Failed,
}

/// What event 156 says: deployable software, never children (native-behaviour §4.3).
#[derive(Debug, Default)]
pub(super) struct Compliance {
    pub(super) needed: Vec<UpdateId>,
    pub(super) installed: Vec<UpdateId>,
    pub(super) pending: Vec<UpdateId>,
}

impl Agent {
    /// What is approved, applies, and is not superseded by something that is offered or installed as well.
    pub(super) fn choose_offers(&self) -> Vec<Offer> {
        let mut offers = Vec::new();
        let mut superseded: HashSet<UpdateId> = HashSet::new();
        for (revision, cached) in self.cache.entries() {
            let fragment = &cached.fragment;
            let identity = fragment.identity;
            let may_be_offered = matches!(fragment.update_type, UpdateType::Software | UpdateType::Driver)
                && fragment.explicitly_deployable;
            if !may_be_offered || self.cache.is_pending(identity) {
                continue;
            }
            let standing = self.cache.standing(cached);
            let wanted = match cached.deployment.action {
                DeploymentAction::Install => Applicability::Needed,
                DeploymentAction::Uninstall => Applicability::Installed,
                _ => Applicability::Unknown,
            };
            let is_offered = standing == wanted;
            if standing == Applicability::Installed || (is_offered && wanted == Applicability::Needed) {
                superseded.extend(&fragment.relations.superseded);
            }
            if is_offered && standing != Applicability::Unknown {
                let payloads = self.cache.leaves(identity, wanted).into_iter().map(|(revision, leaf)| Payload {
                    revision,
                    identity: leaf.fragment.identity,
                    files: Vec::new(),
                    wants_restart: false,
                    fragment: Arc::clone(&leaf.fragment),
                });
                offers.push(Offer {
                    revision,
                    identity,
                    title: None,
                    action: cached.deployment.action,
                    deadline: cached.deployment.deadline,
                    payloads: payloads.collect(),
                    progress: Progress::Offered,
                });
            }
        }
        offers.retain(|offer| {
            offer.action == DeploymentAction::Uninstall || !superseded.contains(&offer.identity.update_id)
        });
        offers
    }

    pub(super) fn compliance(&self) -> Compliance {
        let mut compliance = Compliance::default();
        for (_, cached) in self.cache.entries() {
            let fragment = &cached.fragment;
            if fragment.update_type != UpdateType::Software || !fragment.explicitly_deployable {
                continue;
            }
            let update = fragment.identity.update_id;
            if self.cache.is_pending(fragment.identity) {
                compliance.pending.push(update);
                continue;
            }
            match self.cache.standing(cached) {
                Applicability::Needed => compliance.needed.push(update),
                Applicability::Installed => compliance.installed.push(update),
                _ => {}
            }
        }
        compliance
    }
}
