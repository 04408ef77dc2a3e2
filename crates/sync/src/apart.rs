//! What is asked for apart from the lists: revisions that others name, and drivers by device.

use std::collections::{BTreeMap, HashSet};

use model::{UpdateId, UpdateIdentity};
use uuid::Uuid;
use wire::limits;
use wire::server::{
    DriverFilter, DriverSetAndRevisionIdList, DriverSetData, GetDriverIdList, GetDriverSetData,
    GetRelatedRevisionsForUpdates, Request, Response,
};

use crate::error::{Step, SyncError};
use crate::session::Session;

/// What driver sets say, in one answer and in those of one synchronisation together.
pub const DRIVER_SETS_BYTES_MAX: usize = 64 << 20;

impl Session {
    /// The revisions of `updates` that the upstream has, as far as it says so: of each the highest, and of no others.
    ///
    /// The operation is in the WSDL and has no description (MS-WSUSSS 3.1.4.9): Microsoft's service and native WSUS may
    /// answer nothing, or with a fault.
    ///
    /// # Errors
    /// [`SyncError`].
    pub async fn related(&self, updates: &[UpdateId]) -> Result<Vec<UpdateIdentity>, SyncError> {
        let step = Step::GetRelatedRevisionsForUpdates;
        let mut related: BTreeMap<UpdateId, UpdateIdentity> = BTreeMap::new();
        for updates in updates.chunks(limits::RELATED_UPDATES.max) {
            let asked: HashSet<UpdateId> = updates.iter().copied().collect();
            let ask = |cookie| {
                let update_ids = updates.to_vec();
                Request::GetRelatedRevisionsForUpdates(GetRelatedRevisionsForUpdates {
                    cookie: Some(cookie),
                    update_ids,
                })
            };
            match self.ask(step, ask).await? {
                Response::GetRelatedRevisionsForUpdates(revisions) => {
                    for revision in revisions.into_iter().filter(|one| asked.contains(&one.update_id)) {
                        let highest = related.entry(revision.update_id).or_insert(revision);
                        *highest = (*highest).max(revision);
                    }
                }
                _ => return Err(self.confused(step)),
            }
        }
        Ok(related.into_values().collect())
    }

    /// Drivers for devices and computer models, and the driver sets of these (MS-WSUSSS 3.1.4.7).
    ///
    /// # Errors
    /// [`SyncError`].
    pub async fn drivers(&self, filter: &DriverFilter) -> Result<DriverSetAndRevisionIdList, SyncError> {
        let step = Step::GetDriverIdList;
        let ask =
            |cookie| Request::GetDriverIdList(GetDriverIdList { cookie: Some(cookie), filter: Some(filter.clone()) });
        match self.ask(step, ask).await? {
            Response::GetDriverIdList(list) => Ok(list),
            _ => Err(self.confused(step)),
        }
    }

    /// What driver sets say; at most as many as the upstream takes at once. Those that were not asked for are left out.
    ///
    /// # Errors
    /// [`SyncError`].
    pub async fn driver_sets(&self, sets: &[Uuid]) -> Result<Vec<DriverSetData>, SyncError> {
        let step = Step::GetDriverSetData;
        let ask = |cookie| {
            Request::GetDriverSetData(GetDriverSetData { cookie: Some(cookie), driver_sets: Some(sets.to_vec()) })
        };
        match self.ask(step, ask).await? {
            Response::GetDriverSetData(mut told) => {
                told.retain(|set| sets.contains(&set.id));
                Ok(told)
            }
            _ => Err(self.confused(step)),
        }
    }
}
