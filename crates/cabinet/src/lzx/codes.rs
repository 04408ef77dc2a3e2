//! Prefix codes made for frequencies.

/// Sets the length of each symbol's code, at most `longest`, for these frequencies.
///
/// The code is complete, as decoders demand: when one symbol is all there is, another one gets a code too. Without any,
/// all lengths are 0. `longest` must be enough for all symbols there are.
pub(super) fn lengths(frequencies: &[u32], longest: u8, lengths: &mut [u8]) {
    lengths.fill(0);
    let used = frequencies.iter().enumerate().filter(|(_, frequency)| **frequency > 0);
    let mut symbols: Vec<(u32, usize)> = used.map(|(symbol, frequency)| (*frequency, symbol)).collect();
    if let [(_, only)] = symbols.as_slice() {
        let other = usize::from(*only == 0);
        symbols.push((1, other));
    }
    symbols.sort_unstable();
    loop {
        let depths = depths(&symbols);
        if depths.iter().all(|depth| *depth <= longest) {
            for ((_, symbol), depth) in symbols.iter().zip(depths) {
                if let Some(length) = lengths.get_mut(*symbol) {
                    *length = depth;
                }
            }
            return;
        }
        // Flatter frequencies give a flatter tree; at the end all are 1. Their order stays.
        symbols.iter_mut().for_each(|(frequency, _)| *frequency = frequency.div_ceil(2));
    }
}

/// Depths of the leaves of a Huffman tree, for frequencies in ascending order.
fn depths(leaves: &[(u32, usize)]) -> Vec<u8> {
    let count = leaves.len();
    // Leaves first, then the inner nodes in the order they are made, which is ascending too.
    let mut nodes: Vec<u64> = leaves.iter().map(|(frequency, _)| u64::from(*frequency)).collect();
    let mut parents = vec![0_usize; (2 * count).saturating_sub(1)];
    let (mut leaf, mut inner) = (0, count);
    for _ in 1..count {
        let parent = nodes.len();
        let mut take_least = || {
            let is_leaf = match (nodes.get(leaf).filter(|_| leaf < count), nodes.get(inner)) {
                (Some(leaf), Some(inner)) => leaf <= inner,
                (leaf, _) => leaf.is_some(),
            };
            let taken = if is_leaf { &mut leaf } else { &mut inner };
            let index = *taken;
            *taken += 1;
            if let Some(own) = parents.get_mut(index) {
                *own = parent;
            }
            nodes.get(index).copied().unwrap_or_default()
        };
        let weight = take_least() + take_least();
        nodes.push(weight);
    }
    // From the root, which is the last one, down: parents come behind their children.
    let mut depths = vec![0_u8; parents.len()];
    for index in (0..parents.len().saturating_sub(1)).rev() {
        let above = parents.get(index).and_then(|parent| depths.get(*parent)).copied().unwrap_or_default();
        if let Some(depth) = depths.get_mut(index) {
            *depth = above.saturating_add(1);
        }
    }
    depths.truncate(count);
    depths
}

/// A code: its bits in the lowest places, and how many they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) bits: u32,
    pub(super) length: u32,
}

/// Sets the canonical codes of these lengths: shorter ones first, then by symbol.
pub(super) fn codes(lengths: &[u8], codes: &mut [Code]) {
    let mut next = 0;
    for length in 1..=16 {
        next <<= 1;
        for (code, _) in codes.iter_mut().zip(lengths).filter(|(_, own)| **own == length) {
            *code = Code { bits: next, length: length.into() };
            next += 1;
        }
    }
    for (code, _) in codes.iter_mut().zip(lengths).filter(|(_, own)| **own == 0) {
        *code = Code::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lengths_of(frequencies: &[u32], longest: u8) -> Vec<u8> {
        let mut own = vec![9; frequencies.len()];
        lengths(frequencies, longest, &mut own);
        own
    }

    #[test]
    fn a_code_fits_its_frequencies() {
        assert_eq!(lengths_of(&[5, 1, 0, 1, 2], 16), [1, 3, 0, 3, 2]);
        assert_eq!(lengths_of(&[0, 0, 0], 16), [0, 0, 0]);
        assert_eq!(lengths_of(&[0, 0, 3], 16), [1, 0, 1]);
        assert_eq!(lengths_of(&[3, 0, 0], 16), [1, 1, 0]);
    }

    #[test]
    fn canonical_codes_ascend() {
        let mut own = [Code::default(); 4];
        codes(&[2, 1, 3, 3], &mut own);
        assert_eq!(own.map(|code| (code.bits, code.length)), [(0b10, 2), (0, 1), (0b110, 3), (0b111, 3)]);
    }

    proptest! {
        #[test]
        fn a_code_is_complete_and_within_its_bound(
            shifts in proptest::collection::vec(0_u32..32, 2..656), longest in 10_u8..=16,
        ) {
            let frequencies: Vec<u32> = shifts.iter().map(|shift| u32::MAX >> shift).collect();
            let lengths = lengths_of(&frequencies, longest);
            let filled: u32 = lengths.iter().filter(|length| **length > 0).map(|length| 1 << (16 - length)).sum();
            prop_assert_eq!(filled, 1 << 16);
            prop_assert!(lengths.iter().all(|length| *length <= longest));
        }
    }
}
