use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use model::Sha256;

const DIGEST: Sha256 = Sha256::new([0x5a; 32]);

fn parts(ranges: &[(u64, u64)]) -> Ranges {
    Ranges::Parts(ranges.iter().map(|&(first, last)| ByteRange::new(first, last).unwrap()).collect())
}

#[test]
fn a_single_range_has_both_ends() {
    assert_eq!(parse("bytes=0-499", 10_000), parts(&[(0, 499)]));
    assert_eq!(parse("bytes=0-0", 1), parts(&[(0, 0)]));
    assert_eq!(parse(" Bytes=500-999\t", 10_000), parts(&[(500, 999)]));
}

#[test]
fn open_and_suffix_ranges_reach_the_end() {
    assert_eq!(parse("bytes=9500-", 10_000), parts(&[(9_500, 9_999)]));
    assert_eq!(parse("bytes=-500", 10_000), parts(&[(9_500, 9_999)]));
    assert_eq!(parse("bytes=-20000", 10_000), parts(&[(0, 9_999)]));
}

#[test]
fn ends_beyond_the_file_end_with_it() {
    assert_eq!(parse("bytes=9000-20000", 10_000), parts(&[(9_000, 9_999)]));
    assert_eq!(parse("bytes=0-99999999999999999999999999", 10_000), parts(&[(0, 9_999)]));
    assert_eq!(parse("bytes=-99999999999999999999999999", 10_000), parts(&[(0, 9_999)]));
}

#[test]
fn several_ranges_keep_their_order() {
    assert_eq!(parse("bytes=500-600,0-9, -1", 10_000), parts(&[(500, 600), (0, 9), (9_999, 9_999)]));
    assert_eq!(parse("bytes=, 0-1 ,\t,5-6,", 10), parts(&[(0, 1), (5, 6)]));
}

#[test]
fn a_range_outside_the_file_is_left_out_and_alone_refused() {
    assert_eq!(parse("bytes=10000-,0-0", 10_000), parts(&[(0, 0)]));
    for field in ["bytes=10000-", "bytes=10000-10001", "bytes=-0", "bytes=99999999999999999999-", "bytes=20000-,-0"] {
        assert_eq!(parse(field, 10_000), Ranges::Unsatisfiable, "{field}");
    }
}

#[test]
fn what_is_malformed_or_of_another_unit_is_ignored() {
    let ignored = [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes= ",
        "=0-1",
        "items=0-1",
        "bytes 0-1",
        "bytes =0-1",
        "bytes=-",
        "bytes=--1",
        "bytes=1",
        "bytes=5-4",
        "bytes=a-b",
        "bytes=0x0-0x5",
        "bytes=+1-2",
        "bytes=1-+2",
        "bytes=1 -2",
        "bytes=1- 2",
        "bytes=0-1;5-6",
        "bytes=0-1-2",
        "bytes=0-1,x",
        "bytes=1.0-2",
        "bytes=٠-١",
        "bytes=0-1\0",
        "bytes=bytes=0-1",
    ];
    for field in ignored {
        assert_eq!(parse(field, 10_000), Ranges::Whole, "{field:?}");
    }
}

#[test]
fn an_empty_file_has_no_part_but_its_suffix() {
    assert_eq!(parse("bytes=0-", 0), Ranges::Unsatisfiable);
    assert_eq!(parse("bytes=0-0", 0), Ranges::Unsatisfiable);
    assert_eq!(parse("bytes=-0", 0), Ranges::Unsatisfiable);
    assert_eq!(parse("bytes=-5", 0), Ranges::Whole);
    assert_eq!(parse("bytes=0-,-5", 0), Ranges::Whole);
}

#[test]
fn the_largest_numbers_there_are_do_not_overflow() {
    let last = u64::MAX - 1;
    assert_eq!(parse("bytes=0-", u64::MAX), parts(&[(0, last)]));
    assert_eq!(parse("bytes=-1", u64::MAX), parts(&[(last, last)]));
    assert_eq!(parse(&format!("bytes={last}-{}", u64::MAX), u64::MAX), parts(&[(last, last)]));
    assert_eq!(parse(&format!("bytes={}-", u64::MAX), u64::MAX), Ranges::Unsatisfiable);
    assert_eq!(parse("bytes=0-,0-,0-", u64::MAX), Ranges::Whole);
    assert_eq!(ByteRange::new(0, u64::MAX), None);
    assert_eq!(ByteRange::whole(u64::MAX).unwrap().length(), u64::MAX);
    let plan = Plan::new(&parts(&[(0, last - 1), (last, last)]), &DIGEST, u64::MAX, "text/plain");
    assert_eq!(plan.content_length, u64::MAX);
}

#[test]
fn overlapping_parts_longer_than_the_file_are_answered_with_the_file() {
    assert_eq!(parse("bytes=0-,-1", 100), Ranges::Whole);
    assert_eq!(parse("bytes=0-,0-,0-,0-", 100), Ranges::Whole);
    assert_eq!(parse("bytes=0-49,50-99", 100), parts(&[(0, 49), (50, 99)]));
    assert_eq!(parse("bytes=0-9,0-9", 100), parts(&[(0, 9), (0, 9)]));
}

#[test]
fn a_flood_of_ranges_is_refused() {
    let field = |count: usize| format!("bytes={}", vec!["0-0"; count].join(","));
    assert!(matches!(parse(&field(RANGES_MAX), 1 << 30), Ranges::Parts(parts) if parts.len() == RANGES_MAX));
    assert_eq!(parse(&field(RANGES_MAX + 1), 1 << 30), Ranges::Unsatisfiable);
    assert_eq!(parse(&field(10_000), 1 << 30), Ranges::Unsatisfiable);
    assert_eq!(parse(&format!("bytes={}0-0", ",".repeat(10_000)), 1 << 30), parts(&[(0, 0)]));
}

#[test]
fn the_whole_file_is_planned_as_200() {
    let plan = Plan::new(&Ranges::Whole, &DIGEST, 10, "text/plain");
    assert_eq!((plan.status, plan.content_length, plan.content_range), (200, 10, None));
    assert_eq!(plan.segments, [Segment::File(ByteRange::new(0, 9).unwrap())]);
    let empty = Plan::new(&Ranges::Whole, &DIGEST, 0, "text/plain");
    assert_eq!((empty.status, empty.content_length, empty.segments), (200, 0, Vec::new()));
}

#[test]
fn nothing_is_planned_as_416_with_the_size() {
    let plan = Plan::new(&Ranges::Unsatisfiable, &DIGEST, 47_022, "text/plain");
    assert_eq!((plan.status, plan.content_length, plan.content_type), (416, 0, None));
    assert_eq!(plan.content_range.as_deref(), Some("bytes */47022"));
}

#[test]
fn one_part_is_planned_as_it_is() {
    let plan = Plan::new(&parts(&[(21_010, 47_021)]), &DIGEST, 47_022, "application/x-ms-wim");
    assert_eq!((plan.status, plan.content_length), (206, 26_012));
    assert_eq!(plan.content_type.as_deref(), Some("application/x-ms-wim"));
    assert_eq!(plan.content_range.as_deref(), Some("bytes 21010-47021/47022"));
}

#[test]
fn several_parts_are_planned_as_multipart_to_the_byte() {
    let plan = Plan::new(&parts(&[(0, 2), (8, 9)]), &DIGEST, 10, "text/plain");
    assert_eq!((plan.status, plan.content_range.as_deref()), (206, None));
    assert_eq!(
        plan.content_type.as_deref(),
        Some("multipart/byteranges; boundary=vanne-5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a")
    );
    let body = body_of(&plan, b"0123456789");
    let expected = "--vanne-5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\r\n\
        Content-Type: text/plain\r\n\
        Content-Range: bytes 0-2/10\r\n\
        \r\n\
        012\r\n\
        --vanne-5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\r\n\
        Content-Type: text/plain\r\n\
        Content-Range: bytes 8-9/10\r\n\
        \r\n\
        89\r\n\
        --vanne-5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a--\r\n";
    assert_eq!(String::from_utf8(body).unwrap(), expected);
    assert_eq!(plan.content_length, expected.len() as u64);
}

/// What the fuzz target found, and what it started from: see `fuzz/fuzz_targets/range_header.rs`.
#[test]
fn the_corpus_of_the_fuzz_target_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/range_header");
    let mut replayed = 0;
    for entry in fs::read_dir(&corpus).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        let Some((size, field)) = bytes.split_first_chunk::<8>() else { continue };
        check(&String::from_utf8_lossy(field), u64::from_le_bytes(*size));
        replayed += 1;
    }
    assert!(replayed > 0, "the corpus is empty");
}

/// What holds of every field and size.
fn check(field: &str, size: u64) {
    let ranges = parse(field, size);
    if let Ranges::Parts(parts) = &ranges {
        assert!((1..=RANGES_MAX).contains(&parts.len()));
        assert!(parts.iter().all(|part| part.first() <= part.last() && part.last() < size));
        assert!(parts.iter().map(|part| u128::from(part.length())).sum::<u128>() <= u128::from(size));
    }
    let plan = Plan::new(&ranges, &DIGEST, size, "application/octet-stream");
    let length = plan.segments.iter().map(|segment| u128::from(segment.length())).sum::<u128>();
    assert_eq!(u128::from(plan.content_length), length.min(u128::from(u64::MAX)));
}

fn body_of(plan: &Plan, file: &[u8]) -> Vec<u8> {
    let piece = |segment: &Segment| match segment {
        Segment::Text(text) => text.to_vec(),
        Segment::File(part) => file[part.first() as usize..=part.last() as usize].to_vec(),
    };
    plan.segments.iter().flat_map(piece).collect()
}

proptest! {
    #[test]
    fn no_field_and_size_break_a_rule(field in "[bB]ytes=[-,0-9 ]{0,60}|.*", size in prop_oneof![0..200_u64, any::<u64>()]) {
        check(&field, size);
    }

    #[test]
    fn a_part_is_what_its_numbers_say(size in 1..10_000_u64, first in 0..10_000_u64, more in 0..10_000_u64) {
        let expected = if first < size { parts(&[(first, (first + more).min(size - 1))]) } else { Ranges::Unsatisfiable };
        prop_assert_eq!(parse(&format!("bytes={first}-{}", first + more), size), expected);
    }

    #[test]
    fn a_body_is_as_long_as_it_promises(size in 1..300_usize, field in "bytes=([0-9]{0,2}-[0-9]{1,2},){1,6}") {
        let file: Vec<u8> = (0..=u8::MAX).cycle().take(size).collect();
        let plan = Plan::new(&parse(&field, size as u64), &DIGEST, size as u64, "text/plain");
        prop_assert_eq!(body_of(&plan, &file).len() as u64, plan.content_length);
    }
}
