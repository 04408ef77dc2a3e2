//! Digests of content as it comes in, beside what the library does by itself.

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use trust::DigestBoth;

/// As much as content is read at once; larger than the caches next to a core.
const BYTES: usize = 4 << 20;

#[divan::bench]
fn both_in_one_pass(bencher: Bencher<'_, '_>) {
    over_bytes(bencher, |bytes| {
        let mut both = DigestBoth::new();
        both.update(bytes);
        black_box(both.finish());
    });
}

#[divan::bench]
fn library_sha1_then_sha256(bencher: Bencher<'_, '_>) {
    over_bytes(bencher, |bytes| {
        black_box(digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes));
        black_box(digest::digest(&SHA256, bytes));
    });
}

fn over_bytes(bencher: Bencher<'_, '_>, work: impl Fn(&[u8]) + Sync) {
    let bytes: Vec<u8> = (0..BYTES).map(|place| place.to_le_bytes()[0]).collect();
    bencher.counter(BytesCount::new(BYTES)).bench(|| work(black_box(&bytes)));
}
