//! The content coding `xpress`: LZ77 in DIRECT2 coding, in framed blocks (MS-WUSP 2.1.1).
//!
//! A stream is a sequence of blocks: original size and coded size as little-endian 32-bit numbers, then the
//! data. Two equal sizes mean the block is stored as it is, which the specification does not know and native
//! WSUS does (native-behaviour §5.1). Matches do not reach across blocks, so streams may be joined:
//! the streams of two texts, one behind the other, are the stream of both.

mod compress;
mod decompress;

pub use compress::{Blocks, compress};
pub use decompress::{XpressError, decompress};

/// Original bytes of a block, as native WSUS cuts them (captures of October 2026).
pub const BLOCK_BYTES: usize = 16_352;

/// The largest size of a block that may stand in its header.
const BLOCK_BYTES_MAX: usize = 65_535;
/// How far back a match may reach.
const WINDOW: usize = 8_192;
/// The shortest match there is.
const MATCH_MIN: usize = 3;

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::Body;

    fn pack(bytes: &[u8]) -> Vec<u8> {
        compress(&Body::from(bytes.to_vec())).into_bytes().to_vec()
    }

    fn round_trip(bytes: &[u8]) -> usize {
        let packed = pack(bytes);
        assert_eq!(decompress(&packed, bytes.len()).unwrap(), bytes);
        packed.len()
    }

    /// Text like that of a fragment: much repetition, at many distances.
    fn fragment(elements: usize) -> Vec<u8> {
        let element = |n: usize| {
            format!("<b.FileVersion Path=\"lib{}.dll\" Comparison=\"LessThan\" Version=\"10.0.{n}.1\" />", n % 17)
        };
        (0..elements).map(element).collect::<String>().into_bytes()
    }

    #[test]
    fn every_length_of_match_survives() {
        for length in (0..600).chain([16_000, 16_351, 16_352, 16_353, 40_000, 70_000]) {
            round_trip(&vec![b'x'; length]);
            let mut pair = fragment(1);
            pair.extend((0..length).map(|n| (n * 7 % 251) as u8));
            pair.extend_from_within(..);
            round_trip(&pair);
        }
    }

    #[test]
    fn repetitive_text_becomes_small_and_noise_grows_by_the_header_only() {
        let text = fragment(20_000);
        let size = round_trip(&text);
        assert!(size * 5 < text.len(), "{size} of {}", text.len());
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let noise: Vec<u8> = (0..BLOCK_BYTES * 3).map(|_| next()).collect();
        assert_eq!(round_trip(&noise), noise.len() + 3 * 8);
    }

    #[test]
    fn the_cut_into_segments_does_not_show() {
        let text = fragment(2_000);
        for piece in [1, 7, 1_000, BLOCK_BYTES, 50_000] {
            let body = Body(text.chunks(piece).map(Bytes::copy_from_slice).collect());
            assert!(compress(&body).into_bytes() == pack(&text), "pieces of {piece}");
        }
    }

    #[test]
    fn joined_streams_are_the_stream_of_both() {
        let both = [pack(b"one, "), pack(b"and another")].concat();
        assert_eq!(decompress(&both, 100).unwrap(), b"one, and another");
    }

    proptest! {
        #[test]
        fn any_bytes_survive(bytes in proptest::collection::vec(any::<u8>(), 0..40_000)) {
            round_trip(&bytes);
        }

        #[test]
        fn any_repetitive_bytes_survive(bytes in proptest::collection::vec(0_u8..4, 0..40_000)) {
            round_trip(&bytes);
        }

        #[test]
        fn noise_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let _ = decompress(&bytes, 100_000);
        }

        #[test]
        fn a_damaged_stream_is_read_or_refused(at in 0_usize..2_000, value: u8) {
            let mut packed = pack(&fragment(100));
            if let Some(byte) = packed.get_mut(at) {
                *byte = value;
            }
            let _ = decompress(&packed, 100_000);
        }
    }
}
