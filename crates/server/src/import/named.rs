//! What revisions name of others: members of bundles, and prerequisites.

use std::collections::HashSet;

use model::{Revision, UpdateId, UpdateIdentity};
use serde::{Deserialize, Serialize};
use store::{Applying, StoreError};

/// What the revisions of a change name, each once.
#[derive(Debug, Default)]
pub(crate) struct Named {
    members: HashSet<UpdateIdentity>,
    /// Conditions, of each of which one has to be here, or nobody is ever offered what it stands in.
    clauses: HashSet<Vec<UpdateId>>,
}

/// What is named and not here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Lacking {
    /// Members of bundles.
    pub(crate) members: Vec<UpdateIdentity>,
    /// Prerequisites of which no alternative is here.
    pub(crate) updates: Vec<UpdateId>,
}

impl Named {
    /// Notes what a revision names.
    pub(crate) fn note(&mut self, revision: &Revision) {
        self.members.extend(revision.relations.bundled.iter().flat_map(|clause| &clause.members));
        for clause in &revision.relations.prerequisites {
            if !self.clauses.contains(&clause.members) {
                self.clauses.insert(clause.members.clone());
            }
        }
    }

    /// Notes what was lacking before, and may be here by now.
    pub(crate) fn note_lacking(&mut self, lacking: &Lacking) {
        self.members.extend(&lacking.members);
        self.clauses.extend(lacking.updates.iter().map(|update| vec![*update]));
    }

    /// What of it is not here, in order, with `applying` in effect; `most` of each kind at most.
    pub(crate) async fn lacking(self, applying: &mut Applying, most: usize) -> Result<Lacking, StoreError> {
        let mut members: Vec<UpdateIdentity> = self.members.into_iter().collect();
        members.sort_unstable();
        let mut members = applying.unknown_revisions(&members).await?;
        members.truncate(most);
        let mut updates: Vec<UpdateId> = self.clauses.iter().flatten().copied().collect();
        updates.sort_unstable();
        updates.dedup();
        let here = applying.latest_revisions(&updates).await?;
        let here: HashSet<UpdateId> = here.into_iter().map(|revision| revision.update_id).collect();
        let unmet = self.clauses.into_iter().filter(|clause| clause.iter().all(|update| !here.contains(update)));
        let mut updates: Vec<UpdateId> = unmet.flatten().collect();
        updates.sort_unstable();
        updates.dedup();
        updates.truncate(most);
        Ok(Lacking { members, updates })
    }
}

impl Lacking {
    /// How much that is.
    pub(crate) fn len(&self) -> usize {
        self.members.len() + self.updates.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lacks these revisions as well.
    pub(crate) fn again(&mut self, revisions: &[(i32, UpdateIdentity)]) {
        self.members.extend(revisions.iter().map(|(_, identity)| identity));
    }
}
