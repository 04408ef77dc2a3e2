//! Where a content file lies: in one part that has its name, or in pieces that follow from its size.

use crate::PartName;
use crate::record::CarriedFile;

/// In how many parts a file of `size` bytes lies.
pub(crate) fn pieces(size: u64, part_bytes_max: u64) -> u64 {
    size.div_ceil(part_bytes_max.max(1)).max(1)
}

/// The parts in which `file` lies, and their sizes.
pub(crate) fn parts(file: &CarriedFile, part_bytes_max: u64) -> impl Iterator<Item = (PartName, u64)> + use<> {
    let CarriedFile { sha256, size, .. } = *file;
    let count = pieces(size, part_bytes_max);
    (0..count).map(move |index| {
        if count == 1 {
            return (PartName::File(sha256), size);
        }
        // INVARIANT: a file has at most `PIECES_MAX` pieces, which was checked when its size came.
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let begin = index * part_bytes_max;
        (PartName::Piece(sha256, number), part_bytes_max.min(size - begin))
    })
}

#[cfg(test)]
mod tests {
    use model::{Sha1, Sha256};
    use proptest::prelude::*;

    use super::*;

    fn file(size: u64) -> CarriedFile {
        CarriedFile { sha256: Sha256::new([1; 32]), sha1: Sha1::new([2; 20]), size }
    }

    #[test]
    fn a_file_that_fits_lies_in_one_part_with_its_name() {
        for size in [0, 1, 1000] {
            assert_eq!(parts(&file(size), 1000).collect::<Vec<_>>(), [(PartName::File(Sha256::new([1; 32])), size)]);
        }
        assert_eq!(parts(&file(1001), 1000).count(), 2);
    }

    proptest! {
        #[test]
        fn pieces_make_up_the_file_and_none_is_longer_than_a_part(size in 0..10_000_u64, most in 1..3_000_u64) {
            let sizes: Vec<u64> = parts(&file(size), most).map(|(_, size)| size).collect();
            prop_assert_eq!(sizes.iter().sum::<u64>(), size);
            prop_assert!(sizes.iter().all(|piece| *piece <= most && (*piece > 0 || size == 0)));
            prop_assert_eq!(sizes.len() as u64, pieces(size, most));
        }
    }
}
