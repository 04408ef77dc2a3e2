//! The states of updates on computers.

use std::time::Duration;

use store::DueStates;
use uuid::Uuid;
use wire::limits;
use wire::reporting::rollup::{ComputerStatus, LastRollupNumber, UpdateStatus};

use super::{Round, at_most};
use crate::rollup::RollupError;

/// Numbers compared in one call, even if the upstream takes more: 750 KB.
const NUMBERS_AT_ONCE: u32 = 5_000;
/// Computers whose states are told in one call, even if the upstream takes more.
const STATES_AT_ONCE: u32 = 100;
/// States in one call, unless one computer alone has more: 1.1 MB.
const ROWS_AT_ONCE: usize = 5_000;
/// How often an upstream that is busy is told again, as native servers do (MS-WSUSSS 3.2.4.5, note 77),
const BUSY_TRIES: u32 = 4;
/// and how long it is left alone before.
const BUSY_PAUSE: Duration = Duration::from_secs(60);

impl Round<'_> {
    /// Asks whether the upstream has the states it was told; those it has not are told completely.
    pub(in crate::rollup) async fn compare(&mut self) -> Result<(), RollupError> {
        let at_once = at_most(self.wanted.out_of_sync_computers_max, NUMBERS_AT_ONCE);
        let store = &self.app.store;
        let mut after = 0;
        loop {
            let (page, last) = store.rollup_numbers(self.number, after, self.details.is_whole, at_once).await?;
            let Some(last) = last else { return Ok(()) };
            after = last;
            let numbers = page.into_iter();
            let numbers =
                numbers.map(|(computer_id, rollup_number)| LastRollupNumber { computer_id, rollup_number }).collect();
            let diverged = self.session.out_of_sync_computers(self.own, numbers).await?;
            self.details.healed += diverged.len();
            store.tell_states_in_full(&diverged).await?;
        }
    }

    /// Tells the states of updates: those that changed, or all of a computer.
    pub(in crate::rollup) async fn states(&mut self) -> Result<(), RollupError> {
        let at_once = at_most(self.wanted.computer_status_max, STATES_AT_ONCE);
        let mut after = 0;
        loop {
            let (page, last) = self.app.store.states_to_tell(self.number, after, at_once).await?;
            let Some(last) = last else { return Ok(()) };
            after = last;
            for set in sets(&page, |one| one.news.states.len()) {
                self.set_of_states(set).await?;
            }
        }
    }

    async fn set_of_states(&mut self, set: &[DueStates]) -> Result<(), RollupError> {
        for tried in 0..BUSY_TRIES {
            if tried > 0 {
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            self.app.store.renew_rollup(Some(self.app.now())).await?;
            let told = set.iter().map(status).collect();
            if self.session.roll_up_states(self.own, told, self.app.now()).await? {
                self.app.store.told_states(self.number, set).await?;
                self.details.states += set.len();
                return Ok(());
            }
        }
        Err(RollupError::Busy(BUSY_TRIES))
    }
}

/// Cuts a page into sets of at most [`ROWS_AT_ONCE`] rows together, and at least one item.
fn sets<T>(mut page: &[T], rows_of: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let mut sets = Vec::new();
    while !page.is_empty() {
        let mut rows = 0;
        let fits = page.iter().take_while(|one| {
            rows += rows_of(one);
            rows <= ROWS_AT_ONCE
        });
        let (set, rest) = page.split_at(fits.count().max(1));
        sets.push(set);
        page = rest;
    }
    sets
}

fn status(due: &DueStates) -> ComputerStatus {
    let states = due.news.states.iter().take(limits::UPDATE_STATUS.max);
    ComputerStatus {
        instance_id: Uuid::new_v4(),
        computer_id: due.news.computer.clone(),
        effective_last_detection_time: due.news.effective,
        rollup_number: due.news.number,
        is_full_rollup: due.news.is_full,
        update_status: states
            .map(|(update_id, state, at)| UpdateStatus { update_id: *update_id, state: *state, last_change_time: *at })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_as_many_states_as_a_slow_line_carries_and_at_least_one_computer() {
        let cut = |page: &[usize]| sets(page, |rows| *rows).into_iter().map(<[usize]>::to_vec).collect::<Vec<_>>();
        assert_eq!(cut(&[]), Vec::<Vec<usize>>::new());
        assert_eq!(cut(&[0, 2_000, 3_000, 1]), [vec![0, 2_000, 3_000], vec![1]]);
        assert_eq!(cut(&[9_000, 9_000, 1, 1]), [vec![9_000], vec![9_000], vec![1, 1]]);
    }
}
