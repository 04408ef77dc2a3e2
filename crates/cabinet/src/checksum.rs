//! The checksum of a block ("Microsoft Cabinet Format", `CSUMCompute`).

/// Checksum of `bytes`, on top of that of what was taken before, which is 0 at first.
///
/// Little-endian words of four bytes are combined with exclusive or; what is left over is a number of up to three bytes,
/// the first one highest.
pub(crate) fn checksum(bytes: &[u8], before: u32) -> u32 {
    let mut words = bytes.chunks_exact(4);
    let sum =
        words.by_ref().filter_map(|word| word.first_chunk()).fold(before, |sum, word| sum ^ u32::from_le_bytes(*word));
    let rest = words.remainder().iter().fold(0, |rest, byte| rest << 8 | u32::from(*byte));
    sum ^ rest
}

/// Checksum of a whole block: its data first, then its two sizes with the reserved bytes behind them. (cabextract leaves the
/// reserved bytes out; the format has them in.)
pub(crate) fn of_block(sizes_and_reserved: &[u8], data: &[u8]) -> u32 {
    checksum(sizes_and_reserved, checksum(data, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_over_counts_highest_byte_first() {
        assert_eq!(checksum(&[], 7), 7);
        assert_eq!(checksum(&[1], 0), 1);
        assert_eq!(checksum(&[1, 2], 0), 0x0102);
        assert_eq!(checksum(&[1, 2, 3], 0), 0x01_0203);
        assert_eq!(checksum(&[1, 2, 3, 4], 0), 0x0403_0201);
        assert_eq!(checksum(&[1, 2, 3, 4, 1, 2, 3, 4, 9], 0), 9);
    }
}
