//! LZX as cabinets have it: a stream in frames of 32 KiB, one for each block (`CFDATA`) of the cabinet.
//!
//! The stream begins with a bit, set when calls of x86 code were translated, and the 32-bit size for that. Blocks of LZX
//! (not those of the cabinet) follow, of any length: verbatim, aligned (the low three bits of offsets have a tree of
//! their own) or uncompressed. Bits are taken from little-endian 16-bit words, highest first; each frame begins with a
//! word of its own, and no match goes beyond its frame. Sources: "Microsoft LZX Data Compression Format", MS-PATCH 2.

mod codes;
mod decode;
mod encode;
mod matches;
mod reader;
mod translate;
mod tree;
mod write;
mod writer;

pub(crate) use decode::Decoder;
pub(crate) use encode::Encoder;

use crate::BLOCK_BYTES as FRAME_BYTES;

/// The shortest match.
const MATCH_MIN: usize = 2;
/// The longest match.
const MATCH_MAX: usize = 257;
/// Literals of the main tree, which stand before its matches.
const LITERALS: usize = 256;
/// Symbols of the tree of long lengths.
const LENGTH_SYMBOLS: usize = 249;
/// Symbols of the main tree with the largest window, 2 MiB.
const MAIN_SYMBOLS_MAX: usize = LITERALS + 8 * 50;
/// From this length of a match on, the tree of lengths says how much longer it is.
const LONG_MATCH: usize = MATCH_MIN + 7;
/// From this slot on, offsets have 17 bits below it.
const FIRST_WIDE_SLOT: u32 = 36;
/// Symbols of the tree that the lengths of the others are coded with.
const PRETREE_SYMBOLS: usize = 20;
/// Symbols of the tree of an aligned block's offsets.
const ALIGNED_SYMBOLS: usize = 8;

/// Types of blocks.
const VERBATIM: u32 = 1;
const ALIGNED: u32 = 2;
const UNCOMPRESSED: u32 = 3;

/// How far back matches reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    bits: u16,
}

impl Window {
    /// The largest one in cabinets, which MS-WSUSSS wants.
    pub(crate) const LARGEST: Self = Self { bits: 21 };

    pub(crate) fn of_bits(bits: u16) -> Option<Self> {
        (15..=21).contains(&bits).then_some(Self { bits })
    }

    pub(crate) fn bits(self) -> u16 {
        self.bits
    }

    fn bytes(self) -> usize {
        1 << self.bits
    }

    /// Symbols of the main tree: literals, and eight lengths for each slot of offsets.
    fn main_symbols(self) -> usize {
        let slots = match self.bits {
            20 => 42,
            21 => 50,
            bits => 2 * usize::from(bits),
        };
        (LITERALS + 8 * slots).min(MAIN_SYMBOLS_MAX)
    }
}

/// How many bits of a formatted offset (distance + 2) stand behind its slot; slots 0 to 2 are repeated offsets.
fn extra_bits(slot: u32) -> u32 {
    match slot {
        ..4 => 0,
        FIRST_WIDE_SLOT.. => 17,
        _ => slot / 2 - 1,
    }
}

/// The lowest formatted offset of a slot from 3 on.
fn slot_base(slot: u32) -> u32 {
    if slot >= FIRST_WIDE_SLOT { (slot - 34) << 17 } else { (2 + (slot & 1)) << extra_bits(slot) }
}

/// The slot of a formatted offset, from 3 on.
fn slot_of(formatted: u32) -> u32 {
    if formatted >= slot_base(FIRST_WIDE_SLOT) {
        return (formatted >> 17) + 34;
    }
    let high = formatted.max(2).ilog2();
    2 * high + (formatted >> (high - 1) & 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_follow_each_other_without_a_gap() {
        let mut next = 3;
        for slot in 3..50 {
            assert_eq!(slot_base(slot), next, "slot {slot}");
            next += 1 << extra_bits(slot);
            assert_eq!((slot_of(slot_base(slot)), slot_of(next - 1)), (slot, slot));
        }
        assert_eq!(next as usize, Window::LARGEST.bytes());
    }
}
