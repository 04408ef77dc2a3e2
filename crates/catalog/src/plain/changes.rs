use std::collections::BTreeMap;

use model::{CatalogEntry, ChangeMark, UpdateId};
use policy::GroupSet;

use super::{World, id, is_fact, members, prerequisites};

impl World<'_> {
    /// When the deployment of `entry` or its leaf flag last changed, for computers in `groups`.
    pub(super) fn changed(&self, groups: &GroupSet, entry: &CatalogEntry) -> ChangeMark {
        let update = id(entry);
        let leaf = self.last_change(|other| prerequisites(other).any(|prerequisite| prerequisite == update));
        let membership = if is_fact(entry) || entry.revision.explicitly_deployable {
            ChangeMark::default()
        } else {
            self.last_change(|other| members(other).any(|member| member == update))
        };
        let approvals = self.approvals(entry);
        let mine = approvals.iter().filter(|approval| groups.is_in(&self.source.groups, approval.group));
        let approved = mine.map(|approval| approval.changed).max().unwrap_or_default();
        leaf.max(membership).max(approved)
    }

    /// The last generation at which it changed whether a then current revision does what `test` says.
    fn last_change(&self, test: impl Fn(&CatalogEntry) -> bool) -> ChangeMark {
        let mut generations: Vec<ChangeMark> = self.source.entries.iter().map(|entry| entry.imported).collect();
        generations.sort();
        let mut holds = false;
        let mut last = ChangeMark::default();
        for generation in generations {
            let mut current: BTreeMap<UpdateId, &CatalogEntry> = BTreeMap::new();
            for entry in self.source.entries.iter().filter(|entry| entry.imported <= generation) {
                let known = current.entry(id(entry)).or_insert(entry);
                if known.revision.identity < entry.revision.identity {
                    *known = entry;
                }
            }
            let now = current.values().any(|entry| test(entry));
            if now != holds {
                last = generation;
            }
            holds = now;
        }
        last
    }
}
