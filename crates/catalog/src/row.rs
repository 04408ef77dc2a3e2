use model::{CategoryKind, ChangeMark, DeploymentAction, RevisionId, Timestamp, UpdateId, UpdateIdentity, UpdateType};

use crate::gathered::Entry;

/// The latest revision of an update, which is the only one ever offered.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: RevisionId,
    pub(crate) identity: UpdateIdentity,
    pub(crate) update_type: UpdateType,
    pub(crate) category: Option<CategoryKind>,
    pub(crate) imported_at: Timestamp,
    /// The generation that brought it.
    pub(crate) imported: ChangeMark,
    pub(crate) explicitly_deployable: bool,
    /// It bundles others.
    pub(crate) is_bundle: bool,
    /// A current revision bundles its update, declined or not.
    pub(crate) is_member: bool,
    /// No current revision names its update as prerequisite.
    pub(crate) is_leaf: bool,
    /// When its leaf flag, or its action for other reasons than approvals, last changed.
    pub(crate) changed: ChangeMark,
}

impl Row {
    /// The row of a revision of `update_id`, as far as it does not depend on other updates.
    pub(crate) fn new(update_id: UpdateId, entry: &Entry) -> Self {
        Self {
            id: entry.id,
            identity: UpdateIdentity { update_id, revision_number: entry.revision_number },
            update_type: entry.update_type,
            category: entry.category,
            imported_at: entry.imported_at,
            imported: entry.imported,
            explicitly_deployable: entry.explicitly_deployable,
            is_bundle: entry.is_bundle,
            is_member: false,
            is_leaf: true,
            changed: ChangeMark::default(),
        }
    }

    /// True for categories and detectoids, which are evaluated and never deployed.
    pub(crate) fn is_fact(&self) -> bool {
        matches!(self.update_type, UpdateType::Category | UpdateType::Detectoid)
    }

    /// True if it goes with its bundle: it can neither be approved nor come into scope by itself.
    pub(crate) fn follows_bundle(&self) -> bool {
        self.is_member && !self.explicitly_deployable
    }

    /// True if an approval of it has an effect.
    pub(crate) fn can_be_approved(&self) -> bool {
        !self.is_fact() && !self.follows_bundle()
    }

    /// What clients do with it when no approval counts (native-behaviour §5.5).
    ///
    /// A member of bundles is `Bundle` whatever becomes of them, rather than `Evaluate` while they are
    /// declined: clients treat both alike, and so the action depends only on what never changes.
    pub(crate) fn unapproved_action(&self) -> DeploymentAction {
        if self.is_fact() {
            DeploymentAction::Evaluate
        } else if self.follows_bundle() {
            DeploymentAction::Bundle
        } else if self.explicitly_deployable || self.is_bundle {
            DeploymentAction::PreDeploymentCheck
        } else {
            DeploymentAction::Evaluate
        }
    }
}
