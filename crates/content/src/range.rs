//! Which bytes of a file a request wants, and how the answer is laid out: RFC 9110 §14, without IO.

mod plan;
mod spec;

pub use plan::{Plan, Segment};

use spec::Spec;

/// How many ranges one request may name. More is a flood, and refused.
///
/// The agents ask for one range; BITS for several. An express download needs a few hundred in all, over many requests.
pub const RANGES_MAX: usize = 512;

/// A part of a file that has at least one byte and ends within it. Both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ByteRange {
    first: u64,
    last: u64,
}

impl ByteRange {
    /// From the byte at `first` to the byte at `last`; `None` when that is nothing, or reaches the last number there is.
    pub fn new(first: u64, last: u64) -> Option<Self> {
        (first <= last && last < u64::MAX).then_some(Self { first, last })
    }

    /// All of a file of `size` bytes; `None` when that is nothing.
    pub fn whole(size: u64) -> Option<Self> {
        size.checked_sub(1).and_then(|last| Self::new(0, last))
    }

    /// Where its first byte is.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// Where its last byte is.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// How many bytes it has; at least one.
    pub fn length(&self) -> u64 {
        self.last - self.first + 1
    }

    /// The same bytes in order, in parts of at most `bytes`.
    pub fn pieces(self, bytes: usize) -> impl Iterator<Item = Self> {
        let last_of = move |first: u64| first.saturating_add(bytes as u64 - 1).min(self.last);
        (self.first..=self.last).step_by(bytes).filter_map(move |first| Self::new(first, last_of(first)))
    }
}

/// What a `Range` field asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ranges {
    /// The whole file, 200: the field is to be ignored.
    Whole,
    /// Nothing of it, 416.
    Unsatisfiable,
    /// These parts of it, 206: at least one, in the order asked for, together no longer than the file.
    Parts(Vec<ByteRange>),
}

/// Reads the `Range` field of a request for a file of `size` bytes.
///
/// - Another unit, a malformed set, or a last byte before the first: the field is ignored, as §14.2 allows.
/// - Ranges outside the file are left out; if none remains, the request is unsatisfiable.
/// - Ends beyond the file end with it; numbers too large to hold count as the largest.
/// - An empty file has no first byte, so only a suffix range holds, and is all of it: the whole, empty, file.
/// - Parts that are together longer than the file overlap: the whole file is sent, which is less.
/// - More than [`RANGES_MAX`] ranges are refused as unsatisfiable, unread: whoever asks for that many small parts of
///   a file of gigabytes is not helped by all of it.
///
/// Order is kept and nothing is merged: a client gets the parts it named. Time is bounded by the field's length,
/// which the HTTP layer limits.
pub fn parse(field: &str, size: u64) -> Ranges {
    let Some(set) = byte_set(field) else { return Ranges::Whole };
    let mut parts = Vec::new();
    let mut specs_seen = 0_usize;
    let mut bytes = 0_u128; // Wide enough for all parts of the largest file.
    let mut is_all_of_empty_file = false;
    for element in set.split(',').map(|element| element.trim_matches([' ', '\t'])) {
        if element.is_empty() {
            continue; // §5.6.1.2: a list may have empty elements.
        }
        specs_seen += 1;
        if specs_seen > RANGES_MAX {
            return Ranges::Unsatisfiable;
        }
        let Some(spec) = Spec::parse(element) else { return Ranges::Whole };
        is_all_of_empty_file |= size == 0 && spec.is_satisfiable_suffix();
        if let Some(part) = spec.within(size) {
            bytes += u128::from(part.length());
            parts.push(part);
        }
    }
    if specs_seen == 0 || is_all_of_empty_file || bytes > u128::from(size) {
        Ranges::Whole
    } else if parts.is_empty() {
        Ranges::Unsatisfiable
    } else {
        Ranges::Parts(parts)
    }
}

/// What is behind `bytes=`, in any letter case.
fn byte_set(field: &str) -> Option<&str> {
    let (unit, set) = field.trim_matches([' ', '\t']).split_once('=')?;
    unit.eq_ignore_ascii_case("bytes").then_some(set)
}

#[cfg(test)]
mod tests;
