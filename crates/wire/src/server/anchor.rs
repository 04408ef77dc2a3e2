use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::Offset;

use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// A point in the changes of an upstream server, in its own words; nobody else looks inside (MS-WSUSSS 3.1.1).
///
/// Shape: 1 to 256 bytes, not all of them white space. An empty anchor on the wire is no anchor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Anchor(Box<str>);

/// A text that cannot be an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an anchor has 1 to 256 bytes, not all of them white space")]
pub struct InvalidAnchor;

impl Anchor {
    /// The anchor of native WSUS for change `number` at `time`: `4742,2006-05-26 18:59:26.192` (MS-WSUSSS note 31).
    ///
    /// Native numbers are 1 to 2³¹ − 1; a reader that keeps to that refuses others.
    pub fn numbered(number: u32, time: Timestamp) -> Self {
        let local = Offset::UTC.to_datetime(time);
        let (date, clock) = (local.date(), local.time());
        Self(
            format!(
                "{number},{} {:02}:{:02}:{:02}.{:03}",
                crate::time::format_date(date),
                clock.hour(),
                clock.minute(),
                clock.second(),
                clock.millisecond()
            )
            .into(),
        )
    }

    /// The number of an anchor in the form of native WSUS; `None` for any other form.
    pub fn number(&self) -> Option<u32> {
        let (number, time) = self.0.split_once(',')?;
        let plain = (1..=10).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        let number = number.parse().ok().filter(|number| plain && *number <= i32::MAX.unsigned_abs())?;
        let (date, clock) = time.split_once(' ')?;
        crate::time::parse(&format!("{date}T{clock}")).map(|_| number)
    }

    /// Whether this is an earlier point than `other` of the same server: by number in the form of native WSUS, by time in
    /// that of Microsoft's service, `2026-10-05 17:27:44.393`. Anchors of other forms, or of two, are not compared.
    pub fn is_before(&self, other: &Self) -> bool {
        match (self.number(), other.number()) {
            (Some(one), Some(other)) => one < other,
            (None, None) => self.time().zip(other.time()).is_some_and(|(one, other)| one < other),
            _ => false,
        }
    }

    /// The time of an anchor that is nothing else.
    fn time(&self) -> Option<Timestamp> {
        let (date, clock) = self.0.split_once(' ')?;
        crate::time::parse(&format!("{date}T{clock}"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Anchor {
    type Err = InvalidAnchor;

    fn from_str(text: &str) -> Result<Self, InvalidAnchor> {
        if text.trim().is_empty() || text.len() > limits::ANCHOR.max {
            Err(InvalidAnchor)
        } else {
            Ok(Self(text.into()))
        }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// An anchor that may be absent, which an empty one says as well.
impl Wire for Option<Anchor> {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        // What is left to refuse is white space alone.
        Ok(input.text(limits::ANCHOR)?.parse().ok())
    }

    fn write(&self, out: &mut Output) {
        if let Some(anchor) = self {
            out.text(&anchor.0);
        }
    }
}

impl Wire for Anchor {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let anchor: Option<Self> = input.value()?;
        anchor.ok_or_else(|| input.malformed("", "an anchor"))
    }

    fn write(&self, out: &mut Output) {
        out.text(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_anchor_has_the_native_form() {
        let time = crate::time::parse("2006-05-26T18:59:26.192999Z").unwrap();
        let anchor = Anchor::numbered(4742, time);
        assert_eq!(anchor.as_str(), "4742,2006-05-26 18:59:26.192");
        assert_eq!(anchor.number(), Some(4742));
        let largest = Anchor::numbered(i32::MAX.unsigned_abs(), time);
        assert_eq!(largest.as_str().parse::<Anchor>().unwrap().number(), Some(2_147_483_647));
    }

    #[test]
    fn anchors_of_one_form_are_compared() {
        let is_before = |one: &str, other: &str| one.parse::<Anchor>().unwrap().is_before(&other.parse().unwrap());
        assert!(is_before("9,2026-10-05 17:27:44.393", "10,2006-05-26 18:59:26.192"), "the number counts");
        assert!(is_before("2026-10-05 17:27:44.393", "2026-10-05 17:27:44.400"));
        for (one, other) in [
            ("10,2006-05-26 18:59:26.192", "10,2006-05-26 18:59:26.192"),
            ("2026-10-05 17:27:44.393", "2026-10-05 17:27:44.393"),
            ("9,2026-10-05 17:27:44.393", "2026-10-05 17:27:44.393"),
            ("1", "2"),
        ] {
            assert!(!is_before(one, other), "{one} {other}");
        }
    }

    #[test]
    fn other_forms_are_anchors_without_a_number() {
        for text in [
            "2026-10-05 17:27:44.393",
            "garbage",
            "1",
            ",2006-05-26 18:59:26.192",
            "-1,2006-05-26 18:59:26.192",
            "+1,2006-05-26 18:59:26.192",
            "2147483648,2006-05-26 18:59:26.192",
            "1,2006-05-26T18:59:26.192",
            "1,2006-13-26 18:59:26.192",
            "1,",
        ] {
            assert_eq!(text.parse::<Anchor>().unwrap().number(), None, "{text}");
        }
        for text in ["", " ", &"1".repeat(257)] {
            assert_eq!(text.parse::<Anchor>(), Err(InvalidAnchor), "{text}");
        }
    }
}
