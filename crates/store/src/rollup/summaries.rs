//! What servers below tell of their computers in sum is kept.

use std::time::Duration;

use model::Timestamp;
use uuid::Uuid;

use super::servers::ServerNews;
use super::systems::text_of;
use crate::codec::micros;
use crate::database::Transaction;
use crate::statement::Statement;
use crate::value::{Hex, Value};
use crate::{StoreError, statement};

/// Most systems that are kept of all servers below together: anybody may say he is one, and make some up.
pub const SUMMARIES_MAX: usize = 100_000;
/// Most counts of installations, by server, system and update.
pub const ACTIVITIES_MAX: usize = 1_000_000;

/// How long a system counts that its server names no more: native servers name only those on which something was
/// installed.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Rows that are written by one statement.
const ROWS: usize = 20_000;

/// What became of summaries that were told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SummariesTaken {
    /// Systems that were over [`SUMMARIES_MAX`]: nothing is kept about them.
    pub systems_dropped: usize,
    /// Counts of installations that were over [`ACTIVITIES_MAX`].
    pub activities_dropped: usize,
}

/// Takes what is told with news of servers. Installations are added to those that are known.
///
/// Systems that add up to all computers of a server are all it has: what it does not name is gone.
pub(super) async fn take(
    change: &mut Transaction,
    news: &[ServerNews],
    now: Timestamp,
) -> Result<SummariesTaken, StoreError> {
    let complete: Vec<_> = news.iter().filter(|one| is_complete(one)).map(|one| (Hex(one.id),)).collect();
    if !complete.is_empty() {
        change.run(statement::CLIENT_SUMMARIES_CLEAR, [Value::set(complete)?]).await?;
    }
    let expired = now.checked_sub(KEPT).map_or(i64::MIN, micros);
    change.run(statement::CLIENT_SUMMARIES_EXPIRE, [expired.into()]).await?;

    let (mut systems, mut activities) = (Vec::new(), Vec::new());
    for one in news {
        for summary in &one.clients {
            let system = text_of(&summary.system)?;
            for activity in &summary.activities {
                let (update, number) = (activity.update.update_id.0, activity.update.revision_number.number());
                let counts = (activity.successes, activity.failures);
                activities.push((Hex(one.id), Hex(update), system.clone(), number, counts.0, counts.1));
            }
            systems.push((Hex(one.id), system, summary.computers));
        }
    }
    // One statement must not touch a row twice, and whoever writes rows in one order waits for nobody in a ring.
    systems.sort_by(|one, other| (one.0.0, &one.1).cmp(&(other.0.0, &other.1)));
    systems.dedup_by(|next, kept| (next.0, &next.1) == (kept.0, &kept.1));
    activities.sort_by(|one, other| (one.0.0, one.1.0, &one.2).cmp(&(other.0.0, other.1.0, &other.2)));
    activities.dedup_by(|next, kept| {
        let is_same = (next.0, next.1, &next.2) == (kept.0, kept.1, &kept.2);
        if is_same {
            (kept.4, kept.5) = (kept.4.saturating_add(next.4), kept.5.saturating_add(next.5));
        }
        is_same
    });
    let systems_dropped = keep_to(change, statement::CLIENT_SUMMARIES_COUNT, SUMMARIES_MAX, &mut systems).await?.len();
    for part in systems.chunks(ROWS) {
        change.run(statement::CLIENT_SUMMARIES_SET, [Value::set(part)?, micros(now).into()]).await?;
    }
    let activities_dropped = add(change, activities, ACTIVITIES_MAX).await?;
    Ok(SummariesTaken { systems_dropped, activities_dropped })
}

/// Server, update, system, revision number, successes and failures.
type Increment = (Hex<Uuid>, Hex<Uuid>, String, u32, u32, u32);

/// Adds to counts, of which `max` are kept; how many were dropped. Those that are known grow all the same.
async fn add(change: &mut Transaction, mut increments: Vec<Increment>, max: usize) -> Result<usize, StoreError> {
    let behind = keep_to(change, statement::CLIENT_ACTIVITIES_COUNT, max, &mut increments).await?;
    for part in increments.chunks(ROWS) {
        change.run(statement::CLIENT_ACTIVITIES_ADD, [Value::set(part)?]).await?;
    }
    let mut dropped = behind.len();
    for part in behind.chunks(ROWS) {
        let grown = change.run(statement::CLIENT_ACTIVITIES_GROW, [Value::set(part)?]).await?;
        dropped = dropped.saturating_sub(usize::try_from(grown).unwrap_or(usize::MAX));
    }
    Ok(dropped)
}

/// Forgets what a server told.
pub(super) async fn forget(change: &mut Transaction, server: Uuid) -> Result<(), StoreError> {
    for statement in [statement::CLIENT_SUMMARIES_FORGET, statement::CLIENT_ACTIVITIES_CLEAR] {
        change.run(statement, [server.as_bytes().as_slice().into()]).await?;
    }
    Ok(())
}

fn is_complete(news: &ServerNews) -> bool {
    let told: u64 = news.clients.iter().map(|summary| u64::from(summary.computers)).sum();
    news.computers.is_some_and(|computers| u64::from(computers) == told)
}

/// Leaves the rows for which there is room, whether they are known or not, and returns those behind.
async fn keep_to<R>(
    change: &mut Transaction,
    counted: Statement,
    max: usize,
    rows: &mut Vec<R>,
) -> Result<Vec<R>, StoreError> {
    // All that are kept are looked at to count them, and others wait meanwhile.
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let count: Option<(i64,)> = change.row(counted, []).await?;
    let taken = count.map_or(0, |(count,)| usize::try_from(count).unwrap_or(usize::MAX));
    Ok(rows.split_off(rows.len().min(max.saturating_sub(taken))))
}

#[cfg(test)]
mod tests;
