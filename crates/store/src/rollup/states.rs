//! States of updates on servers below's computers.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use model::{ComputerId, Timestamp, UpdateId, UpdateState};
use uuid::Uuid;

use super::below::{Known, known};
use crate::codec::micros;
use crate::computers::hold_computers;
use crate::reports::{load, number_reported, write_facts};
use crate::value::Value;
use crate::{Store, StoreError, statement};

/// The states of updates on one computer, as a server below tells them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatesNews {
    /// The computer.
    pub computer: ComputerId,
    /// Grows by one with every rollup of this computer, from 1 on.
    pub number: u32,
    /// These are all; otherwise those that changed since the last rollup.
    pub is_full: bool,
    /// How far the catalog went that the computer reported about: what came here later, it cannot know. `None`: not at
    /// all.
    pub effective: Option<Timestamp>,
    /// The states.
    pub states: Vec<ToldState>,
}

/// A state: the update, its state ([`Unknown`](UpdateState::Unknown) and [`NotApplicable`](UpdateState::NotApplicable)
/// are one), and when it became so.
pub type ToldState = (UpdateId, UpdateState, Timestamp);

/// What became of a set of states.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StatesTaken {
    /// Computers whose states were taken.
    pub computers: usize,
    /// Computers whose states came before, or out of order: nothing changed, and `out_of_sync` names the latter.
    pub stale: usize,
    /// Computers that are not known, or not of the server that tells.
    pub strange: usize,
    /// Updates without a number here that were over [`UNKNOWN_UPDATES_MAX`](crate::UNKNOWN_UPDATES_MAX).
    pub updates_dropped: usize,
}

impl Store {
    /// Takes states of computers of `servers`, in one transaction.
    ///
    /// Changes are taken in order only: number by number. Complete states are taken if their number is new. So what is
    /// sent again, by the server itself or by whoever recorded it, changes nothing, and a gap is found by
    /// [`out_of_sync`](Self::out_of_sync) and healed by complete states.
    ///
    /// # Errors
    /// Those of the database; then nothing is taken.
    pub async fn take_states(&self, servers: &HashSet<Uuid>, news: &[StatesNews]) -> Result<StatesTaken, StoreError> {
        let mut change = self.database.write("taking states of computers of servers below").await?;
        hold_computers(&mut change).await?;
        let known = known(&mut change, news.iter().map(|one| &one.computer)).await?;
        let mut done = StatesTaken::default();
        let mut taken: BTreeMap<i32, (&StatesNews, &Known)> = BTreeMap::new();
        for one in news {
            let own = known.get(&one.computer).filter(|known| known.server.is_some_and(|id| servers.contains(&id)));
            match own {
                None => done.strange += 1,
                Some(known) if follows(known, one) => {
                    taken.insert(known.number, (one, known));
                }
                Some(_) => done.stale += 1,
            }
        }
        let named: BTreeSet<UpdateId> =
            taken.values().flat_map(|(one, _)| one.states.iter().map(|(update, ..)| *update)).collect();
        let (updates, dropped) = number_reported(&mut change, named).await?;
        let mut facts = load(&mut change, taken.keys().copied()).await?;
        for (number, (one, _)) in &taken {
            let told = one
                .states
                .iter()
                .filter_map(|(update, state, at)| Some((*updates.get(update)?, *state, at.as_second())));
            facts.entry(*number).or_default().tell(one.is_full, told);
        }
        write_facts(&mut change, &facts).await?;
        let rows = taken.iter().map(|(number, (one, known))| {
            let report = known.told_report_us.or(known.compliance_us);
            (number, report, one.effective.map_or(0, micros), one.number)
        });
        change.run(statement::BELOW_STATES, [Value::set(rows)?]).await?;
        change.commit().await?;
        done.computers = taken.len();
        done.updates_dropped = dropped;
        Ok(done)
    }

    /// Those of `servers`' computers whose last states are not the ones that their server sent last. From them,
    /// complete states are taken next, whatever their number.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn out_of_sync(
        &self,
        servers: &HashSet<Uuid>,
        numbers: &[(ComputerId, u32)],
    ) -> Result<Vec<ComputerId>, StoreError> {
        let mut change = self.database.write("comparing numbers of rollups").await?;
        hold_computers(&mut change).await?;
        let known = known(&mut change, numbers.iter().map(|(id, _)| id)).await?;
        let differs = |(id, number): &&(ComputerId, u32)| {
            let own = known.get(id).filter(|known| known.server.is_some_and(|id| servers.contains(&id)));
            own.is_some_and(|known| known.rollup_number != i64::from(*number))
        };
        let differing: Vec<ComputerId> = numbers.iter().filter(differs).map(|(id, _)| id.clone()).collect();
        let set = Value::set(differing.iter().filter_map(|id| Some((known.get(id)?.number,))))?;
        change.run(statement::BELOW_DISBELIEVE, [set]).await?;
        change.commit().await?;
        Ok(differing)
    }
}

/// Whether states are the next of a computer.
fn follows(known: &Known, news: &StatesNews) -> bool {
    let number = i64::from(news.number);
    if news.is_full {
        number > known.rollup_number
    } else {
        known.rollup_number > 0 && number == known.rollup_number + 1
    }
}
