//! States that the server above is to be told.

use std::collections::HashMap;

use model::{ComputerId, Timestamp, UpdateId, UpdateState};

use super::{StatesNews, ToldState};
use crate::codec::{micros, optional_timestamp, timestamp, update_state, uuid};
use crate::computers::computer_id;
use crate::value::Value;
use crate::{Store, StoreError, statement};

/// The states of a computer that are to be told, and what is noted of them then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueStates {
    /// What to tell.
    pub news: StatesNews,
    number: i32,
    reported_at: Timestamp,
}

/// A computer whose states are to be told.
struct Due {
    number: i32,
    computer: ComputerId,
    /// Of the last rollup that was acknowledged; 0 before the first.
    rollup_number: u32,
    is_full: bool,
    reported_at: Timestamp,
    effective: Option<Timestamp>,
}

impl Store {
    /// Of the computers behind the number `after` whose states are to be told in `round`, or of `all` that report, so
    /// many: each with the number of its last rollup; and the number of the last one, `None` at the end.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rollup_numbers(
        &self,
        round: i64,
        after: i32,
        all: bool,
        limit: u32,
    ) -> Result<(Vec<(ComputerId, u32)>, Option<i32>), StoreError> {
        let due = self.due(round, after, all, limit).await?;
        let last = due.last().map(|one| one.number);
        Ok((due.into_iter().map(|one| (one.computer, one.rollup_number)).collect(), last))
    }

    /// The states that are to be told in `round`, of so many computers behind the number `after`; and the number of the
    /// last one, `None` at the end.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn states_to_tell(
        &self,
        round: i64,
        after: i32,
        limit: u32,
    ) -> Result<(Vec<DueStates>, Option<i32>), StoreError> {
        let due = self.due(round, after, false, limit).await?;
        let last = due.last().map(|one| one.number);
        let numbers = |is_full: bool| {
            Value::set(due.iter().filter(|one| one.is_full == is_full).map(|one| (one.number,)).collect::<Vec<_>>())
        };
        type Changed = (i32, Vec<u8>, Option<i16>, Option<i64>);
        let full: Vec<Changed> = self.database.rows(statement::ROLLUP_FACTS, [numbers(true)?]).await?;
        let values = [numbers(false)?, round.into()];
        let changed: Vec<Changed> = self.database.rows(statement::ROLLUP_CHANGES, values).await?;
        let reported: HashMap<i32, Timestamp> = due.iter().map(|one| (one.number, one.reported_at)).collect();
        let mut states: HashMap<i32, Vec<ToldState>> = HashMap::new();
        for (computer, update, state, since) in full.into_iter().chain(changed) {
            // What has no state any more was in no list of the last report.
            let Some(reported) = reported.get(&computer) else { continue };
            let state = state.map_or(Ok(UpdateState::NotApplicable), update_state)?;
            let since = since.map_or(Ok(*reported), |secs| timestamp(secs.saturating_mul(1_000_000)))?;
            states.entry(computer).or_default().push((UpdateId(uuid(&update)?), state, since));
        }
        let news = |one: Due| DueStates {
            news: StatesNews {
                computer: one.computer,
                number: one.rollup_number.saturating_add(1),
                is_full: one.is_full,
                effective: one.effective,
                states: states.remove(&one.number).unwrap_or_default(),
            },
            number: one.number,
            reported_at: one.reported_at,
        };
        Ok((due.into_iter().map(news).collect(), last))
    }

    /// Notes that the server above has taken these states in `round`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn told_states(&self, round: i64, told: &[DueStates]) -> Result<(), StoreError> {
        let mut change = self.database.write("noting which states were told").await?;
        let rows = told.iter().map(|one| (one.number, one.news.number, micros(one.reported_at)));
        change.run(statement::ROLLED_UP_STATES, [Value::set(rows)?]).await?;
        let numbers = Value::set(told.iter().map(|one| (one.number,)))?;
        change.run(statement::FACT_CHANGES_SETTLE, [numbers, round.into()]).await?;
        change.commit().await
    }

    async fn due(&self, round: i64, after: i32, all: bool, limit: u32) -> Result<Vec<Due>, StoreError> {
        type Found = (i32, String, i64, i16, i64, Option<i64>);
        let values = [after.into(), round.into(), i64::from(all).into(), i64::from(limit).into()];
        let rows: Vec<Found> = self.database.rows(statement::ROLLUP_DUE, values).await?;
        let due = |(number, id, rollup_number, is_full, reported, effective): Found| {
            Ok(Due {
                number,
                computer: computer_id(&id)?,
                rollup_number: u32::try_from(rollup_number).unwrap_or(u32::MAX),
                is_full: is_full != 0,
                reported_at: timestamp(reported)?,
                effective: optional_timestamp(effective)?,
            })
        };
        rows.into_iter().map(due).collect()
    }
}
