//! RollupComputerStatus.

use store::{StatesNews, StoreError};
use wire::reporting::rollup::{ComputerStatus, RollupComputerStatus};

use super::clock::Clock;
use super::{hierarchy, refused};
use crate::admin::chain;
use crate::app::App;
use crate::soap::refusal::Refusal;

/// MS-WSUSSS 3.1.4.17. `true` means: durable, or known before. `false`: the database cannot be written just now; the
/// server below comes again in a minute.
pub(super) async fn take(app: &App, request: RollupComputerStatus) -> Result<bool, Refusal> {
    let hierarchy = hierarchy(app).await?;
    let server = request.parent_server_id;
    if hierarchy.speaker(server).is_none() {
        return Err(refused(server, "it did not say who it is before, or is refused"));
    }
    let clock = Clock::new(app.now(), request.client_time);
    let news: Vec<StatesNews> = request.computers.into_iter().map(|told| states_news(told, clock)).collect();
    match app.store.take_states(&hierarchy.within(server), &news).await {
        Ok(taken) => {
            let store::StatesTaken { computers, stale, strange, updates_dropped } = taken;
            tracing::debug!(server.id = %server, computers, stale, strange, updates_dropped, "took states of computers");
            Ok(true)
        }
        Err(error @ (StoreError::Unavailable { .. } | StoreError::Full { .. })) => {
            tracing::error!(
                server.id = %server, error = chain(&error),
                "states that a server below tells could not be kept; it is asked to come again in a minute"
            );
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

fn states_news(told: ComputerStatus, clock: Clock) -> StatesNews {
    StatesNews {
        computer: told.computer_id,
        number: told.rollup_number,
        is_full: told.is_full_rollup,
        effective: told.effective_last_detection_time.map(|at| clock.here(at)),
        states: told
            .update_status
            .into_iter()
            .map(|one| (one.update_id, one.state, clock.here(one.last_change_time)))
            .collect(),
    }
}
