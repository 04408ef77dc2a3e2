use serde::{Deserialize, Serialize};

use crate::{UpdateId, UpdateIdentity};

/// How a revision hangs together with others (`Update/Relationships`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relations {
    /// Prerequisites in conjunctive normal form: every clause must hold.
    pub prerequisites: Vec<Clause>,
    /// Bundled revisions: of each clause, the applicable alternatives are taken.
    pub bundled: Vec<Bundle>,
    /// Updates this one supersedes; usually the closure.
    pub superseded: Vec<UpdateId>,
}

/// One condition: at least one of the members is installed. A bare identity is a clause of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// The alternatives; an update is named, not a revision.
    pub members: Vec<UpdateId>,
    /// The members are categories, and the clause puts the revision into them.
    pub is_category: bool,
}

/// One clause of a bundle, naming exact revisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// The alternatives.
    pub members: Vec<UpdateIdentity>,
}
