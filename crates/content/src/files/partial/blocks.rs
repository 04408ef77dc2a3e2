use std::ops::Range;

/// How much of a file is fetched, kept and noted at least: 64 KiB. An express download asks for parts of 4 KiB to some
/// hundred KiB; and the note of the longest file has 128 KiB.
pub(super) const BLOCK_BYTES: u64 = 64 * 1024;

/// How far ahead of what is being fetched a block may be for somebody to wait for it rather than to fetch it apart.
pub(super) const NEAR_BLOCKS: u64 = 16;

/// Which blocks of a file are here and which are on their way: one flight for each, however many want it.
///
/// INVARIANT: no block is in two claims.
#[derive(Debug)]
pub(super) struct Blocks {
    size: u64,
    here: Vec<u8>,
    here_count: u64,
    claims: Vec<Claimed>,
    next_id: u64,
}

/// Blocks that somebody fetches, in order.
#[derive(Debug)]
struct Claimed {
    id: u64,
    /// The next one.
    at: u64,
    /// Behind the last one.
    end: u64,
}

/// What is known of a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It is here, with so many behind it.
    Here(u64),
    /// Somebody fetches it and will soon have it.
    Coming,
    /// Nobody does.
    Nobody,
}

impl Blocks {
    /// None of a file of `size` bytes is here.
    pub(super) fn none(size: u64) -> Self {
        let bytes = usize::try_from(size.div_ceil(BLOCK_BYTES).div_ceil(8)).unwrap_or(usize::MAX);
        Self { size, here: vec![0; bytes], here_count: 0, claims: Vec::new(), next_id: 0 }
    }

    /// What [`Self::note`] said of a file of `size` bytes; `None` when it is not one of such a file.
    pub(super) fn of_note(size: u64, note: &[u8]) -> Option<Self> {
        let mut blocks = Self::none(size);
        if note.len() != blocks.here.len() {
            return None;
        }
        for block in 0..blocks.count() {
            if note.get(place(block).0).is_some_and(|byte| byte & place(block).1 != 0) {
                blocks.mark(block..block + 1);
            }
        }
        Some(blocks)
    }

    /// How many blocks the file has.
    pub(super) fn count(&self) -> u64 {
        self.size.div_ceil(BLOCK_BYTES)
    }

    /// The blocks that have a byte of these.
    pub(super) fn of_bytes(&self, first: u64, last: u64) -> Range<u64> {
        first / BLOCK_BYTES..(last / BLOCK_BYTES + 1).min(self.count())
    }

    pub(super) fn is_whole(&self) -> bool {
        self.here_count == self.count()
    }

    /// How many bytes are here.
    pub(super) fn here_bytes(&self) -> u64 {
        let full = self.here_count * BLOCK_BYTES;
        let short = self.count() * BLOCK_BYTES - self.size;
        if self.count().checked_sub(1).is_some_and(|last| self.has(last)) { full - short } else { full }
    }

    /// True when none of these is here.
    pub(super) fn is_none_here(&self, blocks: Range<u64>) -> bool {
        blocks.into_iter().all(|block| !self.has(block))
    }

    fn has(&self, block: u64) -> bool {
        let (byte, bit) = place(block);
        self.here.get(byte).is_some_and(|byte| byte & bit != 0)
    }

    /// Notes that blocks are here; the part of the note that changed, with its place.
    pub(super) fn mark(&mut self, blocks: Range<u64>) -> (u64, &[u8]) {
        let bytes = place(blocks.start).0..place(blocks.end.saturating_sub(1)).0 + 1;
        for block in blocks {
            let (byte, bit) = place(block);
            if let Some(byte) = self.here.get_mut(byte)
                && *byte & bit == 0
            {
                *byte |= bit;
                self.here_count += 1;
            }
        }
        (bytes.start as u64, self.here.get(bytes).unwrap_or_default())
    }

    /// Which blocks are here, a bit each.
    pub(super) fn note(&self) -> &[u8] {
        &self.here
    }

    /// What is known of the byte at `at`.
    pub(super) fn known(&self, at: u64) -> Known {
        let block = at / BLOCK_BYTES;
        if at >= self.size {
            return Known::Here(0);
        }
        if !self.has(block) {
            let near = self.claims.iter().any(|claim| claim.covers(block) && block - claim.at <= NEAR_BLOCKS);
            return if near { Known::Coming } else { Known::Nobody };
        }
        let end = (block..self.count()).find(|block| !self.has(*block)).unwrap_or(self.count());
        Known::Here((end * BLOCK_BYTES).min(self.size) - at)
    }

    /// Claims the first of `blocks` that are neither here nor claimed, as far as they follow each other.
    pub(super) fn claim(&mut self, blocks: Range<u64>) -> Option<u64> {
        let first = blocks.clone().find(|block| !self.has(*block) && self.claim_on(*block).is_none())?;
        Some(self.add(first, blocks.end))
    }

    /// Claims the first of `blocks` that are not here, taking them from whoever would come to them much later. `None`
    /// when all are here, or the first of them is on its way.
    pub(super) fn claim_urgently(&mut self, blocks: Range<u64>) -> Option<u64> {
        let first = blocks.clone().find(|block| !self.has(*block))?;
        if let Some(claim) = self.claim_on(first) {
            if first - claim.at <= NEAR_BLOCKS {
                return None;
            }
            claim.end = first;
        }
        Some(self.add(first, blocks.end))
    }

    /// Claims from `first`, which is free, to what is here or claimed, and no further than `end`.
    fn add(&mut self, first: u64, end: u64) -> u64 {
        let taken = self.claims.iter().map(|claim| claim.at).filter(|at| *at > first).min().unwrap_or(u64::MAX);
        let end = end.min(self.count()).min(taken);
        let end = (first..end).find(|block| self.has(*block)).unwrap_or(end);
        let id = self.next_id;
        self.next_id += 1;
        self.claims.push(Claimed { id, at: first, end });
        id
    }

    fn claim_on(&mut self, block: u64) -> Option<&mut Claimed> {
        self.claims.iter_mut().find(|claim| claim.covers(block))
    }

    /// What is left of a claim.
    pub(super) fn left(&self, id: u64) -> Range<u64> {
        self.claims.iter().find(|claim| claim.id == id).map_or(0..0, |claim| claim.at..claim.end)
    }

    /// Notes that a claim has come so far.
    pub(super) fn advance(&mut self, id: u64, to: u64) {
        if let Some(claim) = self.claims.iter_mut().find(|claim| claim.id == id) {
            claim.at = to.min(claim.end);
        }
    }

    /// Gives what is left of a claim back.
    pub(super) fn release(&mut self, id: u64) {
        self.claims.retain(|claim| claim.id != id);
    }
}

impl Claimed {
    fn covers(&self, block: u64) -> bool {
        (self.at..self.end).contains(&block)
    }
}

/// Where a block's bit is: in which byte, and which of it.
fn place(block: u64) -> (usize, u8) {
    (usize::try_from(block / 8).unwrap_or(usize::MAX), 1 << (block % 8))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(blocks: u64) -> u64 {
        blocks * BLOCK_BYTES
    }

    #[test]
    fn what_is_here_is_told_to_the_byte() {
        let mut blocks = Blocks::none(bytes(3) + 5);
        assert_eq!((blocks.count(), blocks.here_bytes(), blocks.known(0)), (4, 0, Known::Nobody));
        blocks.mark(3..4);
        assert_eq!((blocks.here_bytes(), blocks.known(bytes(3) + 1)), (5, Known::Here(4)));
        blocks.mark(0..2);
        assert_eq!(blocks.known(10), Known::Here(bytes(2) - 10));
        blocks.mark(2..3);
        assert!(blocks.is_whole());
        assert_eq!(blocks.known(10), Known::Here(bytes(3) - 5));
        assert!(Blocks::none(0).is_whole());
    }

    #[test]
    fn nobody_claims_what_another_fetches_unless_that_is_far_off() {
        let mut blocks = Blocks::none(bytes(1_000));
        let all = blocks.claim(0..1_000).unwrap();
        assert_eq!(blocks.left(all), 0..1_000);
        assert_eq!(blocks.claim(0..1_000), None);
        assert_eq!(blocks.claim_urgently(NEAR_BLOCKS..20), None, "it comes soon");
        let urgent = blocks.claim_urgently(500..510).unwrap();
        assert_eq!((blocks.left(all), blocks.left(urgent)), (0..500, 500..510));
        assert_eq!(blocks.claim_urgently(500..510), None, "one flight for all who want it");
        let rest = blocks.claim(0..1_000).unwrap();
        assert_eq!(blocks.left(rest), 510..1_000);
        blocks.release(urgent);
        assert_eq!(blocks.known(bytes(505)), Known::Nobody);
    }

    proptest! {
        #[test]
        fn claims_never_meet_and_never_have_what_is_here(
            size in 1..100 * BLOCK_BYTES,
            steps in proptest::collection::vec((0..4_u8, 0..110_u64, 0..30_u64), 0..60),
        ) {
            let mut blocks = Blocks::none(size);
            let mut ids = Vec::new();
            for (step, from, length) in steps {
                let range = from..from + length;
                match step {
                    0 => ids.extend(blocks.claim(range)),
                    1 => ids.extend(blocks.claim_urgently(range)),
                    2 => if let Some(id) = ids.pop() { blocks.release(id) },
                    _ => if let Some(id) = ids.last() {
                        let left = blocks.left(*id);
                        let to = (left.start + length).min(left.end);
                        blocks.mark(left.start..to);
                        blocks.advance(*id, to);
                    },
                }
                for block in 0..blocks.count() {
                    let claims = blocks.claims.iter().filter(|claim| claim.covers(block)).count();
                    prop_assert!(claims <= 1 && (claims == 0 || !blocks.has(block)));
                }
                prop_assert!(blocks.claims.iter().all(|claim| claim.end <= blocks.count()));
                let again = Blocks::of_note(size, blocks.note()).unwrap();
                prop_assert_eq!((again.here_bytes(), again.is_whole()), (blocks.here_bytes(), blocks.is_whole()));
            }
        }
    }
}
