use super::{BLOCK_BYTES, MATCH_MIN, WINDOW};
use crate::Body;

/// Codes `body` block by block; its segments are read where they are, and never joined.
pub fn compress(body: &Body) -> Body {
    // Real answers become a fifth of their length.
    let mut out = Vec::with_capacity(body.len() / 4 + 64);
    let mut blocks = Blocks::new(body.segments());
    while blocks.write_next(&mut out) {}
    Body::from(out)
}

/// The stream of a text in segments, made one block at a time: whoever sends it holds a few blocks, however
/// long the text is.
pub struct Blocks<I: Iterator> {
    encoder: Encoder,
    segments: I,
    /// The segment that is being read, and how much of it was.
    current: Option<(I::Item, usize)>,
    /// A block that spans segments is put together here; of the others nothing is copied.
    spanning: Vec<u8>,
}

impl<S: AsRef<[u8]>, I: Iterator<Item = S>> Blocks<I> {
    /// The stream of what `segments` are when joined.
    pub fn new(segments: impl IntoIterator<IntoIter = I>) -> Self {
        Self { encoder: Encoder::default(), segments: segments.into_iter(), current: None, spanning: Vec::new() }
    }

    /// Appends the next block to `out`; false when there is none left.
    pub fn write_next(&mut self, out: &mut Vec<u8>) -> bool {
        while let Some((segment, read)) = self.current.take().or_else(|| Some((self.segments.next()?, 0))) {
            let rest = segment.as_ref().get(read..).unwrap_or_default();
            let missing = BLOCK_BYTES - self.spanning.len();
            match rest.get(..missing) {
                Some(block) if self.spanning.is_empty() => self.encoder.write_block(block, out),
                Some(end) => {
                    self.spanning.extend_from_slice(end);
                    self.write_spanning(out);
                }
                None => {
                    self.spanning.extend_from_slice(rest);
                    continue;
                }
            }
            self.current = Some((segment, read + missing));
            return true;
        }
        let last = !self.spanning.is_empty();
        if last {
            self.write_spanning(out);
        }
        last
    }

    fn write_spanning(&mut self, out: &mut Vec<u8>) {
        self.encoder.write_block(&self.spanning, out);
        self.spanning.clear();
    }
}

const HASH_BITS: u32 = 13;

/// Finds matches by one probe: the last place where the same three bytes began.
struct Encoder {
    /// By hash: the place in the whole stream, plus 1, so that 0 is none.
    ///
    /// Places of earlier blocks stay in it and are told by being too low, which saves clearing it.
    last: Box<[u32; 1 << HASH_BITS]>,
    /// Place of the block's first byte in the whole stream, plus 1.
    base: u32,
}

impl Default for Encoder {
    fn default() -> Self {
        Self { last: Box::new([0; 1 << HASH_BITS]), base: 1 }
    }
}

impl Encoder {
    /// Appends `block`, of 1 to [`BLOCK_BYTES`] bytes, with its header; stored unless coding makes it smaller.
    fn write_block(&mut self, block: &[u8], out: &mut Vec<u8>) {
        let header = out.len();
        out.extend_from_slice(&[0; 8]);
        self.code(block, out);
        let data = header + 8;
        if out.len() - data >= block.len() {
            out.truncate(data);
            out.extend_from_slice(block);
        }
        let coded = out.len() - data;
        if let Some(sizes) = out.get_mut(header..data) {
            let (original, stored) = sizes.split_at_mut(4);
            // Both are at most BLOCK_BYTES, so nothing is cut off.
            original.copy_from_slice(&(block.len() as u32).to_le_bytes());
            stored.copy_from_slice(&(coded as u32).to_le_bytes());
        }
    }

    fn code(&mut self, block: &[u8], out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        let mut at = 0;
        while let Some(rest) = block.get(at..).filter(|rest| !rest.is_empty()) {
            match self.find(block, at, rest) {
                Some((distance, length)) => {
                    writer.matched(distance, length);
                    at += length;
                }
                None => {
                    writer.literal(rest.first().copied().unwrap_or_default());
                    at += 1;
                }
            }
        }
        writer.finish();
        self.advance(block.len());
    }

    /// The last match for `rest`, which stands at `at` in `block`: its distance and its length.
    fn find(&mut self, block: &[u8], at: usize, rest: &[u8]) -> Option<(usize, usize)> {
        let key = rest.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes) << 8)?;
        let slot = self.last.get_mut((key.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize)?;
        let place = self.base + at as u32;
        let candidate = std::mem::replace(slot, place);
        let from = candidate.checked_sub(self.base)? as usize;
        let distance = at - from;
        if distance > WINDOW {
            return None;
        }
        let length = common(block.get(from..)?, rest);
        (length >= MATCH_MIN).then_some((distance, length))
    }

    fn advance(&mut self, length: usize) {
        let length = length as u32;
        match self.base.checked_add(length).filter(|base| *base < u32::MAX - BLOCK_BYTES as u32) {
            Some(base) => self.base = base,
            None => *self = Self::default(),
        }
    }
}

/// How many bytes `a` and `b` begin with in common, up to the end of `b`, which is the shorter.
fn common(a: &[u8], b: &[u8]) -> usize {
    let mut length = 0;
    for (x, y) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        let (x, y) = (x.first_chunk().copied(), y.first_chunk().copied());
        let difference = u64::from_le_bytes(x.unwrap_or_default()) ^ u64::from_le_bytes(y.unwrap_or_default());
        if difference != 0 {
            return length + (difference.trailing_zeros() / 8) as usize;
        }
        length += 8;
    }
    let tails = a.get(length..).unwrap_or_default().iter().zip(b.get(length..).unwrap_or_default());
    length + tails.take_while(|(x, y)| x == y).count()
}

/// Writes literals and matches, and the masks that tell them apart.
struct Writer<'o> {
    out: &'o mut Vec<u8>,
    /// Where the current mask stands.
    mask_at: usize,
    mask: u32,
    /// The bit of the next element; 0 when the mask is used up.
    bit: u32,
    /// Where the byte stands of which the high nibble is free.
    nibble_at: Option<usize>,
}

impl<'o> Writer<'o> {
    fn new(out: &'o mut Vec<u8>) -> Self {
        let mut writer = Self { out, mask_at: 0, mask: 0, bit: 0, nibble_at: None };
        writer.open_mask();
        writer
    }

    fn literal(&mut self, byte: u8) {
        self.element(0);
        self.out.push(byte);
    }

    fn matched(&mut self, distance: usize, length: usize) {
        self.element(1);
        // The distance is at most WINDOW, so that it fits into 13 bits.
        let word = ((distance - 1) << 3) as u16;
        let beyond = length - MATCH_MIN;
        self.out.extend_from_slice(&(word | beyond.min(7) as u16).to_le_bytes());
        if beyond < 7 {
            return;
        }
        self.nibble((beyond - 7).min(15) as u8);
        if beyond < 7 + 15 {
            return;
        }
        self.out.push((beyond - 22).min(255) as u8);
        if beyond >= 22 + 255 {
            // A match is no longer than its block, so that this is exact.
            self.out.extend_from_slice(&(beyond as u16).to_le_bytes());
        }
    }

    /// Marks the end: one more element, which is not there.
    fn finish(mut self) {
        self.element(1);
        self.close_mask();
    }

    fn element(&mut self, flag: u32) {
        if self.bit == 0 {
            self.close_mask();
            self.open_mask();
        }
        self.mask |= self.bit * flag;
        self.bit >>= 1;
    }

    fn nibble(&mut self, nibble: u8) {
        match self.nibble_at.take().and_then(|at| self.out.get_mut(at)) {
            Some(byte) => *byte |= nibble << 4,
            None => {
                self.nibble_at = Some(self.out.len());
                self.out.push(nibble);
            }
        }
    }

    fn open_mask(&mut self) {
        self.mask_at = self.out.len();
        (self.mask, self.bit) = (0, 1 << 31);
        self.out.extend_from_slice(&[0; 4]);
    }

    fn close_mask(&mut self) {
        if let Some(place) = self.out.get_mut(self.mask_at..self.mask_at + 4) {
            place.copy_from_slice(&self.mask.to_le_bytes());
        }
    }
}
