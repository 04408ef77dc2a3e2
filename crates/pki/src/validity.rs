use std::fmt;

use model::Timestamp;
use serde::{Deserialize, Serialize};

/// No clock that is right says less: this program is younger. A certificate dated by such a clock would be refused by every
/// client whose clock is right. 2026-01-01T00:00:00Z.
pub const EARLIEST: Timestamp = Timestamp::constant(1_767_225_600, 0);

const DAY_SECS: i64 = 24 * 3_600;

/// From when to when a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Its first second.
    pub not_before: Timestamp,
    /// Its last second.
    pub not_after: Timestamp,
}

/// How much the end of a certificate presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// More than 90 days are left.
    None,
    /// 90 days or less.
    Notice,
    /// 30 days or less.
    Warning,
    /// 7 days or less.
    Alarm,
    /// By the clock it does not hold: it ended, or has not begun.
    Invalid,
}

impl Validity {
    /// Whole days that are left; negative when it ended.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        (self.not_after.as_second() - now.as_second()).div_euclid(DAY_SECS)
    }

    /// Whether it holds.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// How much its end presses.
    pub fn urgency(&self, now: Timestamp) -> Urgency {
        if !self.holds_at(now) {
            return Urgency::Invalid;
        }
        match self.days_left(now) {
            ..=7 => Urgency::Alarm,
            8..=30 => Urgency::Warning,
            31..=90 => Urgency::Notice,
            _ => Urgency::None,
        }
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} to {}", self.not_before, self.not_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_presses_more_the_nearer_it_is() {
        let at = |days: i64| Timestamp::from_second(days * DAY_SECS).unwrap();
        let validity = Validity { not_before: at(100), not_after: at(500) };
        let urgencies = [99, 100, 409, 410, 470, 493, 500, 501].map(|day| validity.urgency(at(day)));
        use Urgency::{Alarm, Invalid, None, Notice, Warning};
        assert_eq!(urgencies, [Invalid, None, None, Notice, Warning, Alarm, Alarm, Invalid]);
        assert_eq!((validity.days_left(at(499)), validity.days_left(at(502))), (1, -2));
    }

    #[test]
    fn the_earliest_time_is_a_new_year() {
        assert_eq!(EARLIEST.to_string(), "2026-01-01T00:00:00Z");
    }
}
