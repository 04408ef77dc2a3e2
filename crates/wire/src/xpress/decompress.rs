use super::{BLOCK_BYTES_MAX, MATCH_MIN};
use crate::limits::XPRESS_RATIO;

/// Why bytes are not a stream, or not one to be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum XpressError {
    /// The stream ends inside a block.
    #[error("the compressed stream ends too early")]
    Truncated,
    /// A block's header holds a size that is 0 or above 65535.
    #[error("a compressed block announces {0} bytes; 1 to 65535 are possible")]
    BlockSize(u32),
    /// A match reaches back behind the start of its block.
    #[error("a match reaches {distance} bytes back in a block of {at} bytes so far")]
    Distance {
        /// How far it reaches.
        distance: usize,
        /// Where it stands.
        at: usize,
    },
    /// A block holds more than its header announces.
    #[error("a compressed block holds more than it announces")]
    Overrun,
    /// The stream decodes to more than the caller takes.
    #[error("the compressed stream decodes to more than {limit} bytes")]
    TooLong {
        /// The largest accepted length.
        limit: usize,
    },
    /// The stream decodes to suspiciously many times its length: a bomb.
    #[error("the compressed stream decodes to more than {XPRESS_RATIO} times its length")]
    Ratio,
}

/// Below this length no ratio is a bomb.
const RATIO_FROM: usize = 1 << 20;

/// Decodes a whole stream of at most `limit` bytes.
///
/// Memory is proportional to what was decoded so far, not to what a header announces.
///
/// # Errors
/// [`XpressError`]; nothing of a stream that is not right to the end is returned.
pub fn decompress(stream: &[u8], limit: usize) -> Result<Vec<u8>, XpressError> {
    let mut out = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        let (original, coded);
        (original, rest) = size(rest)?;
        (coded, rest) = size(rest)?;
        let block;
        (block, rest) = rest.split_at_checked(coded).ok_or(XpressError::Truncated)?;
        let total = out.len() + original;
        if total > limit {
            return Err(XpressError::TooLong { limit });
        }
        if total > RATIO_FROM && total / XPRESS_RATIO > stream.len() - rest.len() {
            return Err(XpressError::Ratio);
        }
        if coded == original { out.extend_from_slice(block) } else { read_block(block, original, &mut out)? }
    }
    Ok(out)
}

fn size(stream: &[u8]) -> Result<(usize, &[u8]), XpressError> {
    let (bytes, rest) = stream.split_first_chunk().ok_or(XpressError::Truncated)?;
    let size = u32::from_le_bytes(*bytes);
    match usize::try_from(size) {
        Ok(length @ 1..=BLOCK_BYTES_MAX) => Ok((length, rest)),
        _ => Err(XpressError::BlockSize(size)),
    }
}

/// Appends the `original` bytes that `block` stands for.
fn read_block(block: &[u8], original: usize, out: &mut Vec<u8>) -> Result<(), XpressError> {
    let start = out.len();
    let end = start + original;
    let mut input = Cursor { rest: block, high_nibble: None };
    loop {
        let mut mask = u32::from_le_bytes(input.take()?);
        for _ in 0..32 {
            // What follows the last byte is the end mark and bits without meaning.
            if out.len() == end {
                return Ok(());
            }
            if mask >> 31 == 0 {
                let [literal] = input.take()?;
                out.push(literal);
            } else {
                let (distance, length) = input.matched()?;
                if length > end - out.len() {
                    return Err(XpressError::Overrun);
                }
                copy(out, start, distance, length)?;
            }
            mask <<= 1;
        }
        if out.len() == end {
            return Ok(());
        }
    }
}

/// Repeats the `length` bytes that stand `distance` back; they may overlap what they become.
fn copy(out: &mut Vec<u8>, start: usize, distance: usize, length: usize) -> Result<(), XpressError> {
    let at = out.len() - start;
    if distance > at {
        return Err(XpressError::Distance { distance, at });
    }
    let from = out.len() - distance;
    let mut left = length;
    while left > 0 {
        // What was just appended may be copied in turn: each round doubles what is there.
        let piece = left.min(out.len() - from);
        out.extend_from_within(from..from + piece);
        left -= piece;
    }
    Ok(())
}

struct Cursor<'b> {
    rest: &'b [u8],
    /// Of two lengths that need a nibble, the first takes the low one of a byte, and this is left for the second.
    high_nibble: Option<u8>,
}

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], XpressError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(XpressError::Truncated)?;
        self.rest = rest;
        Ok(*bytes)
    }

    /// Reads a match: its distance and its length.
    fn matched(&mut self) -> Result<(usize, usize), XpressError> {
        let word = u16::from_le_bytes(self.take()?);
        let distance = usize::from(word >> 3) + 1;
        let code = usize::from(word & 7);
        if code < 7 {
            return Ok((distance, code + MATCH_MIN));
        }
        let nibble = match self.high_nibble.take() {
            Some(nibble) => nibble,
            None => {
                let [byte] = self.take()?;
                self.high_nibble = Some(byte >> 4);
                byte & 15
            }
        };
        if nibble < 15 {
            return Ok((distance, usize::from(nibble) + 10));
        }
        let [byte] = self.take()?;
        if byte < 255 {
            return Ok((distance, usize::from(byte) + 25));
        }
        // This one holds the whole length; what came before is not added (MS-WUSP 2.1.1.1.2).
        Ok((distance, usize::from(u16::from_le_bytes(self.take()?)) + MATCH_MIN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of `original` bytes coded as `coded`.
    fn block(original: u32, coded: &[u8]) -> Vec<u8> {
        let mut stream = original.to_le_bytes().to_vec();
        stream.extend_from_slice(&u32::try_from(coded.len()).unwrap().to_le_bytes());
        stream.extend_from_slice(coded);
        stream
    }

    /// A mask of which the bits are given as text, first bit first, the rest 0.
    fn mask(bits: &str) -> [u8; 4] {
        let bits = format!("{bits:0<32}");
        u32::from_str_radix(&bits, 2).unwrap().to_le_bytes()
    }

    #[test]
    fn sec_p5_the_example_of_the_specification_is_read() {
        // MS-WUSP 2.1.1.1.2: "ABCABCDEF" is three bytes, a match (3,3), three bytes, the end.
        let coded = [&mask("00010001")[..], b"ABC", &[0x10, 0x00], b"DEF"].concat();
        assert_eq!(decompress(&block(9, &coded), 9).unwrap(), b"ABCABCDEF");
        // The same section: metadata 0x0018 is the offset -4.
        let coded = [&mask("00001")[..], b"ABCD", &[0x18, 0x00]].concat();
        assert_eq!(decompress(&block(7, &coded), 9).unwrap(), b"ABCDABC");
    }

    #[test]
    fn every_form_of_length_is_read() {
        for (length, extra) in [
            (3, &[0x00, 0x00][..]),
            (9, &[0x06, 0x00]),
            (10, &[0x07, 0x00, 0x00]),
            (24, &[0x07, 0x00, 0x0e]),
            (25, &[0x07, 0x00, 0x0f, 0x00]),
            (279, &[0x07, 0x00, 0x0f, 0xfe]),
            (280, &[0x07, 0x00, 0x0f, 0xff, 0x15, 0x01]),
            (281, &[0x07, 0x00, 0x0f, 0xff, 0x16, 0x01]),
        ] {
            let coded = [&mask("011")[..], b"x", extra].concat();
            let expected = vec![b'x'; length + 1];
            assert_eq!(decompress(&block(length as u32 + 1, &coded), 1000).unwrap(), expected, "{length}");
        }
    }

    #[test]
    fn two_lengths_share_the_nibbles_of_a_byte() {
        // Lengths 12 and 15, then 10 from a byte of its own.
        let coded = [&mask("01111")[..], b"x", &[7, 0, 0x52], &[7, 0], &[7, 0, 0x00]].concat();
        assert_eq!(decompress(&block(38, &coded), 100).unwrap(), vec![b'x'; 38]);
    }

    #[test]
    fn a_stored_block_is_taken_as_it_is() {
        assert_eq!(decompress(&block(3, b"abc"), 3).unwrap(), b"abc");
        assert_eq!(decompress(b"", 0).unwrap(), b"");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let coded = |bits: &str, data: &[u8]| [&mask(bits)[..], data].concat();
        assert_eq!(decompress(&[1, 0, 0], 9), Err(XpressError::Truncated));
        assert_eq!(decompress(&block(0, b"abc"), 9), Err(XpressError::BlockSize(0)));
        assert_eq!(decompress(&block(65_536, b"abc"), 9), Err(XpressError::BlockSize(65_536)));
        assert_eq!(decompress(&block(u32::MAX, b"abc"), 9), Err(XpressError::BlockSize(u32::MAX)));
        assert_eq!(decompress(&block(3, &coded("0", b"a")), 9), Err(XpressError::Truncated));
        assert_eq!(
            decompress(&block(9, &coded("01", b"a\x08\0")), 9),
            Err(XpressError::Distance { distance: 2, at: 1 })
        );
        assert_eq!(decompress(&block(3, &coded("01", b"a\0\0")), 9), Err(XpressError::Overrun));
        assert_eq!(decompress(&block(4, &coded("01", b"a\0\0")), 3), Err(XpressError::TooLong { limit: 3 }));
    }

    #[test]
    fn a_match_does_not_reach_into_the_block_before() {
        let mut stream = block(4, b"abcd");
        stream.extend(block(4, &[&mask("01")[..], b"a", &[0x08, 0]].concat()));
        assert_eq!(decompress(&stream, 100), Err(XpressError::Distance { distance: 2, at: 1 }));
    }

    #[test]
    fn sec_p5_bombs_are_refused_early() {
        let coded = [&mask("011")[..], b"x", &[7, 0, 0x0f, 0xff, 0xfb, 0xff]].concat();
        let bomb = block(65_535, &coded).repeat(10_000);
        assert_eq!(decompress(&bomb, 1 << 30), Err(XpressError::Ratio));
        assert_eq!(decompress(&bomb, 1 << 20), Err(XpressError::TooLong { limit: 1 << 20 }));
    }
}
