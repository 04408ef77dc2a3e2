//! How fast content is fetched: caps by time of day, for all downloads together.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use model::Timestamp;
use tokio::time::{Instant, sleep, sleep_until};

use crate::config::{Bandwidth, TimeOfDay};

/// How often it is looked whether a time of day has come.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// Bytes that may be taken at once when nothing was taken for a while, as a time at full speed.
const BURST: Duration = Duration::from_millis(250);

/// Gives out bytes no faster than the cap that holds allows. Whoever takes them waits his turn.
pub(super) struct Pace {
    caps: Vec<Bandwidth>,
    /// When everything that was given out will have been worth its time.
    paid_until: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(caps: Vec<Bandwidth>) -> Self {
        Self { caps, paid_until: Mutex::new(None) }
    }

    /// The cap that holds at `now`, in bytes a second; `None` when none does.
    pub(super) fn cap(&self, now: Timestamp) -> Option<u64> {
        if self.caps.is_empty() {
            return None;
        }
        let local = now.to_zoned(TimeZone::system());
        let time = TimeOfDay::new(local.hour().unsigned_abs().into(), local.minute().unsigned_abs().into())?;
        let cap = self.caps.iter().find(|cap| cap.holds_at(time))?;
        Some(cap.mib_per_sec * 1024 * 1024)
    }

    /// Waits until `bytes` more may be taken; the time is asked anew for as long as nothing may.
    pub(super) async fn take(&self, bytes: u64, now: impl Fn() -> Timestamp) {
        loop {
            match self.cap(now()) {
                None => return,
                Some(0) => sleep(LOOK_AGAIN).await,
                Some(per_sec) => return sleep_until(self.turn(bytes, per_sec, Instant::now())).await,
            }
        }
    }

    /// When bytes that are asked for at `now` may be taken.
    fn turn(&self, bytes: u64, per_sec: u64, now: Instant) -> Instant {
        let cost = Duration::from_nanos(bytes.saturating_mul(1_000_000_000) / per_sec.max(1));
        let mut paid_until = self.paid_until.lock().unwrap_or_else(PoisonError::into_inner);
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        let turn = paid_until.map_or(earliest, |paid| paid.max(earliest));
        *paid_until = Some(turn + cost);
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    fn cap(from: &str, to: &str, mib_per_sec: u64) -> Bandwidth {
        Bandwidth { from: from.parse().unwrap(), to: to.parse().unwrap(), mib_per_sec }
    }

    #[test]
    fn all_together_take_no_more_than_the_cap() {
        let pace = Pace::new(vec![cap("00:00", "00:00", 2)]);
        let start = Instant::now();
        let turns: Vec<Duration> =
            (0..6).map(|_| pace.turn(MIB, 2 * MIB, start).saturating_duration_since(start)).collect();
        assert_eq!(turns, [0, 250, 750, 1_250, 1_750, 2_250].map(Duration::from_millis));
        let later = start + Duration::from_secs(60);
        assert!(pace.turn(MIB, 2 * MIB, later) <= later, "what was not taken is not saved up");
        assert_eq!(pace.turn(MIB, 2 * MIB, later) - later, Duration::from_millis(250));
    }

    #[test]
    fn the_first_cap_that_holds_counts() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        assert_eq!(Pace::new(Vec::new()).cap(now), None);
        let pace = Pace::new(vec![cap("00:00", "00:00", 3), cap("00:00", "00:00", 9)]);
        assert_eq!(pace.cap(now), Some(3 * MIB));
    }

    #[tokio::test]
    async fn without_a_cap_nobody_waits() {
        Pace::new(Vec::new()).take(u64::MAX, || Timestamp::UNIX_EPOCH).await;
    }
}
