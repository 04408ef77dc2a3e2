use model::ChangeMark;

use crate::conditions::Conditions;
use crate::csr::count;

/// How often each update is named by the current revisions of others, and when that last became or ceased
/// to be never: the source of leaf flags and bundle membership, and of the marks of their changes.
///
/// Derived from what never changes: each revision's relations and the generation that brought it. The
/// current revision of an update at a generation is the highest imported until then. A generation counts as
/// a whole: what it takes away and gives back did not change. Exact as long as old revisions are kept; a
/// revision removed from the store takes its part of the history with it.
#[derive(Debug)]
pub(crate) struct History {
    named: Vec<u32>,
    changed: Vec<ChangeMark>,
}

/// When each revision came.
#[derive(Debug)]
pub(crate) struct Arrivals(Vec<Arrival>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrival {
    /// The generation that brought it.
    imported: ChangeMark,
    /// Its update.
    update: u32,
    /// Its number; of two revisions of one update the later one has the higher.
    revision: u32,
}

/// What becomes of a revision.
enum Change {
    /// It is the current one of its update from now on.
    Comes,
    /// It is no longer.
    Goes,
}

impl History {
    /// The history of `updates` updates, of which `names` gives those that a revision names.
    pub(crate) fn of_names<N>(arrivals: &Arrivals, updates: u32, names: impl Fn(u32) -> N) -> Self
    where
        N: Iterator<Item = u32>,
    {
        let mut history = Self::none(updates);
        arrivals.replay(updates, |change, revision, mark| {
            names(revision).for_each(|named| history.count(&change, named, mark));
        });
        history
    }

    /// The same where revisions name updates by sharing conditions: `of` gives those of a revision.
    ///
    /// A condition names its members once, however many revisions have it: 125,000 drivers name 36 languages each.
    pub(crate) fn of_conditions<'a>(
        arrivals: &Arrivals,
        updates: u32,
        conditions: &Conditions,
        of: impl Fn(u32) -> &'a [u32],
    ) -> Self {
        let mut history = Self::none(updates);
        let mut held = vec![0_u32; conditions.len()];
        arrivals.replay(updates, |change, revision, mark| {
            for condition in of(revision) {
                if held.get_mut(*condition as usize).is_some_and(|held| change.count(held)) {
                    conditions.members(*condition).iter().for_each(|named| history.count(&change, *named, mark));
                }
            }
        });
        history
    }

    fn none(updates: u32) -> Self {
        Self { named: vec![0; updates as usize], changed: vec![ChangeMark::default(); updates as usize] }
    }

    /// True if a current revision names the update.
    pub(crate) fn is_named(&self, update: u32) -> bool {
        self.named.get(update as usize).is_some_and(|count| *count > 0)
    }

    /// When [`is_named`](Self::is_named) last changed; 0 if it never did.
    pub(crate) fn changed(&self, update: u32) -> ChangeMark {
        self.changed.get(update as usize).copied().unwrap_or_default()
    }

    fn count(&mut self, change: &Change, update: u32, mark: ChangeMark) {
        let update = update as usize;
        if self.named.get_mut(update).is_some_and(|named| change.count(named))
            && let Some(changed) = self.changed.get_mut(update)
        {
            *changed = mark;
        }
    }
}

impl Change {
    /// Counts up or down; true if that leaves 0 or arrives there.
    fn count(&self, count: &mut u32) -> bool {
        match self {
            Self::Comes => {
                *count += 1;
                *count == 1
            }
            Self::Goes => {
                *count = count.saturating_sub(1);
                *count == 0
            }
        }
    }
}

impl Arrivals {
    /// The arrivals of revisions, given as (generation, update) in ascending order of update and revision number.
    pub(crate) fn new(revisions: impl Iterator<Item = (ChangeMark, u32)>) -> Self {
        let arrival = |(position, (imported, update))| Arrival { imported, update, revision: count(position) };
        let mut arrivals: Vec<Arrival> = revisions.enumerate().map(arrival).collect();
        arrivals.sort_unstable();
        Self(arrivals)
    }

    /// Tells `each` what becomes of which revision in which generation, of revisions of `updates` updates.
    fn replay(&self, updates: u32, mut each: impl FnMut(Change, u32, ChangeMark)) {
        let mut current: Vec<Option<u32>> = vec![None; updates as usize];
        let mut replaced = Vec::new();
        for generation in self.0.chunk_by(|one, other| one.imported == other.imported) {
            // Of several revisions of one update only the highest is ever current.
            let highest = generation.chunk_by(|one, other| one.update == other.update).filter_map(<[_]>::last);
            // Everything comes before anything goes, so that what stays named was never unnamed.
            for arrival in highest {
                let Some(current) = current.get_mut(arrival.update as usize) else { continue };
                if current.is_none_or(|current| current < arrival.revision) {
                    replaced.extend(current.replace(arrival.revision).map(|old| (old, arrival.imported)));
                    each(Change::Comes, arrival.revision, arrival.imported);
                }
            }
            replaced.drain(..).for_each(|(old, imported)| each(Change::Goes, old, imported));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conditions::Condition;
    use crate::csr::Csr;
    use crate::gathered::NumberedClause;

    /// Revisions as (generation, update, named update); update 0 is the one that is watched.
    fn watched(revisions: &[(u64, u32, Option<u32>)]) -> (bool, u64) {
        let arrivals = Arrivals::new(revisions.iter().map(|(mark, update, _)| (ChangeMark(*mark), *update)));
        let history = History::of_names(&arrivals, 4, |revision| revisions[revision as usize].2.into_iter());
        (history.is_named(0), history.changed(0).0)
    }

    #[test]
    fn an_update_is_named_since_the_first_that_names_it() {
        assert_eq!(watched(&[(1, 0, None)]), (false, 0));
        assert_eq!(watched(&[(1, 0, None), (5, 1, Some(0)), (3, 2, Some(0))]), (true, 3));
    }

    #[test]
    fn a_new_revision_that_names_it_still_changes_nothing() {
        assert_eq!(watched(&[(1, 0, None), (3, 1, Some(0)), (7, 1, Some(0))]), (true, 3));
    }

    #[test]
    fn a_new_revision_that_names_it_no_longer_changes_it() {
        assert_eq!(watched(&[(1, 0, None), (3, 1, Some(0)), (7, 1, None)]), (false, 7));
        assert_eq!(watched(&[(1, 0, None), (3, 1, Some(0)), (7, 1, None), (9, 2, Some(0))]), (true, 9));
    }

    #[test]
    fn an_old_revision_that_arrives_late_is_never_current() {
        assert_eq!(watched(&[(1, 0, None), (9, 1, Some(0)), (3, 1, None)]), (false, 0));
    }

    #[test]
    fn what_one_generation_takes_and_gives_did_not_change() {
        assert_eq!(watched(&[(1, 0, None), (3, 1, Some(0)), (7, 1, None), (7, 2, Some(0))]), (true, 3));
        assert_eq!(watched(&[(1, 0, None), (3, 1, Some(0)), (3, 1, None)]), (false, 0));
    }

    #[test]
    fn naming_by_way_of_conditions_is_naming() {
        // Of two conditions the second names what the first does; 1 and 2 take turns in having them.
        let clauses =
            [vec![0], vec![0, 3]].map(|members| NumberedClause { is_category: false, members: members.into() });
        let distinct = clauses.iter().map(|clause| Condition::new(clause, Some, |_| None)).collect();
        let conditions = Conditions::new(distinct, Csr::default());
        let revisions: [(u64, u32, &[u32]); 7] =
            [(1, 0, &[]), (2, 1, &[0]), (4, 1, &[1]), (3, 2, &[]), (5, 2, &[0]), (6, 2, &[0, 1]), (7, 1, &[])];
        let mut ordered: Vec<usize> = (0..revisions.len()).collect();
        ordered.sort_by_key(|position| (revisions[*position].1, *position));
        let of = |revision: u32| revisions[ordered[revision as usize]].2;
        for known in 1..=ordered.len() {
            let marks =
                ordered.iter().take(known).map(|position| (ChangeMark(revisions[*position].0), revisions[*position].1));
            let arrivals = Arrivals::new(marks);
            let by_conditions = History::of_conditions(&arrivals, 4, &conditions, of);
            let by_names = History::of_names(&arrivals, 4, |revision| {
                of(revision).iter().flat_map(|condition| conditions.members(*condition)).copied()
            });
            for update in 0..4 {
                let of = |history: &History| (history.is_named(update), history.changed(update));
                assert_eq!(of(&by_conditions), of(&by_names), "update {update} of {known} revisions");
            }
        }
    }
}
