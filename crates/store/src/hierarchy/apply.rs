//! A synchronisation, or an archive, becomes part of the catalog: one transaction, one generation, all or nothing.

use model::{Approval, ChangeMark, Sha1, Timestamp, UpdateId, UpdateIdentity};
use uuid::Uuid;

use super::replica::{self, Mirrored, ReplicaState};
use super::runs::{self, RunOutcome};
use super::{documents, driver_sets, files};
use crate::acquisition;
use crate::catalog::approvals;
use crate::codec::unsigned;
use crate::counter::Counter;
use crate::database::Transaction;
use crate::import::take;
use crate::value::{Hex, Value};
use crate::{Imported, Prepared, Store, StoreError, statement};

/// A change under way. Nothing of it is visible, and all of it is gone if it is dropped before
/// [`commit`](Self::commit).
///
/// On SQLite nobody else writes meanwhile: what takes long is done before, by [`Store::prepare`].
pub struct Applying {
    change: Transaction,
    now: Timestamp,
    mark: ChangeMark,
    is_change: bool,
}

impl Store {
    /// Begins to apply something.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn apply(&self, now: Timestamp) -> Result<Applying, StoreError> {
        let mut change = self.changing("applying a synchronisation").await?;
        let mark = ChangeMark(unsigned(Counter::Mark.advance(&mut change, 0).await?));
        Ok(Applying { change, now, mark, is_change: false })
    }

    /// Deployments that were removed after the first generation, and not after the second.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn dead_deployments(
        &self,
        after: ChangeMark,
        until: ChangeMark,
    ) -> Result<Vec<model::DeploymentId>, StoreError> {
        let number = |mark: ChangeMark| i64::try_from(mark.0).unwrap_or(i64::MAX);
        let values = [number(after).into(), number(until).into()];
        let rows: Vec<(i32,)> = self.database.rows(statement::DEAD_DEPLOYMENTS, values).await?;
        Ok(rows.into_iter().map(|(number,)| model::DeploymentId(number)).collect())
    }
}

impl Applying {
    /// The generation it will be.
    pub const fn mark(&self) -> ChangeMark {
        self.mark
    }

    /// Takes a set of revisions; what became of each, in order.
    ///
    /// # Errors
    /// Those of the database; then the whole change has to be dropped.
    pub async fn import(&mut self, prepared: &[Prepared]) -> Result<Vec<Imported>, StoreError> {
        let outcomes = take(&mut self.change, prepared, self.now).await?;
        self.is_change |= outcomes.iter().any(|outcome| matches!(outcome, Imported::Added(_)));
        Ok(outcomes)
    }

    /// Declines updates; how many were not declined before.
    ///
    /// # Errors
    /// Those of the database; then the whole change has to be dropped.
    pub async fn decline(&mut self, updates: &[UpdateId]) -> Result<u64, StoreError> {
        let declined = replica::decline(&mut self.change, updates, self.now).await?;
        replica::note_declines(&mut self.change, usize::try_from(declined).unwrap_or(usize::MAX)).await?;
        self.is_change |= declined > 0;
        Ok(declined)
    }

    /// Notes which updates their publisher withdrew, by their latest revisions: they count as expired while these are the
    /// latest.
    ///
    /// # Errors
    /// Those of the database; then the whole change has to be dropped.
    pub async fn note_expired(&mut self, updates: &[UpdateId]) -> Result<(), StoreError> {
        let set = Value::set(updates.iter().map(|update| (Hex(update.0),)))?;
        self.change.run(statement::EXPIRED_UPDATES_ADD, [set]).await.map(drop)
    }

    /// Makes groups, approvals, what is declined and accepted licences as the upstream's are.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for groups that are no tree; then, as with those of the database, the whole change has to
    /// be dropped.
    pub async fn mirror(&mut self, state: &ReplicaState) -> Result<Mirrored, StoreError> {
        let mirrored = replica::mirror(&mut self.change, state, self.now).await?;
        self.is_change |= mirrored.is_change();
        Ok(mirrored)
    }

    /// All approvals there are now, by number.
    ///
    /// # Errors
    /// Those of the database; then the whole change has to be dropped.
    pub async fn approvals(&mut self) -> Result<Vec<Approval>, StoreError> {
        approvals(self.change.rows(statement::APPROVALS, []).await?)
    }

    /// Those of the revisions that are not here, in order, this change's own counted in.
    ///
    /// # Errors
    /// Those of the database; then the whole change has to be dropped.
    pub async fn unknown_revisions(&mut self, revisions: &[UpdateIdentity]) -> Result<Vec<UpdateIdentity>, StoreError> {
        documents::unknown(&mut self.change, revisions).await
    }

    /// The latest revisions of updates that are here, this change's own counted in; in no order.
    ///
    /// # Errors
    /// Those of the database; then the whole change has to be dropped.
    pub async fn latest_revisions(&mut self, updates: &[UpdateId]) -> Result<Vec<UpdateIdentity>, StoreError> {
        documents::latest(&mut self.change, updates).await
    }

    /// Notes where publishers serve files; a later address takes the place of an earlier one.
    ///
    /// # Errors
    /// Those of the database; then the whole change has to be dropped.
    pub async fn set_file_locations(&mut self, locations: &[(Sha1, String)]) -> Result<(), StoreError> {
        acquisition::set_locations(&mut self.change, locations).await
    }

    /// Notes what opens encrypted files.
    ///
    /// # Errors
    /// Those of the database; then the whole change has to be dropped.
    pub async fn set_decryption_keys(&mut self, keys: &[(Sha1, Vec<u8>)]) -> Result<(), StoreError> {
        files::set_keys(&mut self.change, keys).await
    }

    /// Takes driver sets, in the place of those of the same ids, and forgets those that are gone.
    ///
    /// # Errors
    /// Those of the database; then the whole change has to be dropped.
    pub async fn change_driver_sets(&mut self, told: &[(Uuid, String)], gone: &[Uuid]) -> Result<(), StoreError> {
        driver_sets::change(&mut self.change, told, gone).await
    }

    /// Stores a setting.
    ///
    /// # Errors
    /// Those of the database; then the whole change has to be dropped.
    pub async fn set_setting(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.change.run(statement::SETTING_SET, [key.into(), value.into()]).await.map(drop)
    }

    /// Ends the synchronisation of that number well, forgets what was staged for it, and makes all of it last. True if
    /// that changed what computers may be offered: else the generation is the one before.
    ///
    /// # Errors
    /// Those of the database: then nothing of it is in effect.
    pub async fn commit(mut self, run: i32, details: &str) -> Result<bool, StoreError> {
        runs::end_run(&mut self.change, run, RunOutcome::Succeeded, self.now, details).await?;
        self.change.run(statement::STAGED_CLEAR, []).await?;
        self.finish().await
    }

    /// Makes all of it last, and touches nothing of synchronisations. True if that changed what computers may be offered:
    /// else the generation is the one before.
    ///
    /// # Errors
    /// Those of the database: then nothing of it is in effect.
    pub async fn finish(mut self) -> Result<bool, StoreError> {
        if !self.is_change {
            let before = i64::try_from(self.mark.0.saturating_sub(1)).unwrap_or(i64::MAX);
            self.change.run(statement::COUNTER_SET, [before.into(), Counter::Mark.name().into()]).await?;
        }
        self.change.commit().await?;
        Ok(self.is_change)
    }
}

#[cfg(test)]
mod tests;
