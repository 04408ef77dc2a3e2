//! Times that another server tells, by this server's clock.

use jiff::{SignedDuration, Timestamp};

/// Clocks that differ by no more than this are taken for the same (MS-WSUSSS, note 50).
pub(super) const SAME: SignedDuration = SignedDuration::from_secs(60);

/// By how much another server's clock differs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    now: Timestamp,
    ahead: SignedDuration,
}

impl Clock {
    /// This clock says `now` when the other says `theirs`.
    pub(super) fn new(now: Timestamp, theirs: Timestamp) -> Self {
        let ahead = now.duration_since(theirs);
        Self { now, ahead: if ahead.abs() > SAME { ahead } else { SignedDuration::ZERO } }
    }

    /// A time that was told, by this clock. None lies in the future: it could not be corrected before that has come.
    pub(super) fn here(&self, told: Timestamp) -> Timestamp {
        told.checked_add(self.ahead).unwrap_or(told).clamp(Timestamp::UNIX_EPOCH, self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_moved_by_what_the_clocks_differ_and_never_into_the_future() {
        let at = |seconds: i64| Timestamp::from_second(1_790_000_000 + seconds).unwrap();
        let same = Clock::new(at(0), at(30));
        assert_eq!((same.here(at(-5)), same.here(at(30))), (at(-5), at(0)));
        let behind = Clock::new(at(0), at(-7_200));
        assert_eq!((behind.here(at(-7_205)), behind.here(at(0))), (at(-5), at(0)));
        let ahead = Clock::new(at(0), at(7_200));
        assert_eq!(ahead.here(at(7_195)), at(-5));
        assert_eq!(ahead.here(Timestamp::MIN), Timestamp::UNIX_EPOCH);
    }
}
