use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::limits::PART_BYTES_MIN;

/// How much a part is shorter than what `--split` says, at least: FAT32 takes no file of 4 GiB, and `4G` is what
/// people write for a stick that has it.
const BELOW_BYTES: u64 = 4096;

/// The longest that a part may be.
///
/// Shape: a multiple of 4096 below the size that was asked for; at least [`PART_BYTES_MIN`] was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Split {
    part_bytes_max: u64,
}

/// A size that parts cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a size for parts: a number with K, M, G or T (of 1024), from 64K to 1T, such as 4G")]
pub struct InvalidSplit(String);

impl Split {
    /// Parts of less than 1 TiB: in practice none is split.
    pub const LARGEST: Self = Self { part_bytes_max: (1 << 40) - BELOW_BYTES };

    /// Parts shorter than `bytes`.
    ///
    /// # Errors
    /// [`InvalidSplit`] below [`PART_BYTES_MIN`] and above 1 TiB.
    pub fn below(bytes: u64) -> Result<Self, InvalidSplit> {
        if (PART_BYTES_MIN..=1 << 40).contains(&bytes) {
            Ok(Self { part_bytes_max: (bytes - 1) / BELOW_BYTES * BELOW_BYTES })
        } else {
            Err(InvalidSplit(bytes.to_string()))
        }
    }

    /// How long a part may be, in bytes.
    pub fn part_bytes_max(self) -> u64 {
        self.part_bytes_max
    }
}

impl FromStr for Split {
    type Err = InvalidSplit;

    fn from_str(text: &str) -> Result<Self, InvalidSplit> {
        let invalid = || InvalidSplit(text.chars().take(40).collect());
        let trimmed = text.trim().to_ascii_uppercase();
        let digits = trimmed.trim_end_matches(|character: char| !character.is_ascii_digit());
        let factor = match trimmed.strip_prefix(digits) {
            Some("") => 1,
            Some("K" | "KIB") => 1 << 10,
            Some("M" | "MIB") => 1 << 20,
            Some("G" | "GIB") => 1 << 30,
            Some("T" | "TIB") => 1 << 40,
            _ => return Err(invalid()),
        };
        let bytes = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
        Self::below(bytes.ok_or_else(invalid)?).map_err(|_| invalid())
    }
}

impl fmt::Display for Split {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} bytes", self.part_bytes_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_gibibytes_fit_fat32() {
        let split: Split = "4G".parse().unwrap();
        assert!(split.part_bytes_max() < u64::from(u32::MAX));
        assert_eq!(split.part_bytes_max(), (4 << 30) - 4096);
        assert_eq!("4096 m".parse::<Split>(), Err(InvalidSplit("4096 m".to_owned())));
        assert_eq!("4096MiB".parse(), Ok(split));
    }

    #[test]
    fn sizes_out_of_bounds_are_refused() {
        for bad in ["", "G", "63K", "2T", "-4G", "4X", "99999999999999999999G", "18446744073709551615T"] {
            assert!(bad.parse::<Split>().is_err(), "{bad:?}");
        }
        assert_eq!("64K".parse::<Split>().unwrap().part_bytes_max(), 61440);
        assert_eq!("1T".parse(), Ok(Split::LARGEST));
    }
}
