use super::codes::{Code, codes, lengths};
use super::writer::Writer;
use super::{
    ALIGNED, ALIGNED_SYMBOLS, LENGTH_SYMBOLS, LITERALS, LONG_MATCH, MAIN_SYMBOLS_MAX, MATCH_MIN, PRETREE_SYMBOLS,
    UNCOMPRESSED, VERBATIM, extra_bits, slot_of,
};

/// The longest code of the main tree and of that of lengths.
const LONGEST: u8 = 16;
/// The longest code of the pretree, whose lengths have four bits.
const PRETREE_LONGEST: u8 = 15;
/// The longest code of an aligned block's offsets, whose lengths have three bits.
const ALIGNED_LONGEST: u8 = 7;

/// A literal or a match.
#[derive(Clone, Copy)]
pub(super) struct Token {
    /// Its symbol in the main tree.
    main: u16,
    /// Its symbol in the tree of lengths, if the main one says that there is one.
    length: u8,
    /// What its offset has below the slot.
    extra: u32,
}

impl Token {
    pub(super) fn literal(byte: u8) -> Self {
        Self { main: byte.into(), length: 0, extra: 0 }
    }

    /// A match at one of the three repeated offsets.
    pub(super) fn repeat(slot: usize, length: usize) -> Self {
        Self::of_slot(slot as u32, 0, length)
    }

    pub(super) fn matched(distance: u32, length: usize) -> Self {
        let formatted = distance + 2;
        let slot = slot_of(formatted);
        Self::of_slot(slot, formatted & ((1 << extra_bits(slot)) - 1), length)
    }

    fn of_slot(slot: u32, extra: u32, length: usize) -> Self {
        let header = length.min(LONG_MATCH) - MATCH_MIN;
        let main = (LITERALS + 8 * slot as usize + header) as u16;
        Self { main, length: length.saturating_sub(LONG_MATCH) as u8, extra }
    }

    /// Slot of its offset, unless it is a literal.
    fn slot(self) -> Option<u32> {
        Some(u32::from(self.main).checked_sub(LITERALS as u32)? >> 3)
    }

    fn is_long(self) -> bool {
        usize::from(self.main) >= LITERALS && self.main & 7 == 7
    }
}

/// 32 KiB of content, less at the end.
#[derive(Clone, Copy)]
pub(super) struct Frame<'c> {
    pub(super) content: &'c [u8],
    /// Its literals and matches go up to here.
    pub(super) tokens_end: usize,
    /// Repeated offsets behind it.
    pub(super) repeated: [u32; 3],
}

/// Writes a stream, block by block.
pub(super) struct Stream {
    /// Lengths of the codes of the last block, which those of the next one are differences from.
    main_lengths: [u8; MAIN_SYMBOLS_MAX],
    length_lengths: [u8; LENGTH_SYMBOLS],
    has_begun: bool,
    /// Coded frames of a block, joined, and where each ends.
    coded: Vec<u8>,
    ends: Vec<usize>,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            main_lengths: [0; MAIN_SYMBOLS_MAX],
            length_lengths: [0; LENGTH_SYMBOLS],
            has_begun: false,
            coded: Vec::new(),
            ends: Vec::new(),
        }
    }
}

impl Stream {
    /// Writes frames as one block, or as one for each where that would make a frame longer than it is. `each` is given
    /// each frame, in order: its content, and what it was coded as.
    pub(super) fn write(&mut self, frames: &[Frame<'_>], tokens: &[Token], each: &mut impl FnMut(&[u8], &[u8])) {
        if frames.is_empty() {
            return;
        }
        let before = (self.main_lengths, self.length_lengths);
        self.code(frames, tokens);
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        let mut coded = starts.zip(&self.ends).map(|(from, to)| self.coded.get(from..*to).unwrap_or_default());
        if coded.clone().zip(frames).all(|(coded, frame)| coded.len() <= frame.content.len() + 16) {
            frames.iter().for_each(|frame| each(frame.content, coded.next().unwrap_or_default()));
            self.has_begun = true;
            return;
        }
        (self.main_lengths, self.length_lengths) = before;
        if let [frame] = frames {
            self.store(frame);
            each(frame.content, &self.coded);
            self.has_begun = true;
            return;
        }
        let mut from = 0;
        for frame in frames {
            let own = tokens.get(from..frame.tokens_end).unwrap_or_default();
            self.write(&[Frame { tokens_end: own.len(), ..*frame }], own, each);
            from = frame.tokens_end;
        }
    }

    /// Codes a block.
    fn code(&mut self, frames: &[Frame<'_>], tokens: &[Token]) {
        let trees = Trees::of(tokens);
        let kind = if trees.is_aligned_shorter() { ALIGNED } else { VERBATIM };
        self.coded.clear();
        self.ends.clear();
        let block_bytes = frames.iter().map(|frame| frame.content.len()).sum();
        let mut from = 0;
        for (index, frame) in frames.iter().enumerate() {
            let mut writer = Writer::new(&mut self.coded);
            if index == 0 {
                begin_block(&mut writer, self.has_begun, kind, block_bytes);
                if kind == ALIGNED {
                    trees.aligned_lengths.iter().for_each(|length| writer.bits(u32::from(*length), 3));
                }
                let (literals, matches) = trees.main_lengths.split_at(LITERALS);
                let (literals_before, matches_before) = self.main_lengths.split_at(LITERALS);
                write_lengths(&mut writer, literals, literals_before);
                write_lengths(&mut writer, matches, matches_before);
                write_lengths(&mut writer, &trees.length_lengths, &self.length_lengths);
            }
            let own = tokens.get(from..frame.tokens_end).unwrap_or_default();
            own.iter().for_each(|token| trees.write(&mut writer, *token, kind == ALIGNED));
            from = frame.tokens_end;
            writer.align();
            self.ends.push(self.coded.len());
        }
        (self.main_lengths, self.length_lengths) = (trees.main_lengths, trees.length_lengths);
    }

    /// Writes one frame as an uncompressed block.
    fn store(&mut self, frame: &Frame<'_>) {
        self.coded.clear();
        let mut writer = Writer::new(&mut self.coded);
        begin_block(&mut writer, self.has_begun, UNCOMPRESSED, frame.content.len());
        // Never at a word's end, where a whole word would have to be filled: 27 or 28 bits were written.
        writer.align();
        frame.repeated.iter().for_each(|repeated| writer.bytes(&repeated.to_le_bytes()));
        writer.bytes(frame.content);
        if !frame.content.len().is_multiple_of(2) {
            writer.bytes(&[0]);
        }
    }
}

/// Writes what a block begins with, and before the first one that no calls were translated.
fn begin_block(writer: &mut Writer<'_>, has_begun: bool, kind: u32, block_bytes: usize) {
    if !has_begun {
        writer.bits(0, 1);
    }
    writer.bits(kind, 3);
    writer.bits(block_bytes as u32, 24);
}

/// The prefix codes of a block.
struct Trees {
    main_lengths: [u8; MAIN_SYMBOLS_MAX],
    length_lengths: [u8; LENGTH_SYMBOLS],
    aligned_lengths: [u8; ALIGNED_SYMBOLS],
    main: [Code; MAIN_SYMBOLS_MAX],
    length: [Code; LENGTH_SYMBOLS],
    aligned: [Code; ALIGNED_SYMBOLS],
    /// How often each symbol of the aligned tree would be used.
    aligned_counts: [u32; ALIGNED_SYMBOLS],
}

impl Trees {
    fn of(tokens: &[Token]) -> Self {
        let (mut main, mut length, mut aligned) =
            ([0_u32; MAIN_SYMBOLS_MAX], [0_u32; LENGTH_SYMBOLS], [0_u32; ALIGNED_SYMBOLS]);
        for token in tokens {
            count(&mut main, token.main.into());
            if token.is_long() {
                count(&mut length, token.length.into());
            }
            if token.slot().is_some_and(|slot| extra_bits(slot) >= 3) {
                count(&mut aligned, (token.extra & 7) as usize);
            }
        }
        let mut trees = Self {
            main_lengths: [0; MAIN_SYMBOLS_MAX],
            length_lengths: [0; LENGTH_SYMBOLS],
            aligned_lengths: [0; ALIGNED_SYMBOLS],
            main: [Code::default(); MAIN_SYMBOLS_MAX],
            length: [Code::default(); LENGTH_SYMBOLS],
            aligned: [Code::default(); ALIGNED_SYMBOLS],
            aligned_counts: aligned,
        };
        lengths(&main, LONGEST, &mut trees.main_lengths);
        lengths(&length, LONGEST, &mut trees.length_lengths);
        lengths(&aligned, ALIGNED_LONGEST, &mut trees.aligned_lengths);
        codes(&trees.main_lengths, &mut trees.main);
        codes(&trees.length_lengths, &mut trees.length);
        codes(&trees.aligned_lengths, &mut trees.aligned);
        trees
    }

    /// True when a tree for the lowest three bits of offsets saves more than it takes. In UTF-16 it does: offsets are even.
    fn is_aligned_shorter(&self) -> bool {
        let counted = self.aligned_counts.iter().zip(&self.aligned_lengths);
        let coded: u64 = counted.map(|(count, length)| u64::from(*count) * u64::from(*length)).sum();
        let plain: u64 = self.aligned_counts.iter().map(|count| 3 * u64::from(*count)).sum();
        coded + 3 * (ALIGNED_SYMBOLS as u64) < plain
    }

    #[inline(always)]
    fn write(&self, writer: &mut Writer<'_>, token: Token, is_aligned: bool) {
        write_code(writer, &self.main, token.main.into());
        let Some(slot) = token.slot() else { return };
        if token.is_long() {
            write_code(writer, &self.length, token.length.into());
        }
        let extra = extra_bits(slot);
        if is_aligned && extra >= 3 {
            writer.bits(token.extra >> 3, extra - 3);
            write_code(writer, &self.aligned, (token.extra & 7) as usize);
        } else {
            writer.bits(token.extra, extra);
        }
    }
}

fn count(counts: &mut [u32], symbol: usize) {
    if let Some(count) = counts.get_mut(symbol) {
        *count += 1;
    }
}

#[inline(always)]
fn write_code(writer: &mut Writer<'_>, codes: &[Code], symbol: usize) {
    let code = codes.get(symbol).copied().unwrap_or_default();
    writer.bits(code.bits, code.length);
}

/// Writes the lengths of a tree, or of a part of one, as differences from those that it had before, in runs.
fn write_lengths(writer: &mut Writer<'_>, lengths: &[u8], before: &[u8]) {
    let runs = runs(lengths, before);
    let mut counts = [0_u32; PRETREE_SYMBOLS];
    for run in &runs {
        count(&mut counts, run.symbol);
        run.repeated.iter().for_each(|repeated| count(&mut counts, *repeated));
    }
    let (mut pretree_lengths, mut pretree) = ([0; PRETREE_SYMBOLS], [Code::default(); PRETREE_SYMBOLS]);
    self::lengths(&counts, PRETREE_LONGEST, &mut pretree_lengths);
    codes(&pretree_lengths, &mut pretree);
    pretree_lengths.iter().for_each(|length| writer.bits(u32::from(*length), 4));
    for run in &runs {
        write_code(writer, &pretree, run.symbol);
        writer.bits(run.extra, run.extra_bits);
        run.repeated.iter().for_each(|repeated| write_code(writer, &pretree, *repeated));
    }
}

/// Equal lengths in a row, or one length.
struct Run {
    /// Its symbol in the pretree.
    symbol: usize,
    /// How much longer it is than the shortest of its symbol.
    extra: u32,
    extra_bits: u32,
    /// The difference that is repeated, as a symbol.
    repeated: Option<usize>,
}

fn runs(lengths: &[u8], before: &[u8]) -> Vec<Run> {
    let mut runs = Vec::with_capacity(lengths.len());
    let mut pairs = lengths.iter().copied().zip(before.iter().copied());
    let mut rest = lengths;
    while let Some(length) = rest.first().copied() {
        let equal = rest.iter().take_while(|next| **next == length).count();
        let difference = |before: u8| usize::from((17 + before - length) % 17);
        let before = pairs.clone().next().map_or(0, |(_, before)| before);
        let (count, run) = match (length, equal) {
            (0, 20..) => {
                let count = equal.min(51);
                (count, Run { symbol: 18, extra: count as u32 - 20, extra_bits: 5, repeated: None })
            }
            (0, 4..) => (equal, Run { symbol: 17, extra: equal as u32 - 4, extra_bits: 4, repeated: None }),
            (_, 4..) => {
                let count = equal.min(5);
                let repeated = Some(difference(before));
                (count, Run { symbol: 19, extra: count as u32 - 4, extra_bits: 1, repeated })
            }
            _ => (1, Run { symbol: difference(before), extra: 0, extra_bits: 0, repeated: None }),
        };
        runs.push(run);
        rest = rest.get(count..).unwrap_or_default();
        pairs.by_ref().take(count).for_each(drop);
    }
    runs
}
