use super::reader::Reader;
use super::{LITERALS, PRETREE_SYMBOLS};
use crate::error::LzxError;

/// Codes up to this length are looked up at once.
const SHORT: u32 = 11;
/// The longest code.
const LONGEST: usize = 16;

/// A canonical prefix code, to be read.
pub(super) struct Tree {
    /// By the next [`SHORT`] bits: symbol, and below it five bits for the length of its code; 0 when the code is longer.
    short: Box<[u16; 1 << SHORT]>,
    /// By length of code: what the codes of that length, filled up to 16 bits, are below.
    end: [u32; LONGEST + 1],
    /// By length of code: how many symbols have shorter ones, less the number of the first code of that length.
    shift: [i32; LONGEST + 1],
    /// By length of code, then by value.
    symbols: Vec<u16>,
}

impl Tree {
    pub(super) fn new() -> Self {
        let short = Box::new([0; 1 << SHORT]);
        Self { short, end: [0; LONGEST + 1], shift: [0; LONGEST + 1], symbols: Vec::new() }
    }

    /// Makes this the code in which symbol `i` has the length `lengths[i]`; where that is 0 it has no code.
    ///
    /// # Errors
    /// [`LzxError::Tree`] when codes are missing or too many; no codes at all is a tree that may not be used.
    pub(super) fn rebuild(&mut self, lengths: &[u8]) -> Result<(), LzxError> {
        self.symbols.clear();
        self.short.fill(0);
        let (mut next, mut before) = (0_u32, 0_i32);
        for length in 1..=LONGEST {
            let step = 1 << (LONGEST - length);
            let first = (next / step) as i32;
            for (symbol, _) in lengths.iter().enumerate().filter(|(_, own)| usize::from(**own) == length) {
                if length as u32 <= SHORT {
                    let from = (next >> (LONGEST as u32 - SHORT)) as usize;
                    let entry = (symbol << 5 | length) as u16;
                    let place = self.short.get_mut(from..from + (1 << (SHORT - length as u32)));
                    place.ok_or(LzxError::Tree)?.fill(entry);
                }
                self.symbols.push(symbol as u16);
                next += step;
            }
            if let (Some(end), Some(shift)) = (self.end.get_mut(length), self.shift.get_mut(length)) {
                (*end, *shift) = (next, before - first);
            }
            before = self.symbols.len() as i32;
        }
        if next == 1 << LONGEST || next == 0 { Ok(()) } else { Err(LzxError::Tree) }
    }

    /// Reads a symbol; at least 16 bits were made sure of, where the frame has them.
    #[inline(always)]
    pub(super) fn symbol(&self, reader: &mut Reader<'_>) -> Result<u16, LzxError> {
        let code = reader.peek();
        let entry = self.short.get(usize::from(code >> (16 - SHORT))).copied().unwrap_or_default();
        if entry == 0 {
            return self.long_symbol(reader, code);
        }
        reader.take(u32::from(entry & 31))?;
        Ok(entry >> 5)
    }

    #[cold]
    fn long_symbol(&self, reader: &mut Reader<'_>, code: u16) -> Result<u16, LzxError> {
        let ends = self.end.iter().enumerate().skip(SHORT as usize + 1);
        for ((length, end), shift) in ends.zip(self.shift.iter().skip(SHORT as usize + 1)) {
            if u32::from(code) < *end {
                let number = i32::from(code >> (LONGEST - length)) + shift;
                reader.take(length as u32)?;
                return self.symbols.get(number as usize).copied().ok_or(LzxError::Tree);
            }
        }
        Err(LzxError::EmptyTree)
    }
}

/// Reads the lengths of the main tree: literals and matches are two parts of it.
pub(super) fn read_main_lengths(
    reader: &mut Reader<'_>,
    pretree: &mut Tree,
    lengths: &mut [u8],
) -> Result<(), LzxError> {
    let (literals, matches) = lengths.split_at_mut_checked(LITERALS).ok_or(LzxError::Run)?;
    read_lengths(reader, pretree, literals)?;
    read_lengths(reader, pretree, matches)
}

/// Reads the lengths of a tree, or of a part of one, which are coded as differences from those that it had before.
pub(super) fn read_lengths(reader: &mut Reader<'_>, pretree: &mut Tree, lengths: &mut [u8]) -> Result<(), LzxError> {
    let mut own = [0; PRETREE_SYMBOLS];
    for length in &mut own {
        *length = reader.bits(4)? as u8;
    }
    pretree.rebuild(&own)?;
    let mut rest = lengths;
    while let Some(before) = rest.first().copied() {
        reader.refill();
        let (count, length) = match pretree.symbol(reader)? {
            17 => (4 + reader.take(4)?, 0),
            18 => (20 + reader.take(5)?, 0),
            19 => {
                let count = 4 + reader.take(1)?;
                reader.refill();
                (count, difference(before, pretree.symbol(reader)?)?)
            }
            symbol => (1, difference(before, symbol)?),
        };
        let (run, behind) = rest.split_at_mut_checked(count as usize).ok_or(LzxError::Run)?;
        run.fill(length);
        rest = behind;
    }
    Ok(())
}

/// The length that is `symbol` less than `before`, modulo 17.
fn difference(before: u8, symbol: u16) -> Result<u8, LzxError> {
    let symbol = u8::try_from(symbol).ok().filter(|symbol| *symbol <= 16).ok_or(LzxError::Run)?;
    Ok((17 + before - symbol) % 17)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_complete_codes_are_taken() {
        let mut tree = Tree::new();
        for lengths in [&[1, 1][..], &[2, 2, 2, 2], &[1, 2, 3, 3], &[0, 0, 0], &[]] {
            assert_eq!(tree.rebuild(lengths), Ok(()), "{lengths:?}");
        }
        for lengths in [&[1][..], &[1, 1, 1], &[2, 2, 2], &[16], &[1, 1, 16]] {
            assert_eq!(tree.rebuild(lengths), Err(LzxError::Tree), "{lengths:?}");
        }
    }

    #[test]
    fn codes_of_every_length_are_read_in_canonical_order() {
        let mut lengths: Vec<u8> = (1..=16).collect();
        lengths.push(16);
        let mut tree = Tree::new();
        tree.rebuild(&lengths).unwrap();
        for (symbol, length) in lengths.iter().enumerate() {
            // Ones, and a zero behind them, except in the last code.
            let code = if symbol == 16 { 0xffff } else { !(0xffff_u16 >> (length - 1)) };
            let frame = code.to_le_bytes();
            let mut reader = Reader::new(&frame);
            reader.refill();
            assert_eq!(tree.symbol(&mut reader), Ok(symbol as u16));
            assert_eq!(reader.take(16 - u32::from(*length)).map(|_| ()), Ok(()));
            assert_eq!(reader.take(1), Err(LzxError::Truncated));
        }
    }

    #[test]
    fn a_tree_without_codes_cannot_be_used() {
        let mut tree = Tree::new();
        tree.rebuild(&[0; 249]).unwrap();
        let mut reader = Reader::new(&[0; 4]);
        reader.refill();
        assert_eq!(tree.symbol(&mut reader), Err(LzxError::EmptyTree));
    }
}
