//! Updates that are installed by nobody for now, because a file of theirs is withheld.

use std::collections::BTreeMap;

use model::{ChangeMark, RevisionId};

/// A revision that names a file which is withheld, or was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// The revision.
    pub revision: RevisionId,
    /// Whether it is now.
    pub is_now: bool,
    /// The generation in which that changed last.
    pub changed: ChangeMark,
}

/// What that comes to for the updates of a snapshot, by index.
#[derive(Debug, Default)]
pub(crate) struct WithheldUpdates(BTreeMap<u32, State>);

/// How it stands with one update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// It is not to be installed.
    pub(crate) is_now: bool,
    /// The generation in which that changed last.
    pub(crate) changed: ChangeMark,
}

impl WithheldUpdates {
    /// An update is withheld if it names such a file, or anything that it bundles does; `bundles` gives those that have an
    /// update as a member. Revisions without an index are old ones, which nobody is offered.
    pub(crate) fn new<'a>(
        withheld: &[Withheld],
        index_of: impl Fn(RevisionId) -> Option<u32>,
        bundles: impl Fn(u32) -> &'a [u32],
    ) -> Self {
        let mut states: BTreeMap<u32, State> = BTreeMap::new();
        for one in withheld {
            let Some(index) = index_of(one.revision) else { continue };
            let mut open = vec![index];
            // Bundles may form a circle, and be reached by several ways: each has one state, which only grows.
            while let Some(index) = open.pop() {
                let state = states.entry(index).or_default();
                let grown = State { is_now: state.is_now || one.is_now, changed: state.changed.max(one.changed) };
                if grown != *state {
                    *state = grown;
                    open.extend(bundles(index));
                }
            }
        }
        Self(states)
    }

    /// How it stands with the update at `index`; nothing if no file of it ever was withheld.
    pub(crate) fn of(&self, index: u32) -> Option<State> {
        self.0.get(&index).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_withheld_with_any_of_its_members_and_circles_end() {
        // 1 is bundled by 2 and 3, both by 4, and that by 2.
        let bundles = |index| -> &'static [u32] {
            match index {
                1 => &[2, 3],
                2 | 3 => &[4],
                4 => &[2],
                _ => &[],
            }
        };
        let index_of = |revision: RevisionId| u32::try_from(revision.0).ok().filter(|index| *index < 10);
        let one = |revision, is_now, changed| Withheld {
            revision: RevisionId(revision),
            is_now,
            changed: ChangeMark(changed),
        };
        let all = [one(1, false, 7), one(3, true, 5), one(77, true, 9), one(6, true, 1)];
        let states = WithheldUpdates::new(&all, index_of, bundles);
        let state = |index| states.of(index).map(|state| (state.is_now, state.changed.0));
        assert_eq!(state(1), Some((false, 7)));
        assert_eq!(state(2), Some((true, 7)), "by way of 4, which has 3");
        assert_eq!(state(3), Some((true, 7)));
        assert_eq!(state(4), Some((true, 7)));
        assert_eq!(state(6), Some((true, 1)));
        assert_eq!((state(5), state(77)), (None, None));
    }
}
