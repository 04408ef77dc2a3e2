use proptest::prelude::*;

use super::samples::{Noise, contents, document};
use crate::{Limits, MEMBER, pack, text, unpack, utf16};

fn round_trip(name: &str, content: &[u8]) -> usize {
    let packed = pack(MEMBER, content).unwrap();
    let member = unpack(&packed, &Limits::NONE).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    assert_eq!(member.name, MEMBER);
    assert!(member.content == content, "{name}");
    packed.len()
}

#[test]
fn content_of_every_kind_survives() {
    for (name, content) in contents() {
        round_trip(&name, &content);
    }
}

#[test]
fn every_small_length_survives() {
    for length in 0..700 {
        round_trip("the same", &vec![b'x'; length]);
        round_trip("wide text", &utf16(&document(length))[..length]);
        let pair = [Noise(3).bytes(length), Noise(3).bytes(length)].concat();
        round_trip("noise twice", &pair);
    }
}

#[test]
fn noise_grows_by_what_is_around_it_only() {
    let noise = Noise(4).bytes(10 * 32_768);
    assert_eq!(round_trip("noise", &noise), noise.len() + 65 + 10 * (8 + 16));
}

#[test]
fn a_document_becomes_smaller_than_with_mszip() {
    for characters in [3_000, 30_000, 300_000] {
        let wide = utf16(&document(characters));
        let packed = round_trip("text", &wide);
        // One stream over all blocks, and what stands around it.
        let mszip = miniz_oxide::deflate::compress_to_vec(&wide, 6).len() + 65 + 10 * wide.len().div_ceil(32_768);
        assert!(packed < mszip, "{characters}: {packed}, with MSZIP {mszip}");
    }
}

#[test]
fn the_same_content_gives_the_same_cabinet() {
    let wide = utf16(&document(100_000));
    assert!(pack(MEMBER, &wide) == pack(MEMBER, &wide));
}

#[test]
fn a_name_that_is_not_ascii_survives() {
    let packed = pack("mémoire", b"content").unwrap();
    let member = unpack(&packed, &Limits::default()).unwrap();
    assert_eq!((member.name.as_str(), member.content.as_slice()), ("mémoire", &b"content"[..]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_survive(bytes in proptest::collection::vec(any::<u8>(), 0..70_000)) {
        round_trip("bytes", &bytes);
    }

    #[test]
    fn any_repetitive_bytes_survive(bytes in proptest::collection::vec(0_u8..4, 0..70_000)) {
        round_trip("bytes", &bytes);
    }

    #[test]
    fn any_text_survives(original in "(?s)[a-zé<>=\" \u{4e00}\u{1f600}]{0,2000}") {
        let packed = pack(MEMBER, &utf16(&original)).unwrap();
        prop_assert_eq!(text(&unpack(&packed, &Limits::default()).unwrap().content), Ok(original));
    }

    #[test]
    fn any_pieces_repeated_in_any_order_survive(
        pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..600), 1..8),
        order in proptest::collection::vec(0_usize..8, 0..400),
    ) {
        let content: Vec<u8> = order.iter().filter_map(|index| pieces.get(*index)).flatten().copied().collect();
        round_trip("pieces", &content);
    }
}
