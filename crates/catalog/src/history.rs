use model::ChangeMark;

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

/// A revision's arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrival {
    /// The generation that brought it.
    pub(crate) imported: ChangeMark,
    /// Its update.
    pub(crate) update: u32,
    /// Its number; of two revisions of one update the later one has the higher.
    pub(crate) revision: u32,
}

impl History {
    /// Replays `arrivals`, in any order, of revisions of `updates` updates; `names` gives the updates that a revision names.
    pub(crate) fn replay<N>(arrivals: &mut [Arrival], updates: u32, names: impl Fn(u32) -> N) -> Self
    where
        N: Iterator<Item = u32>,
    {
        arrivals.sort_unstable();
        let mut history =
            Self { named: vec![0; updates as usize], changed: vec![ChangeMark::default(); updates as usize] };
        let mut current: Vec<Option<u32>> = vec![None; updates as usize];
        for generation in arrivals.chunk_by(|one, other| one.imported == other.imported) {
            let mut replaced = Vec::with_capacity(generation.len());
            // Of several revisions of one update only the highest is ever current.
            let highest = generation.chunk_by(|one, other| one.update == other.update).filter_map(<[_]>::last);
            for arrival in highest {
                let Some(current) = current.get_mut(arrival.update as usize) else { continue };
                if current.is_none_or(|current| current < arrival.revision) {
                    replaced.push((current.replace(arrival.revision), arrival));
                }
            }
            // Everything is added before anything is taken away, so that what stays named was never unnamed.
            for (_, arrival) in &replaced {
                names(arrival.revision).for_each(|named| history.add(named, arrival.imported));
            }
            for (old, arrival) in &replaced {
                let old = old.iter().flat_map(|old| names(*old));
                old.for_each(|named| history.remove(named, arrival.imported));
            }
        }
        history
    }

    /// True if a current revision names the update.
    pub(crate) fn is_named(&self, update: u32) -> bool {
        self.named.get(update as usize).is_some_and(|count| *count > 0)
    }

    /// When [`is_named`](Self::is_named) last changed; 0 if it never did.
    pub(crate) fn changed(&self, update: u32) -> ChangeMark {
        self.changed.get(update as usize).copied().unwrap_or_default()
    }

    fn add(&mut self, update: u32, mark: ChangeMark) {
        if let (Some(named), Some(changed)) =
            (self.named.get_mut(update as usize), self.changed.get_mut(update as usize))
        {
            *named += 1;
            if *named == 1 {
                *changed = mark;
            }
        }
    }

    fn remove(&mut self, update: u32, mark: ChangeMark) {
        if let (Some(named), Some(changed)) =
            (self.named.get_mut(update as usize), self.changed.get_mut(update as usize))
        {
            *named = named.saturating_sub(1);
            if *named == 0 {
                *changed = mark;
            }
        }
    }
}

/// The arrivals of revisions, given as (generation, update) in ascending order of update and revision number.
pub(crate) fn arrivals(revisions: impl Iterator<Item = (ChangeMark, u32)>) -> Vec<Arrival> {
    let arrival = |(position, (imported, update))| Arrival { imported, update, revision: count(position) };
    revisions.enumerate().map(arrival).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Revisions as (generation, update, named update); update 0 is the one that is watched.
    fn watched(revisions: &[(u64, u32, Option<u32>)]) -> (bool, u64) {
        let mut arrivals = arrivals(revisions.iter().map(|(mark, update, _)| (ChangeMark(*mark), *update)));
        let history = History::replay(&mut arrivals, 4, |revision| revisions[revision as usize].2.into_iter());
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
}
