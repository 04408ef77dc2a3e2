//! A `Range` field of any text, for a file of any size: eight bytes of size, little-endian, then the field.
//!
//! The same rules are held over the corpus by the tests of `content::range`.

#![no_main]

use content::range::{Plan, RANGES_MAX, Ranges, parse};
use libfuzzer_sys::fuzz_target;
use model::Sha256;

fuzz_target!(|bytes: &[u8]| {
    let Some((size, field)) = bytes.split_first_chunk::<8>() else { return };
    let size = u64::from_le_bytes(*size);
    let ranges = parse(&String::from_utf8_lossy(field), size);
    if let Ranges::Parts(parts) = &ranges {
        assert!((1..=RANGES_MAX).contains(&parts.len()));
        assert!(parts.iter().all(|part| part.first() <= part.last() && part.last() < size));
        assert!(parts.iter().map(|part| u128::from(part.length())).sum::<u128>() <= u128::from(size));
    }
    let plan = Plan::new(&ranges, &Sha256::new([0x5a; 32]), size, "application/octet-stream");
    let length = plan.segments.iter().map(|segment| u128::from(segment.length())).sum::<u128>();
    assert_eq!(u128::from(plan.content_length), length.min(u128::from(u64::MAX)));
});
