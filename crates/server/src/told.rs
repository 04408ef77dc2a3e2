//! Lines of the log that would come by the thousand: the first at once, then one now and then that counts the others.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How often the log tells of the same thing: a flood must not become one of lines.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// What the log was told.
#[derive(Default)]
pub(crate) struct Told(Mutex<(Option<Instant>, u64)>);

impl Told {
    /// One more; when it is time for a line, how many there were since the last one.
    pub(crate) fn another(&self, now: Instant) -> Option<u64> {
        let (last, untold) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *untold += 1;
        if last.is_some_and(|last| now.duration_since(last) < TOLD_EVERY) {
            return None;
        }
        *last = Some(now);
        Some(std::mem::take(untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_at_once_and_the_others_together() {
        let (told, start) = (Told::default(), Instant::now());
        assert_eq!(told.another(start), Some(1));
        assert_eq!(told.another(start), None);
        assert_eq!(told.another(start + TOLD_EVERY), Some(2));
    }
}
