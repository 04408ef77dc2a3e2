//! Which computers there are, and what they are.

use std::collections::HashSet;

use model::ComputerId;
use store::{ComputerNews, ComputerToTell};
use wire::reporting::rollup::{Computer, ComputerChange, SyncResult};

use super::{Round, at_most};
use crate::rollup::{RollupError, details, keep};

/// Computers told of in one call, even if the upstream takes more: 700 KB with details.
const COMPUTERS_AT_ONCE: u32 = 500;

impl Round<'_> {
    /// Tells of computers: those that changed, or all of them in a whole round.
    pub(in crate::rollup) async fn computers(&mut self) -> Result<(), RollupError> {
        let at_once = at_most(self.wanted.computers_max, COMPUTERS_AT_ONCE);
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
}
