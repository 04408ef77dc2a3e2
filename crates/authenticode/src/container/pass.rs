//! Many digests in one pass over a file: of all of it, of all but its signature, and of its pages.

use std::io;
use std::ops::Range;

use aws_lc_rs::digest::Context;
use model::{Sha1, Sha256};

use crate::algorithm::DigestAlgorithm;
use crate::container::source::Source;

/// How much is read at once.
const CHUNK_BYTES: usize = 256 << 10;
/// How much each digest takes before the next sees it: a block that stays in the nearest cache.
const BLOCK_BYTES: usize = 16 << 10;

/// A stretch of the file for one digest.
pub(crate) struct Segment {
    /// Ascending within a lane.
    pub(crate) range: Range<u64>,
    /// Zero bytes that count as if they followed.
    pub(crate) padding: u64,
    /// Whether the digest is complete then, and the next begins.
    pub(crate) is_last: bool,
}

/// Who is told a digest.
type Finished<'a> = Box<dyn FnMut(&[u8]) + 'a>;

/// One digest, or a row of them.
pub(crate) struct Lane<'a> {
    algorithm: DigestAlgorithm,
    segments: Box<dyn Iterator<Item = Segment> + 'a>,
    current: Option<Segment>,
    context: Context,
    finished: Finished<'a>,
}

/// Digests of the whole file.
#[derive(Clone, Copy)]
pub(crate) struct Whole {
    pub(crate) sha1: Sha1,
    pub(crate) sha256: Sha256,
}

impl Whole {
    /// Digests of a file that is in memory.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let (mut sha1, mut sha256) = (DigestAlgorithm::Sha1.begin(), DigestAlgorithm::Sha256.begin());
        sha1.update(bytes);
        sha256.update(bytes);
        Self::finish(sha1, sha256)
    }

    fn finish(sha1: Context, sha256: Context) -> Self {
        Self {
            sha1: Sha1::try_from(sha1.finish().as_ref()).expect("SHA-1 yields 20 bytes"),
            sha256: Sha256::try_from(sha256.finish().as_ref()).expect("SHA-256 yields 32 bytes"),
        }
    }
}

impl<'a> Lane<'a> {
    /// Digests `segments`, which ascend; `finished` is told each digest.
    pub(crate) fn new(
        algorithm: DigestAlgorithm,
        segments: impl Iterator<Item = Segment> + 'a,
        finished: impl FnMut(&[u8]) + 'a,
    ) -> Self {
        let mut segments: Box<dyn Iterator<Item = Segment> + 'a> = Box::new(segments);
        let current = segments.next();
        Self { algorithm, segments, current, context: algorithm.begin(), finished: Box::new(finished) }
    }

    /// Takes what concerns it of the bytes at `at`.
    fn update(&mut self, at: u64, bytes: &[u8]) {
        let end = at + bytes.len() as u64;
        while let Some(segment) = &self.current {
            let from = segment.range.start.clamp(at, end);
            let to = segment.range.end.clamp(from, end);
            // Both lie within the block, so that they fit.
            let part = bytes.get((from - at) as usize..(to - at) as usize).unwrap_or_default();
            self.context.update(part);
            if segment.range.end > end {
                return;
            }
            self.complete();
        }
    }

    fn complete(&mut self) {
        let next = self.segments.next();
        let Some(segment) = std::mem::replace(&mut self.current, next) else { return };
        let mut padding = usize::try_from(segment.padding).unwrap_or(0);
        while padding > 0 {
            let zeros = [0; 4096];
            let part = zeros.get(..padding).unwrap_or(&zeros);
            self.context.update(part);
            padding -= part.len();
        }
        if segment.is_last {
            let context = std::mem::replace(&mut self.context, self.algorithm.begin());
            (self.finished)(context.finish().as_ref());
        }
    }
}

/// Reads the file once and feeds all lanes. Digests of the whole file that are `known` are not taken again.
pub(crate) fn run(source: &mut Source<'_>, lanes: &mut [Lane<'_>], known: Option<Whole>) -> io::Result<Whole> {
    match known {
        Some(whole) if lanes.is_empty() => Ok(whole),
        Some(whole) => feed(source, lanes, |_| ()).map(|()| whole),
        None => {
            let (mut sha1, mut sha256) = (DigestAlgorithm::Sha1.begin(), DigestAlgorithm::Sha256.begin());
            feed(source, lanes, |block| {
                sha1.update(block);
                sha256.update(block);
            })?;
            Ok(Whole::finish(sha1, sha256))
        }
    }
}

fn feed(source: &mut Source<'_>, lanes: &mut [Lane<'_>], mut whole: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK_BYTES.min(usize::try_from(source.size).unwrap_or(CHUNK_BYTES))];
    let mut at = 0;
    while at < source.size {
        let length = usize::try_from(source.size - at).unwrap_or(usize::MAX).min(buffer.len());
        let chunk = buffer.get_mut(..length).unwrap_or_default();
        source.fill(at, chunk)?;
        for block in chunk.chunks(BLOCK_BYTES) {
            whole(block);
            for lane in lanes.iter_mut() {
                lane.update(at, block);
            }
            at += block.len() as u64;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_lane_sees_its_stretches_only() {
        let file: Vec<u8> = (0..100_000_u32).map(|number| number as u8).collect();
        let mut reader = Cursor::new(&file);
        let mut source = Source::new(&mut reader).unwrap();
        let mut digests = Vec::new();
        let segment = |range, padding, is_last| Segment { range, padding, is_last };
        let segments = vec![
            segment(0..10, 0, false),
            segment(20..70_000, 5000, true),
            segment(70_000..70_000, 0, true),
            segment(99_999..100_000, 0, true),
        ];
        let lane = Lane::new(DigestAlgorithm::Sha256, segments.into_iter(), |digest| digests.push(digest.to_vec()));
        run(&mut source, &mut [lane], None).unwrap();
        let first = [&file[..10], &file[20..70_000], &[0; 5000]].concat();
        let expected: Vec<Vec<u8>> = [&first[..], &[], &file[99_999..]]
            .map(|bytes| DigestAlgorithm::Sha256.digest(bytes).as_ref().to_vec())
            .into();
        assert_eq!(digests, expected);
    }
}
