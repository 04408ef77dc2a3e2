use super::{MATCH_MAX, MATCH_MIN, Window, extra_bits, slot_of};

/// Places with the same hash that are kept, the last one first.
const PLACES: usize = 8;

/// From this length on a match is taken without looking for a better one.
pub(super) const LENGTH_ENOUGH: usize = 96;
/// Bits that a byte takes which no match covers, about.
const BITS_PER_BYTE: u32 = 4;
/// Bits of a match beside those of its offset, about.
const BITS_PER_MATCH: u32 = 7;
/// Bits of a match at a repeated offset, about.
const BITS_PER_REPEAT: u32 = 5;

/// A match: `length` bytes as they stand `distance` before.
#[derive(Clone, Copy)]
pub(super) struct Match {
    pub(super) distance: u32,
    pub(super) length: usize,
    /// How many bits it saves, about.
    pub(super) gain: u32,
}

/// Finds matches by the last few places where the same bytes began.
pub(super) struct Matcher<'c> {
    content: &'c [u8],
    /// By hash: places plus 1, so that 0 is none.
    places: Vec<[u32; PLACES]>,
    hash_bits: u32,
    /// Steps in which places are looked at: 2 in UTF-16, as no match that begins inside of a character is worth it.
    pub(super) step: usize,
}

impl<'c> Matcher<'c> {
    pub(super) fn new(content: &'c [u8]) -> Self {
        // As many places as there are, up to a quarter of a million.
        let hash_bits = content.len().max(1).ilog2().saturating_sub(2).clamp(6, 15);
        let step = if is_wide(content) { 2 } else { 1 };
        Self { content, places: vec![[0; PLACES]; 1 << hash_bits], hash_bits, step }
    }

    /// Remembers the places from `from` up to `to`.
    pub(super) fn insert(&mut self, from: usize, to: usize) {
        for at in (from..to).step_by(self.step) {
            if let Some(places) = self.slot(at) {
                remember(places, at);
            }
        }
    }

    /// The best match at `at`, of at most `longest` bytes, and remembers the place.
    pub(super) fn find(&mut self, at: usize, longest: usize, repeated: &[u32; 3]) -> Option<Match> {
        let longest = longest.min(MATCH_MAX);
        let rest = self.content.get(at..at + longest)?;
        let mut best = None;
        let mut gain_least = 1;
        for distance in repeated {
            let length = self.length(at, *distance as usize, rest);
            gain_least = better(&mut best, *distance, length, BITS_PER_REPEAT, gain_least);
        }
        let Some(slot) = self.slot(at) else { return best };
        let candidates = *slot;
        remember(slot, at);
        for place in candidates {
            let Some(from) = (place as usize).checked_sub(1) else { break };
            let distance = at - from;
            // It was looked at before, for the match in front of it.
            if distance == 0 {
                continue;
            }
            // Formatted offsets have no room for the last two.
            if distance > Window::LARGEST.bytes() - 3 {
                break;
            }
            let longest_yet = best.map_or(0, |best: Match| best.length);
            if longest_yet == longest {
                break;
            }
            if self.content.get(from + longest_yet) != self.content.get(at + longest_yet) {
                continue;
            }
            let length = self.length(at, distance, rest);
            let distance = distance as u32;
            let bits = BITS_PER_MATCH + extra_bits(slot_of(distance + 2));
            gain_least = better(&mut best, distance, length, bits, gain_least);
        }
        best
    }

    /// How many bytes `rest`, which stands at `at`, has in common with what stands `distance` before.
    #[inline(always)]
    fn length(&self, at: usize, distance: usize, rest: &[u8]) -> usize {
        let Some(before) = at.checked_sub(distance).and_then(|from| self.content.get(from..)) else { return 0 };
        let length = common(before, rest);
        length - length % self.step
    }

    #[inline(always)]
    fn slot(&mut self, at: usize) -> Option<&mut [u32; PLACES]> {
        let bytes = self.content.get(at..)?.first_chunk()?;
        let hash = u32::from_le_bytes(*bytes).wrapping_mul(0x9e37_79b1) >> (32 - self.hash_bits);
        self.places.get_mut(hash as usize)
    }
}

/// Takes a match as `best` if it gains more; returns what the next one must gain.
#[inline(always)]
fn better(best: &mut Option<Match>, distance: u32, length: usize, bits: u32, gain_least: u32) -> u32 {
    let gain = (length as u32 * BITS_PER_BYTE).saturating_sub(bits);
    if length < MATCH_MIN || gain < gain_least {
        return gain_least;
    }
    *best = Some(Match { distance, length, gain });
    gain + 1
}

#[inline(always)]
fn remember(places: &mut [u32; PLACES], at: usize) {
    // Content is shorter than 2 GiB.
    let place = at as u32 + 1;
    if places.first() == Some(&place) {
        return;
    }
    places.copy_within(..PLACES - 1, 1);
    if let Some(first) = places.first_mut() {
        *first = place;
    }
}

/// True for UTF-16LE of mostly Latin letters, by its first bytes.
fn is_wide(content: &[u8]) -> bool {
    let units = content.get(..content.len().min(4_096)).unwrap_or_default().chunks_exact(2);
    let count = units.len();
    content.len().is_multiple_of(2) && units.filter(|unit| unit.last() == Some(&0)).count() > count / 2
}

/// How many bytes `a` and `b` begin with in common, up to the end of `b`, which is the shorter.
#[inline(always)]
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
