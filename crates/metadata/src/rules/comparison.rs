use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// `ScalarComparison`: the observed value stands on the left (metadata.md §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Observed < wanted.
    LessThan,
    /// Observed ≤ wanted.
    LessThanOrEqualTo,
    /// Observed = wanted.
    EqualTo,
    /// Observed ≥ wanted.
    GreaterThanOrEqualTo,
    /// Observed > wanted.
    GreaterThan,
}

impl Comparison {
    /// True if a value that stands to the wanted one as `ordering` says passes.
    pub fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::LessThan => ordering.is_lt(),
            Self::LessThanOrEqualTo => ordering.is_le(),
            Self::EqualTo => ordering.is_eq(),
            Self::GreaterThanOrEqualTo => ordering.is_ge(),
            Self::GreaterThan => ordering.is_gt(),
        }
    }
}

impl FromStr for Comparison {
    type Err = ();

    /// Case does not matter: `ProductReleaseVersion` writes `greaterthan`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [
            ("LessThan", Self::LessThan),
            ("LessThanOrEqualTo", Self::LessThanOrEqualTo),
            ("EqualTo", Self::EqualTo),
            ("GreaterThanOrEqualTo", Self::GreaterThanOrEqualTo),
            ("GreaterThan", Self::GreaterThan),
        ];
        all.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, found)| found).ok_or(())
    }
}

/// `StringComparison`: the observed text stands on the left; case does not matter (metadata.md §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextComparison {
    /// They are equal.
    EqualTo,
    /// The observed text begins with the wanted one.
    BeginsWith,
    /// The observed text contains the wanted one.
    Contains,
    /// The observed text ends with the wanted one.
    EndsWith,
}

impl TextComparison {
    /// True if `observed` passes against `wanted`.
    pub fn holds(self, observed: &str, wanted: &str) -> bool {
        let (observed, wanted) = (observed.to_lowercase(), wanted.to_lowercase());
        match self {
            Self::EqualTo => observed == wanted,
            Self::BeginsWith => observed.starts_with(&wanted),
            Self::Contains => observed.contains(&wanted),
            Self::EndsWith => observed.ends_with(&wanted),
        }
    }
}

impl FromStr for TextComparison {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [
            ("EqualTo", Self::EqualTo),
            ("BeginsWith", Self::BeginsWith),
            ("Contains", Self::Contains),
            ("EndsWith", Self::EndsWith),
        ];
        all.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, found)| found).ok_or(())
    }
}

/// Up to four numbers, compared part by part; missing parts are zero, leading zeros do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub [u32; 4]);

/// A text that is not a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a version of one to four numbers")]
pub struct InvalidVersion(String);

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let invalid = || InvalidVersion(text.chars().take(40).collect());
        let mut version = Self::default();
        let mut parts = text.trim().split('.');
        for slot in &mut version.0 {
            let Some(part) = parts.next() else { break };
            // `parse` would also take a sign.
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(invalid());
            }
            *slot = part.parse().map_err(|_| invalid())?;
        }
        if parts.next().is_some() { Err(invalid()) } else { Ok(version) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.0;
        write!(out, "{a}.{b}.{c}.{d}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn versions_compare_as_numbers_with_missing_parts_zero() {
        assert!(version("6.3") > version("6.1.0.0"));
        assert_eq!(version("7.00.0.0"), version("7"));
        assert_eq!(version("16.0.10336.00000"), version("16.0.10336"));
        assert!(version("1.9") < version("1.10"));
        for bad in ["", "1.", "1.2.3.4.5", "a", "-1", "+1", "4294967296", "1 .2"] {
            assert!(bad.parse::<Version>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_of_comparisons_are_read_in_any_case() {
        assert_eq!("greaterthan".parse(), Ok(Comparison::GreaterThan));
        assert_eq!("CONTAINS".parse(), Ok(TextComparison::Contains));
        assert!("Near".parse::<Comparison>().is_err());
    }

    #[test]
    fn the_observed_value_stands_on_the_left() {
        assert!(Comparison::GreaterThan.holds(2.cmp(&1)));
        assert!(!Comparison::LessThan.holds(1.cmp(&1)));
        assert!(TextComparison::BeginsWith.holds("Windows", "WIN"));
        assert!(!TextComparison::BeginsWith.holds("win", "windows"));
        assert!(TextComparison::EndsWith.holds("a.SYS", ".sys"));
    }
}
