//! Digests of single pages, by which Windows verifies an image as it is paged in.
//!
//! The table has an entry (offset, digest) for the headers, one for each page of each section's data, in the order of the
//! section headers, and one with the end of the last and a digest of zeros. A page that its section does not fill counts as filled with
//! zeros, and so do the headers. Source: what `signtool /ph` and osslsigncode's `-ph` make, 2026-11.

use crate::container::image::Image;
use crate::container::pass::{Lane, Segment};
use crate::container::u32_at;
use crate::fault::Fault;
use crate::reason::Reason;
use crate::spc::PageHashes;

/// Compares the offsets of `hashes` with the image, and makes the lane that compares the digests; `differ` is told where.
pub(crate) fn pages<'a>(
    image: &'a Image,
    hashes: PageHashes<'a>,
    mut differ: impl FnMut(u32) + 'a,
) -> Result<Lane<'a>, Fault> {
    let entry_bytes = 4 + hashes.algorithm.bytes();
    let entries = hashes.table.chunks_exact(entry_bytes);
    if !entries.remainder().is_empty() {
        return Err(mismatch("the table is cut short"));
    }
    check_offsets(image, hashes.table, entry_bytes)?;
    let mut expected = entries;
    let compare = move |digest: &[u8]| {
        let entry = expected.next().unwrap_or_default();
        if entry.get(4..) != Some(digest) {
            differ(u32_at(entry, 0).unwrap_or(0));
        }
    };
    Ok(Lane::new(hashes.algorithm, segments(image), compare))
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
    if !image.page_bytes.is_power_of_two() || image.page_bytes < 512 {
        return Err(mismatch("the image's sections are aligned in a way that knows no pages"));
    }
    let last = image.sections.iter().rfind(|section| !section.is_empty());
    let end = last.map_or(image.header_bytes, |section| section.end);
    let expected = [0].into_iter().chain(layout(image).map(|(start, _)| start)).chain([end]);
    // The lane goes through the file once, so that pages have to ascend; linkers lay sections out so.
    let mut before = None;
    let mut entries = table.chunks_exact(entry_bytes);
    for offset in expected {
        let entry = entries.next().ok_or_else(|| mismatch("the table has too few entries"))?;
        if u32_at(entry, 0).map(u64::from) != Some(offset) || before.is_some_and(|before| offset <= before) {
            return Err(mismatch(format!("there is no page at {offset}")));
        }
        before = Some(offset);
    }
    let ends_in_zeros = table.len() >= entry_bytes
        && table.get(table.len() - entry_bytes + 4..).is_some_and(|digest| digest.iter().all(|byte| *byte == 0));
    if entries.next().is_some() || !ends_in_zeros {
        return Err(mismatch("the table has too many entries"));
    }
    let first = layout(image).next().map_or(end, |(start, _)| start);
    if image.header_bytes > first || image.directory_at + 8 > image.header_bytes || end > image.table.start {
        return Err(mismatch("headers and pages overlap"));
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
