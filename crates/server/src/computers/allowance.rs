//! How many events a computer may report in a day: one that reports without end must not fill the disk of all.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::{ComputerId, Timestamp};

/// Events of one computer that are taken in a day. A scan makes 2 to 10, a day with many installations some hundred.
pub const EVENTS_DAILY_MAX: usize = 10_000;

/// Computers whose events are counted: more than twice the largest estate. Anybody can make more of them up.
const COUNTED_MAX: usize = 250_000;
/// Those that reported no more than this are forgotten first, once there are more.
const LITTLE: usize = EVENTS_DAILY_MAX / 10;

const DAY_SECS: i64 = 24 * 60 * 60;

/// What each computer reported today, by this server's clock.
#[derive(Default)]
pub(crate) struct Allowance {
    today: Mutex<Today>,
}

#[derive(Default)]
struct Today {
    day: i64,
    events: HashMap<ComputerId, usize>,
}

/// A computer has reported all it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UsedUp {
    /// It is the first time today: worth a line in the log.
    pub(crate) is_news: bool,
}

impl Allowance {
    /// Counts `events` more of a computer; all of them or none are allowed.
    pub(crate) fn spend(&self, computer: &ComputerId, events: usize, now: Timestamp) -> Result<(), UsedUp> {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        let day = now.as_second().div_euclid(DAY_SECS);
        if day != today.day {
            *today = Today { day, events: HashMap::new() };
        }
        if today.events.len() >= COUNTED_MAX && !today.events.contains_key(computer) {
            today.make_room();
        }
        let spent = today.events.entry(computer.clone()).or_default();
        if *spent > EVENTS_DAILY_MAX {
            return Err(UsedUp { is_news: false });
        }
        let sum = spent.saturating_add(events);
        if sum > EVENTS_DAILY_MAX {
            // A smaller batch behind this one is not taken either: news in their order, or none.
            *spent = EVENTS_DAILY_MAX + 1;
            return Err(UsedUp { is_news: true });
        }
        *spent = sum;
        Ok(())
    }

    /// Takes back what was not kept after all.
    pub(crate) fn give_back(&self, computer: &ComputerId, events: usize) {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(spent) = today.events.get_mut(computer) {
            *spent = spent.saturating_sub(events);
            if *spent == 0 {
                today.events.remove(computer);
            }
        }
    }
}

impl Today {
    /// Forgets those that have most of their day left, or if need be all: then some may report more than a day's.
    fn make_room(&mut self) {
        self.events.retain(|_, spent| *spent > LITTLE);
        if self.events.len() >= COUNTED_MAX {
            self.events = HashMap::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_c7_a_computer_that_reports_without_end_has_used_up_its_day_and_no_others() {
        let (allowance, now) = (Allowance::default(), Timestamp::from_second(10 * DAY_SECS).unwrap());
        let (flood, honest): (ComputerId, ComputerId) = ("flood".parse().unwrap(), "honest".parse().unwrap());
        for _ in 0..10 {
            assert_eq!(allowance.spend(&flood, EVENTS_DAILY_MAX / 10, now), Ok(()));
        }
        assert_eq!(allowance.spend(&flood, 1, now), Err(UsedUp { is_news: true }));
        assert_eq!(allowance.spend(&flood, 1, now), Err(UsedUp { is_news: false }));
        assert_eq!(allowance.spend(&honest, EVENTS_DAILY_MAX, now), Ok(()));
        allowance.give_back(&honest, 7);
        assert_eq!(allowance.spend(&honest, 7, now), Ok(()), "what the database did not take does not count");
        let tomorrow = Timestamp::from_second(11 * DAY_SECS).unwrap();
        assert_eq!(allowance.spend(&flood, 1, tomorrow), Ok(()), "tomorrow is another day");
        assert_eq!(allowance.today.lock().unwrap().events.len(), 1, "of yesterday nothing is kept");
    }

    #[test]
    fn sec_c7_computers_that_are_made_up_take_no_memory_without_end_and_no_ones_count() {
        let (allowance, now) = (Allowance::default(), Timestamp::from_second(10 * DAY_SECS).unwrap());
        let flood: ComputerId = "flood".parse().unwrap();
        assert_eq!(allowance.spend(&flood, EVENTS_DAILY_MAX, now), Ok(()));
        for number in 0..COUNTED_MAX {
            let made_up = format!("made-up-{number}").parse().unwrap();
            assert_eq!(allowance.spend(&made_up, 1, now), Ok(()));
        }
        assert!(allowance.today.lock().unwrap().events.len() <= COUNTED_MAX);
        assert_eq!(allowance.spend(&flood, 1, now), Err(UsedUp { is_news: true }), "what it spent is known still");
        let refused: ComputerId = "refused".parse().unwrap();
        let before = allowance.today.lock().unwrap().events.len();
        assert_eq!(allowance.spend(&refused, 5, now), Ok(()));
        allowance.give_back(&refused, 5);
        assert_eq!(allowance.today.lock().unwrap().events.len(), before, "of one that was not let in nothing is kept");
    }
}
