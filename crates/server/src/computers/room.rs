//! Room for newcomers. Anybody may say that he is a computer, and another one the next moment: what that costs is bounded.

use std::time::Duration;

use store::StoreError;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::app::App;

/// How long newcomers are refused without asking the database again, once nobody was left who could give way.
const FULL: Duration = Duration::from_secs(60);

/// Whether there is room for another computer.
#[derive(Default)]
pub(crate) struct Room {
    /// When there was none the last time. One at a time looks.
    was_full: Mutex<Option<Instant>>,
}

impl Room {
    /// Sees to it that there is room for a computer nobody has heard of; false when there is none.
    ///
    /// Up to `limits.computers_max` nothing is done. Beyond, computers that only ever said that they exist give way, then those
    /// that were silent for a month; those an administrator put into a group never do.
    pub(crate) async fn admit(&self, app: &App) -> Result<bool, StoreError> {
        let most = app.config.limits.computers_max;
        if app.computers.count() < most {
            return Ok(true);
        }
        let mut was_full = self.was_full.lock().await;
        if was_full.is_some_and(|since| since.elapsed() < FULL) {
            return Ok(false);
        }
        let (forgotten, has_room) = app.store.make_room(most, app.now()).await?;
        forgotten.iter().for_each(|computer| app.computers.forget(computer));
        app.metrics.computers_displaced.inc_by(forgotten.len() as u64);
        *was_full = (!has_room).then(Instant::now);
        if !forgotten.is_empty() {
            tracing::warn!(
                forgotten = forgotten.len(),
                computers_max = most,
                "forgot computers that never reported or were silent for a month, to make room for others; somebody may be making \
                 them up"
            );
        }
        if !has_room {
            tracing::error!(
                computers_max = most,
                "there is no room for more computers: newcomers are refused; remove those that are gone, or raise limits.computers_max"
            );
        }
        Ok(has_room)
    }
}
