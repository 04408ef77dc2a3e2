use model::{Approval, CatalogEntry, ChangeMark, UpdateId};
use policy::GroupTree;

use crate::withheld::Withheld;

/// All that a snapshot is made of, from one consistent read of the store.
#[derive(Clone, Debug)]
pub struct Source {
    /// Every revision, old ones included, in any order.
    pub entries: Vec<CatalogEntry>,
    /// The updates that are declined now.
    pub declined: Vec<Declined>,
    /// Every approval, those that say not approved included.
    pub approvals: Vec<Approval>,
    /// The target groups.
    pub groups: GroupTree,
    /// The generation it was read at.
    pub mark: ChangeMark,
}

/// What changes most often: the part of a [`Source`] that the administrator decides.
#[derive(Clone, Debug)]
pub struct Decisions {
    /// Every approval, those that say not approved included.
    pub approvals: Vec<Approval>,
    /// The target groups.
    pub groups: GroupTree,
    /// Revisions that name a file which is withheld, or was.
    pub withheld: Vec<Withheld>,
    /// The generation they were read at.
    pub mark: ChangeMark,
}

/// An update that is offered to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declined {
    /// The update.
    pub update_id: UpdateId,
    /// The generation that declined it.
    pub changed: ChangeMark,
}
