use model::UpdateId;

use crate::bits::Bits;
use crate::csr::{Csr, at, count};
use crate::gathered::NumberedClause;

/// Prerequisite clauses, each distinct one kept once: of 125,000 drivers nearly all have the same clause of
/// 36 languages, and it is tested once per scan.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    distinct: Vec<Condition>,
    /// Revision to its conditions, each once, in the order of its document.
    of: Csr,
    /// Member to the conditions that name it.
    naming: Csr,
    /// Condition to the revisions that have it.
    holders: Csr,
}

/// At least one of the members is installed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Condition {
    /// It puts its holders into the categories it names.
    pub(crate) is_category: bool,
    /// The members this server has, ascending.
    pub(crate) members: Box<[u32]>,
    /// The members it does not have.
    pub(crate) unknown: Box<[UpdateId]>,
}

impl Condition {
    /// What `clause` asks for; `place` gives the index of an update that this server has, and `name` its id.
    pub(crate) fn new(
        clause: &NumberedClause,
        place: impl Fn(u32) -> Option<u32>,
        name: impl Fn(u32) -> Option<UpdateId>,
    ) -> Self {
        let unknown =
            clause.members.iter().filter(|member| place(**member).is_none()).filter_map(|member| name(*member));
        let mut unknown: Box<[UpdateId]> = unknown.collect();
        unknown.sort_unstable();
        let mut members: Box<[u32]> = clause.members.iter().filter_map(|member| place(*member)).collect();
        members.sort_unstable();
        Self { is_category: clause.is_category, members, unknown }
    }
}

impl Conditions {
    /// The conditions `distinct`, of which `of` gives each revision its own.
    pub(crate) fn new(distinct: Vec<Condition>, of: Csr) -> Self {
        let holders = of.inverted(count(distinct.len()));
        let mut members = Csr::with_capacity(distinct.len());
        for condition in &distinct {
            members.push(condition.members.iter().copied());
        }
        Self { naming: members.inverted(of.rows()), distinct, of, holders }
    }

    /// The same conditions with the revisions numbered anew: `order` lists the old numbers in the new order.
    pub(crate) fn renumbered(self, order: &[u32], new_of_old: &[u32]) -> Self {
        let mut distinct = self.distinct;
        for condition in &mut distinct {
            condition.members.iter_mut().for_each(|member| *member = at(new_of_old, *member));
            condition.members.sort_unstable();
        }
        Self::new(distinct, self.of.chosen(order))
    }

    /// The conditions of a revision.
    pub(crate) fn of(&self, revision: u32) -> &[u32] {
        self.of.row(revision)
    }

    /// The condition with that number.
    pub(crate) fn get(&self, condition: u32) -> Option<&Condition> {
        self.distinct.get(condition as usize)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.distinct.len()
    }

    /// The members of a condition that this server has.
    pub(crate) fn members(&self, condition: u32) -> &[u32] {
        self.get(condition).map(|condition| &*condition.members).unwrap_or_default()
    }

    /// The conditions that name `member`.
    pub(crate) fn naming(&self, member: u32) -> &[u32] {
        self.naming.row(member)
    }

    /// The revisions that have a condition.
    pub(crate) fn holders(&self, condition: u32) -> &[u32] {
        self.holders.row(condition)
    }

    /// The conditions that have a member among `installed`.
    pub(crate) fn satisfied(&self, installed: &[u32]) -> Bits {
        let mut satisfied = Bits::none(self.len());
        for condition in installed.iter().flat_map(|member| self.naming(*member)) {
            satisfied.insert(*condition);
        }
        satisfied
    }

    /// How long the longest chain of prerequisites above each revision is.
    ///
    /// Revisions in a cycle, and those above which there is one, come behind all others: [`u32::MAX`].
    pub(crate) fn depths(&self) -> Vec<u32> {
        let revisions = self.of.rows();
        let mut depths = vec![u32::MAX; revisions as usize];
        let mut depth_so_far = vec![0_u32; revisions as usize];
        let mut open: Vec<u32> = (0..revisions).map(|revision| count(self.of(revision).len())).collect();
        let mut condition_depths = vec![0_u32; self.len()];
        let mut condition_open: Vec<u32> =
            self.distinct.iter().map(|condition| count(condition.members.len())).collect();

        // Kahn's algorithm on two kinds of nodes: a condition is done when all its members are,
        // a revision when all its conditions are.
        let mut done_conditions: Vec<u32> =
            (0..count(self.len())).filter(|condition| at(&condition_open, *condition) == 0).collect();
        let mut done_revisions: Vec<u32> = (0..revisions).filter(|revision| at(&open, *revision) == 0).collect();
        loop {
            if let Some(condition) = done_conditions.pop() {
                for holder in self.holders(condition) {
                    raise(&mut depth_so_far, *holder, at(&condition_depths, condition));
                    if close(&mut open, *holder) {
                        done_revisions.push(*holder);
                    }
                }
            } else if let Some(revision) = done_revisions.pop() {
                let depth = at(&depth_so_far, revision);
                set(&mut depths, revision, depth);
                for condition in self.naming(revision) {
                    raise(&mut condition_depths, *condition, depth + 1);
                    if close(&mut condition_open, *condition) {
                        done_conditions.push(*condition);
                    }
                }
            } else {
                return depths;
            }
        }
    }
}

fn raise(values: &mut [u32], index: u32, least: u32) {
    if let Some(value) = values.get_mut(index as usize) {
        *value = (*value).max(least);
    }
}

fn set(values: &mut [u32], index: u32, depth: u32) {
    if let Some(value) = values.get_mut(index as usize) {
        *value = depth;
    }
}

/// Counts one off; true when none is left.
fn close(open: &mut [u32], index: u32) -> bool {
    open.get_mut(index as usize).is_some_and(|open| {
        *open = open.saturating_sub(1);
        *open == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interned::Interned;

    /// Conditions of revisions whose clauses name updates by index; the server has those below 100.
    fn conditions(revisions: &[&[&[u32]]]) -> Conditions {
        let mut distinct: Interned<NumberedClause> = Interned::default();
        let mut of = Csr::default();
        for clauses in revisions {
            let mut own = Vec::new();
            for members in *clauses {
                let mut members = members.to_vec();
                members.sort_unstable();
                own.push(distinct.intern(NumberedClause { is_category: false, members: members.into() }));
            }
            own.dedup();
            of.push(own);
        }
        let place = |number: u32| Some(number).filter(|number| *number < 100);
        let distinct = distinct.values().iter().map(|clause| Condition::new(clause, place, |number| Some(id(number))));
        Conditions::new(distinct.collect(), of)
    }

    fn id(number: u32) -> UpdateId {
        format!("{number:032x}").parse().unwrap()
    }

    #[test]
    fn equal_clauses_are_one_condition() {
        let conditions = conditions(&[&[], &[], &[&[0, 1]], &[&[1, 0], &[0, 1], &[1]]]);
        assert_eq!(conditions.len(), 2);
        assert_eq!(conditions.of(3), [0, 1]);
        assert_eq!(conditions.holders(0), [2, 3]);
        assert_eq!(conditions.naming(1), [0, 1]);
    }

    #[test]
    fn depth_counts_the_longest_chain() {
        assert_eq!(conditions(&[&[], &[&[0]], &[&[0, 1]], &[&[0], &[2]]]).depths(), [0, 1, 2, 3]);
    }

    #[test]
    fn what_a_cycle_holds_up_comes_last() {
        let cyclic = conditions(&[&[&[1]], &[&[0]], &[&[1], &[3]], &[], &[&[4]]]);
        assert_eq!(cyclic.depths(), [u32::MAX, u32::MAX, u32::MAX, 0, u32::MAX]);
    }

    #[test]
    fn members_this_server_does_not_have_are_remembered() {
        let conditions = conditions(&[&[&[500, 0]], &[&[501]]]);
        assert_eq!(*conditions.get(1).unwrap().unknown, [id(501)]);
        assert_eq!(conditions.members(0), [0]);
        assert_eq!(conditions.depths(), [u32::MAX, 0]);
        assert_eq!(conditions.satisfied(&[0]).iter().collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn numbering_anew_changes_no_relation() {
        let renumbered = conditions(&[&[&[2]], &[&[2, 0]], &[]]).renumbered(&[2, 0, 1], &[1, 2, 0]);
        assert_eq!(renumbered.depths(), [0, 1, 2]);
        assert_eq!(renumbered.members(*renumbered.of(2).first().unwrap()), [0, 1]);
    }
}
