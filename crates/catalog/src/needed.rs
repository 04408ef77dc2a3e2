use model::RevisionId;

use crate::bits::Bits;

/// Updates a computer needs: by their indexes, and by the numbers of their latest revisions.
///
/// The numbers are there for the thousands that a client sends with each scan: whether one is needed is a bit of the
/// 62 KB that half a million numbers take, where a table from numbers to indexes is 2 MB that no core keeps near. With
/// it a repeat scan there took five times as long as at 20,000 revisions.
#[derive(Debug)]
pub(crate) struct Needed {
    pub(crate) indexes: Bits,
    numbers: Bits,
    pub(crate) count: usize,
}

impl Needed {
    /// The updates at `indexes`; `number` gives that of the latest revision of each, below `numbers`.
    pub(crate) fn new(indexes: Bits, numbers: usize, number: impl Fn(u32) -> Option<RevisionId>) -> Self {
        let mut by_number = Bits::none(numbers);
        let mut count = 0;
        for number in indexes.iter().filter_map(number).filter_map(bit) {
            by_number.insert(number);
            count += 1;
        }
        Self { indexes, numbers: by_number, count }
    }

    /// The bytes that one takes.
    pub(crate) fn bytes(updates: usize, numbers: usize) -> usize {
        Bits::bytes(updates) + Bits::bytes(numbers)
    }

    /// Divides `cached`, in any order, into what is needed and what is not; the latter ascending, each once.
    pub(crate) fn divide<'a>(&self, cached: impl Iterator<Item = &'a RevisionId>) -> (Kept, Vec<RevisionId>) {
        let mut kept = Kept { numbers: self.numbers.emptied(), count: 0 };
        let mut out_of_scope = Vec::new();
        for revision in cached {
            match bit(*revision).filter(|number| self.numbers.contains(*number)) {
                // Marking what is kept finds what is named twice, so that thousands need not be sorted.
                Some(number) => kept.count += usize::from(kept.numbers.insert(number)),
                None => out_of_scope.push(*revision),
            }
        }
        out_of_scope.sort_unstable();
        out_of_scope.dedup();
        (kept, out_of_scope)
    }
}

/// What a client has of what it needs.
pub(crate) struct Kept {
    numbers: Bits,
    pub(crate) count: usize,
}

impl Kept {
    pub(crate) fn contains(&self, revision: RevisionId) -> bool {
        bit(revision).is_some_and(|number| self.numbers.contains(number))
    }
}

/// The bit of a number; the store counts up from 1.
fn bit(revision: RevisionId) -> Option<u32> {
    u32::try_from(revision.0).ok()
}
