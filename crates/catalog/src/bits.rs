/// A set of the catalog's indexes, a bit each.
///
/// A bit is found without a search, and half a million updates are 62 KB, which stay in a core's own cache. Compressed
/// bitmaps are no smaller here, since what a computer needs is spread over the whole catalog, and cost several times as
/// much to ask and to make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Box<[u64]>,
}

impl Bits {
    /// No index below `size`.
    pub(crate) fn none(size: usize) -> Self {
        Self { words: vec![0; size.div_ceil(64)].into() }
    }

    /// As [`none`](Self::none), of the same size as this one.
    pub(crate) fn emptied(&self) -> Self {
        Self { words: vec![0; self.words.len()].into() }
    }

    /// The bytes that a set of indexes below `size` takes.
    pub(crate) fn bytes(size: usize) -> usize {
        size.div_ceil(64) * 8
    }

    /// Adds an index below the size; true if it was not there.
    pub(crate) fn insert(&mut self, index: u32) -> bool {
        let (word, bit) = place(index);
        self.words.get_mut(word).is_some_and(|word| {
            let is_new = *word & bit == 0;
            *word |= bit;
            is_new
        })
    }

    pub(crate) fn contains(&self, index: u32) -> bool {
        let (word, bit) = place(index);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The indexes, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        ones(self.words.iter().copied())
    }

    /// The indexes that are not in `other`, ascending.
    pub(crate) fn without(&self, other: &Self) -> impl Iterator<Item = u32> {
        ones(self.words.iter().zip(&other.words).map(|(word, other)| word & !other))
    }

    /// The indexes that are in both.
    pub(crate) fn and(&self, other: &Self) -> Self {
        Self { words: self.words.iter().zip(&other.words).map(|(word, other)| word & other).collect() }
    }

    pub(crate) fn is_disjoint(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).all(|(word, other)| word & other == 0)
    }
}

fn place(index: u32) -> (usize, u64) {
    (index as usize / 64, 1 << (index % 64))
}

/// The positions of the bits set, ascending.
fn ones(words: impl Iterator<Item = u64>) -> impl Iterator<Item = u32> {
    (0_u32..).step_by(64).zip(words).flat_map(|(first, word)| {
        let rest = |word: &u64| Some(word & (word - 1)).filter(|rest| *rest != 0);
        std::iter::successors(Some(word).filter(|word| *word != 0), rest).map(move |word| first + word.trailing_zeros())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(indexes: &[u32]) -> Bits {
        let mut bits = Bits::none(200);
        indexes.iter().for_each(|index| assert!(bits.insert(*index)));
        bits
    }

    #[test]
    fn a_set_holds_what_was_added_in_order() {
        let set = bits(&[199, 0, 63, 64, 128]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 64, 128, 199]);
        assert_eq!((set.is_empty(), set.emptied()), (false, Bits::none(200)));
        assert!(set.contains(63) && !set.contains(62) && !set.contains(100_000));
    }

    #[test]
    fn what_is_there_or_beyond_the_size_is_not_added() {
        let mut set = bits(&[7]);
        assert!(!set.insert(7) && !set.insert(256));
    }

    #[test]
    fn sets_are_compared_word_by_word() {
        let (one, other) = (bits(&[1, 70, 190]), bits(&[70, 71]));
        assert_eq!(one.without(&other).collect::<Vec<_>>(), [1, 190]);
        assert_eq!(one.and(&other), bits(&[70]));
        assert!(!one.is_disjoint(&other) && one.is_disjoint(&bits(&[2])));
    }
}
