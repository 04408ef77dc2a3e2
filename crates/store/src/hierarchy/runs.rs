//! The history of synchronisations.

use model::Timestamp;

use crate::codec::{micros, optional_timestamp, timestamp};
use crate::counter::Counter;
use crate::database::Transaction;
use crate::{Store, StoreError, statement};

/// How a synchronisation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOutcome {
    /// It has not.
    UnderWay,
    /// All of it is in effect.
    Succeeded,
    /// Nothing of it is in effect; what was fetched is kept.
    Failed,
    /// The same: the server stopped meanwhile.
    CutShort,
}

/// One synchronisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Its number; grows with time.
    pub id: i32,
    /// The upstream's address.
    pub upstream: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How.
    pub outcome: RunOutcome,
    /// What was found, taken and refused, and what failed: JSON.
    pub details: String,
}

impl Store {
    /// Notes that one begins; its number.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin_run(&self, upstream: &str, now: Timestamp, details: &str) -> Result<i32, StoreError> {
        let mut change = self.database.write("noting a synchronisation").await?;
        let id = Counter::SyncRun.take(&mut change, 1).await?.next();
        let id = id.ok_or_else(|| StoreError::corrupt("noting a synchronisation", "no number was given"))?;
        let values = [id.into(), upstream.into(), micros(now).into(), details.into()];
        change.run(statement::SYNC_RUN_BEGIN, values).await?;
        change.commit().await?;
        Ok(id)
    }

    /// Notes how one ended that changed nothing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_run(
        &self,
        run: i32,
        outcome: RunOutcome,
        now: Timestamp,
        details: &str,
    ) -> Result<(), StoreError> {
        let mut change = self.database.write("noting how a synchronisation ended").await?;
        end_run(&mut change, run, outcome, now, details).await?;
        change.commit().await
    }

    /// The last synchronisations, the latest first; at most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn runs(&self, limit: u32) -> Result<Vec<RunRow>, StoreError> {
        type Found = (i32, String, i64, Option<i64>, i16, String);
        let rows: Vec<Found> = self.database.rows(statement::SYNC_RUNS, [i64::from(limit).into()]).await?;
        let row = |(id, upstream, started, ended, outcome, details): Found| {
            Ok(RunRow {
                id,
                upstream,
                started_at: timestamp(started)?,
                ended_at: optional_timestamp(ended)?,
                outcome: run_outcome(outcome)?,
                details,
            })
        };
        rows.into_iter().map(row).collect()
    }

    /// Notes that what was under way was cut short, which is the case when the server starts; how many were.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn cut_runs_short(&self, now: Timestamp) -> Result<u64, StoreError> {
        let operation = "noting what was cut short";
        self.database.change(operation, statement::SYNC_RUNS_CUT, [micros(now).into()]).await
    }

    /// Forgets those that began before a time; how many did.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn expire_runs(&self, before: Timestamp) -> Result<u64, StoreError> {
        let operation = "forgetting old synchronisations";
        self.database.change(operation, statement::SYNC_RUNS_EXPIRE, [micros(before).into()]).await
    }
}

pub(super) async fn end_run(
    change: &mut Transaction,
    run: i32,
    outcome: RunOutcome,
    now: Timestamp,
    details: &str,
) -> Result<(), StoreError> {
    let values = [run.into(), micros(now).into(), i32::from(outcome_number(outcome)).into(), details.into()];
    change.run(statement::SYNC_RUN_END, values).await.map(drop)
}

/// INVARIANT: a number never changes its meaning.
const fn outcome_number(outcome: RunOutcome) -> i16 {
    match outcome {
        RunOutcome::UnderWay => 0,
        RunOutcome::Succeeded => 1,
        RunOutcome::Failed => 2,
        RunOutcome::CutShort => 3,
    }
}

fn run_outcome(number: i16) -> Result<RunOutcome, StoreError> {
    match number {
        0 => Ok(RunOutcome::UnderWay),
        1 => Ok(RunOutcome::Succeeded),
        2 => Ok(RunOutcome::Failed),
        3 => Ok(RunOutcome::CutShort),
        _ => Err(StoreError::corrupt("reading synchronisations", format!("{number} is no outcome"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, on_both};

    #[tokio::test]
    async fn a_run_ends_once_one_way_or_another() {
        on_both(async |store| {
            let first = store.begin_run("http://up.example", at(1), "{}").await.unwrap();
            store.end_run(first, RunOutcome::Failed, at(2), r#"{"error":"x"}"#).await.unwrap();
            let second = store.begin_run("http://up.example", at(3), "{}").await.unwrap();
            assert_eq!(store.cut_runs_short(at(4)).await.unwrap(), 1);
            let runs = store.runs(10).await.unwrap();
            let seen: Vec<_> = runs.iter().map(|run| (run.id, run.outcome, run.ended_at)).collect();
            let expected = [(second, RunOutcome::CutShort, Some(at(4))), (first, RunOutcome::Failed, Some(at(2)))];
            assert_eq!(seen, expected);
            assert_eq!(runs[1].details, r#"{"error":"x"}"#);
            assert_eq!(store.expire_runs(at(3)).await.unwrap(), 1);
            assert_eq!(store.runs(10).await.unwrap().len(), 1);
        })
        .await;
    }
}
