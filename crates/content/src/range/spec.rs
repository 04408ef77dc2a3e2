use super::ByteRange;

/// One element of a range set as it is written (RFC 9110 §14.1.1, `range-spec`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spec {
    /// `first-`
    From { first: u64 },
    /// `first-last`
    Between { first: u64, last: u64 },
    /// `-length`
    Suffix { length: u64 },
}

impl Spec {
    /// `None` when it is malformed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-')?;
        match (first, last) {
            ("", length) => Some(Self::Suffix { length: number(length)? }),
            (first, "") => Some(Self::From { first: number(first)? }),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::Between { first, last })
            }
        }
    }

    /// What of it lies within a file of `size` bytes.
    pub(super) fn within(self, size: u64) -> Option<ByteRange> {
        let end = size.checked_sub(1)?;
        match self {
            Self::From { first } => ByteRange::new(first, end),
            Self::Between { first, last } => ByteRange::new(first, last.min(end)),
            Self::Suffix { length: 0 } => None,
            Self::Suffix { length } => ByteRange::new(size.saturating_sub(length), end),
        }
    }

    /// True for a suffix that is not of length 0, which any file satisfies, an empty one too.
    pub(super) fn is_satisfiable_suffix(self) -> bool {
        matches!(self, Self::Suffix { length } if length > 0)
    }
}

/// A number of digits only, as the grammar has it; the largest there is when it is larger.
fn number(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().unwrap_or(u64::MAX))
}
