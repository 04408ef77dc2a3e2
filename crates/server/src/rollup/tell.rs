//! What is told, step by step.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::time::Duration;

use model::ComputerId;
use store::{ComputerNews, ComputerToTell, DownstreamRow, DueStates, RunOutcome, ServerFigures};
use sync::Session;
use uuid::Uuid;
use wire::limits;
use wire::reporting::rollup::{
    Computer, ComputerChange, ComputerStatus, DownstreamServer, LastRollupNumber, RollupConfiguration, ServerSummary,
    SyncResult, UpdateStatus,
};

use super::{RollupDetails, RollupError, RollupState, details, hierarchy_of, keep};
use crate::app::App;

/// Servers told of in one call.
const SERVERS_AT_ONCE: usize = 1_000;
/// Computers whose states are told in one call, even if the upstream takes more.
const STATES_AT_ONCE: u32 = 100;
/// States in one call, unless one computer alone has more: 1.1 MB, which a line of 256 kbit/s carries in half a minute, and an
/// upstream waits for a minute.
const ROWS_AT_ONCE: usize = 5_000;
/// How often an upstream that is busy is told again, as native servers do (MS-WSUSSS 3.2.4.5, note 77),
const BUSY_TRIES: u32 = 4;
/// and how long it is left alone before.
const BUSY_PAUSE: Duration = Duration::from_secs(60);
/// Synchronisations looked at for the last one that went well.
const RUNS: u32 = 100;

/// A round under way.
pub(super) struct Round<'a> {
    pub(super) app: &'a App,
    pub(super) session: &'a Session,
    /// What the upstream wants to know.
    pub(super) wanted: RollupConfiguration,
    /// This server.
    pub(super) own: Uuid,
    /// The round's number in the store.
    pub(super) number: i64,
    /// What is remembered of the upstream.
    pub(super) state: &'a mut RollupState,
    pub(super) details: &'a mut RollupDetails,
}

impl Round<'_> {
    /// Tells of this server and those below it. This one goes first, though the specification has it last: each is to come
    /// behind the one it asks (MS-WSUSSS 3.2.4.5; server-server.md §16.12).
    pub(super) async fn servers(&mut self, is_replica: bool) -> Result<(), RollupError> {
        let app = self.app;
        let synchronised = app.store.runs(RUNS).await?.into_iter().find(|run| run.outcome == RunOutcome::Succeeded);
        let own = DownstreamServer {
            server_id: self.own,
            full_domain_name: app.host_name(),
            last_sync_time: synchronised.and_then(|run| run.ended_at),
            parent_server_id: None,
            version: env!("CARGO_PKG_VERSION").parse().ok(),
            is_replica,
            last_rollup_time: Some(app.now()),
            summary: Some(summary(&app.store.server_figures().await?)),
            client_summaries: Vec::new(),
        };
        let rows = app.store.downstreams().await?;
        let ordered = hierarchy_of(&rows).parents_first();
        let mut rows: HashMap<Uuid, DownstreamRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        let below = ordered.iter().filter_map(|id| rows.remove(id)).map(|row| below(row, self.own));
        let servers: Vec<DownstreamServer> = std::iter::once(own).chain(below).collect();
        for part in servers.chunks(SERVERS_AT_ONCE) {
            self.session.roll_up_servers(part.to_vec(), app.now()).await?;
            self.details.servers += part.len();
        }
        Ok(())
    }

    /// Tells of computers: those that changed, or all of them in a whole round.
    pub(super) async fn computers(&mut self) -> Result<(), RollupError> {
        let at_once = at_most(self.wanted.computers_max, limits::ROLLUP_COMPUTERS.max);
        let mut after = 0;
        loop {
            // Of a whole round that was cut short, what was told is not told again.
            let all = self.details.is_whole && after >= self.state.whole_after;
            let (page, last) = self.app.store.computers_to_tell(after, all, at_once).await?;
            let Some(last) = last else { return Ok(()) };
            if !page.is_empty() {
                self.page_of_computers(&page).await?;
            }
            after = last;
            if all {
                self.state.whole_after = last;
                keep(&self.app.store, self.state).await?;
            }
        }
    }

    async fn page_of_computers(&mut self, page: &[ComputerToTell]) -> Result<(), RollupError> {
        let app = self.app;
        app.store.renew_rollup(Some(app.now())).await?;
        let told = page.iter().map(|one| self.computer(&one.news, one.has_new_details)).collect();
        let answer = self.session.roll_up_computers(told, app.now()).await?;
        let sent: HashSet<&ComputerId> = page.iter().map(|one| &one.news.computer).collect();
        let (mut gone, mut wanted) = (HashSet::new(), HashSet::new());
        for changed in answer.into_iter().filter(|changed| sent.contains(&changed.computer_id)) {
            match changed.change {
                ComputerChange::Deleted => gone.insert(changed.computer_id),
                ComputerChange::NewParent => wanted.insert(changed.computer_id),
            };
        }
        let stays = |one: &&ComputerToTell| !gone.contains(&one.news.computer) && !wanted.contains(&one.news.computer);
        let known: Vec<&ComputerToTell> = page.iter().filter(stays).collect();
        app.store.told_computers(&known, false).await?;
        self.details.computers += known.len();
        for computer in &gone {
            self.forget(computer).await?;
        }
        let again: Vec<&ComputerToTell> = page.iter().filter(|one| wanted.contains(&one.news.computer)).collect();
        if again.is_empty() {
            return Ok(());
        }
        let told = again.iter().map(|one| self.computer(&one.news, true)).collect();
        self.session.roll_up_computers(told, app.now()).await?;
        app.store.told_computers(&again, true).await?;
        app.store.tell_states_in_full(&wanted.into_iter().collect::<Vec<_>>()).await?;
        self.details.computers += again.len();
        Ok(())
    }

    /// The administrator removed it above: it goes here as well, and comes back as a new one when it speaks again.
    async fn forget(&mut self, computer: &ComputerId) -> Result<(), RollupError> {
        tracing::info!(computer.id = %computer, "the server above has removed a computer; it is forgotten here as well");
        match self.app.store.remove_computer(computer, self.app.now()).await {
            Ok(()) | Err(store::StoreError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.app.computers.forget(computer);
        self.details.removed += 1;
        Ok(())
    }

    fn computer(&self, news: &ComputerNews, with_details: bool) -> Computer {
        Computer {
            computer_id: news.computer.clone(),
            last_sync_time: news.last_contact,
            last_sync_result: match news.last_detection_ok {
                None => SyncResult::Unknown,
                Some(true) => SyncResult::Succeeded,
                Some(false) => SyncResult::Failed,
            },
            last_reported_reboot_time: None,
            last_reported_status_time: news.last_report,
            last_inventory_time: None,
            parent_server_id: news.server.unwrap_or(self.own),
            details: news.details.as_ref().filter(|_| with_details).map(details::to_wire),
        }
    }

    /// Asks whether the upstream has the states it was told; those it has not are told completely.
    pub(super) async fn compare(&mut self) -> Result<(), RollupError> {
        let at_once = at_most(self.wanted.out_of_sync_computers_max, limits::ROLLUP_NUMBERS.max);
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
    pub(super) async fn states(&mut self) -> Result<(), RollupError> {
        let at_once = self.wanted.computer_status_max.get().min(STATES_AT_ONCE);
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

/// A server below as the one above is told of it, by what is known here.
fn below(row: DownstreamRow, own: Uuid) -> DownstreamServer {
    DownstreamServer {
        server_id: row.id,
        full_domain_name: row.name,
        last_sync_time: row.last_sync,
        parent_server_id: Some(row.parent.unwrap_or(own)),
        version: row.version.and_then(|version| version.parse().ok()),
        is_replica: row.is_replica.unwrap_or_default(),
        last_rollup_time: row.last_rollup,
        summary: Some(row.summary.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()),
        client_summaries: Vec::new(),
    }
}

/// Four counters stay 0: approvals here are of updates, so that none is stale; expired updates are declined and counted there;
/// updates of the agent itself are not told from others; and files are counted by file, not by update.
fn summary(figures: &ServerFigures) -> ServerSummary {
    let count = |number: i64| u32::try_from(number.clamp(0, i32::MAX.into())).unwrap_or_default();
    ServerSummary {
        updates: count(figures.updates),
        declined_updates: count(figures.declined),
        approved_updates: count(figures.approved),
        not_approved_updates: count(figures.not_approved),
        critical_or_security_updates_not_approved: count(figures.critical_not_approved),
        updates_with_client_errors: count(figures.failed),
        updates_needed_by_computers: count(figures.needed),
        updates_up_to_date: count(figures.up_to_date),
        custom_groups: count(figures.custom_groups),
        computers: count(figures.computers),
        computers_needing_updates: count(figures.computers_needing),
        computers_with_errors: count(figures.computers_failed),
        computers_up_to_date: count(figures.computers_up_to_date),
        ..ServerSummary::default()
    }
}

/// As many as the upstream takes, and no more than may be answered.
fn at_most(announced: NonZeroU32, limit: usize) -> u32 {
    announced.get().min(u32::try_from(limit).unwrap_or(u32::MAX))
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
