//! Digests of single pages, by which Windows verifies an image as it is paged in.
//!
//! The table has an entry (offset, digest) for the headers, one for each page of each section's data, in the order of the
//! section headers, and one with the end of the last and a digest of zeros. A page that its section does not fill counts as filled with
//! zeros, and so do the headers. Source: what `signtool /ph` and osslsigncode's `-ph` make, 2026-11.

use crate::algorithm::DigestAlgorithm;
use crate::container::image::Image;
use crate::container::pass::{Lane, Segment};
use crate::container::u32_at;
use crate::fault::Fault;
use crate::reason::Reason;
use crate::spc::PageHashes;

/// How long pages are on the machines that Windows runs on, or ran on: Itanium's are the longer ones. What a page does not fill
/// is digested as well, so that longer ones would be work that the file does not hold.
const PAGE_BYTES: [u64; 2] = [4096, 8192];

/// Looks that the offsets of a table are those of the image's pages.
pub(crate) fn check(image: &Image, hashes: PageHashes<'_>) -> Result<(), Fault> {
    let entry_bytes = 4 + hashes.algorithm.bytes();
    if !hashes.table.len().is_multiple_of(entry_bytes) {
        return Err(mismatch("the table is cut short"));
    }
    check_offsets(image, hashes.table, entry_bytes)
}

/// The lane that compares the digests of pages with those of several tables of one algorithm, which were checked; `differ` is told
/// which table differs and where. However many tables there are, each page is digested once.
pub(crate) fn lane<'a>(
    image: &'a Image,
    algorithm: DigestAlgorithm,
    tables: Vec<(usize, &'a [u8])>,
    mut differ: impl FnMut(usize, u32) + 'a,
) -> Lane<'a> {
    let entries = |table: &'a [u8]| table.chunks_exact(4 + algorithm.bytes());
    let mut expected: Vec<_> = tables.into_iter().map(|(index, table)| (index, entries(table))).collect();
    let compare = move |digest: &[u8]| {
        for (index, entries) in &mut expected {
            let entry = entries.next().unwrap_or_default();
            if entry.get(4..) != Some(digest) {
                differ(*index, u32_at(entry, 0).unwrap_or(0));
            }
        }
    };
    Lane::new(algorithm, segments(image), compare)
}

/// The pages of the image with their lengths, in the order of the table.
fn layout(image: &Image) -> impl Iterator<Item = (u64, u64)> + '_ {
    image.sections.iter().filter(|section| !section.is_empty()).flat_map(|section| {
        let page = image.page_bytes.max(1);
        let count = (section.end - section.start).div_ceil(page);
        (0..count).map(move |index| {
            let start = section.start + index * page;
            (start, page.min(section.end - start))
        })
    })
}

fn check_offsets(image: &Image, table: &[u8], entry_bytes: usize) -> Result<(), Fault> {
    if !PAGE_BYTES.contains(&image.page_bytes) {
        return Err(mismatch(format!("no machine has pages of {} bytes", image.page_bytes)));
    }
    let last = image.sections.iter().rfind(|section| !section.is_empty());
    let end = last.map_or(image.header_bytes, |section| section.end);
    let headers = [(0, image.header_bytes)];
    let expected = headers.into_iter().chain(layout(image)).chain([(end, 0)]);
    // The lane goes through the file once, so that pages have to ascend and none reaches into the next; linkers lay sections out so.
    let mut free_from = 0;
    let mut entries = table.chunks_exact(entry_bytes);
    for (offset, length) in expected {
        let entry = entries.next().ok_or_else(|| mismatch("the table has too few entries"))?;
        if u32_at(entry, 0).map(u64::from) != Some(offset) {
            return Err(mismatch(format!("there is no page at {offset}")));
        }
        if offset < free_from {
            return Err(mismatch("headers and pages overlap"));
        }
        free_from = offset + length;
    }
    let ends_in_zeros = table.len() >= entry_bytes
        && table.get(table.len() - entry_bytes + 4..).is_some_and(|digest| digest.iter().all(|byte| *byte == 0));
    if entries.next().is_some() || !ends_in_zeros {
        return Err(mismatch("the table has too many entries"));
    }
    if image.directory_at + 8 > image.header_bytes || end > image.table.start {
        return Err(mismatch("the headers or the pages do not end where they have to"));
    }
    Ok(())
}

/// The headers without what no digest covers, then page after page.
fn segments(image: &Image) -> impl Iterator<Item = Segment> + '_ {
    let page = image.page_bytes;
    let (checksum, directory, end) = (image.checksum_at, image.directory_at, image.header_bytes);
    let filled = end.next_multiple_of(page) - end;
    let headers = [
        Segment { range: 0..checksum, padding: 0, is_last: false },
        Segment { range: checksum + 4..directory, padding: 0, is_last: false },
        Segment { range: directory + 8..end, padding: filled, is_last: true },
    ];
    let pages = layout(image).map(move |(start, length)| Segment {
        range: start..start + length,
        padding: page - length,
        is_last: true,
    });
    headers.into_iter().chain(pages)
}

fn mismatch(detail: impl Into<String>) -> Fault {
    Fault::new(Reason::PageHashMismatch, detail)
}
