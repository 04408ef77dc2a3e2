//! Xpress, on a page of a first scan.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use wire::xpress;

use super::render::encoded_page;

#[divan::bench]
fn xpress_page_of_30(bencher: Bencher<'_, '_>) {
    let page = encoded_page();
    bencher.counter(BytesCount::new(page.len())).bench(|| xpress::compress(black_box(&page)));
}

#[divan::bench]
fn xpress_page_of_30_back(bencher: Bencher<'_, '_>) {
    let page = encoded_page();
    let packed = xpress::compress(&page).into_bytes();
    bencher.counter(BytesCount::new(page.len())).bench(|| xpress::decompress(black_box(&packed), page.len()));
}
