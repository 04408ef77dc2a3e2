//! Installations are counted for the server above, which wants to know how often there were any.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{ComputerId, UpdateState};
use policy::reports::Effect;
use uuid::Uuid;

use super::Report;
use crate::counter::Counter;
use crate::database::Transaction;
use crate::rollup::is_counted;
use crate::value::{Hex, Value};
use crate::{StoreError, statement};

/// Revision number, and how often it was installed and could not be.
type Count = (u32, u32, u32);

/// Counts the installations among new events, if there is anybody to tell.
pub(super) async fn count(
    change: &mut Transaction,
    reports: &[Report],
    fresh: &[HashSet<usize>],
    numbers: &HashMap<ComputerId, i32>,
) -> Result<(), StoreError> {
    let mut counts: BTreeMap<(i32, Uuid), Count> = BTreeMap::new();
    for (report, fresh) in reports.iter().zip(fresh) {
        let Some(number) = numbers.get(&report.computer) else { continue };
        for (position, effect) in report.effects.iter().filter(|(position, _)| fresh.contains(position)) {
            let Effect::State { state, .. } = effect else { continue };
            let Some(update) = report.events.get(*position).and_then(|event| event.update) else { continue };
            let (successes, failures) = match state {
                UpdateState::Installed | UpdateState::PendingReboot => (1, 0),
                UpdateState::Failed => (0, 1),
                _ => continue,
            };
            let count = counts.entry((*number, update.update_id.0)).or_default();
            *count = (update.revision_number.number(), count.1 + successes, count.2 + failures);
        }
    }
    if counts.is_empty() || !is_counted(change).await? {
        return Ok(());
    }
    let round = Counter::Rollup.advance(change, 0).await?;
    let rows = counts.into_iter().map(|((computer, update), (revision, successes, failures))| {
        (computer, Hex(update), revision, successes, failures)
    });
    change.run(statement::INSTALL_ACTIVITY_ADD, [Value::set(rows)?, round.into()]).await.map(drop)
}
