//! What servers below tell of themselves and of those below them, and how one is forgotten.

use model::Timestamp;
use uuid::Uuid;

use super::summaries::{self, SummariesTaken};
use super::systems::ClientSummary;
use crate::codec::{micros, uuid};
use crate::computers::{erase_computers, hold_computers};
use crate::database::Transaction;
use crate::hierarchy::DOWNSTREAMS_MAX;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

/// What is told of a server below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerNews {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The server it asks; this one if there is none.
    pub parent: Option<Uuid>,
    /// When it last synchronised.
    pub last_sync: Option<Timestamp>,
    /// When it told this; never, if another only knows that it is there.
    pub told_at: Option<Timestamp>,
    /// The version of its software.
    pub version: Option<String>,
    /// It is a replica.
    pub is_replica: bool,
    /// Its figures: JSON.
    pub summary: Option<String>,
    /// How many computers it has, by its own account.
    pub computers: Option<u32>,
    /// Its computers in sum, by what runs on them, with what was installed on them since it told that last.
    pub clients: Vec<ClientSummary>,
}

/// The setting under which servers below tell all anew when it changes.
const RESET: &str = "rollup.reset";

impl Store {
    /// What makes servers below tell all anew: another one than last time (MS-WSUSSS 3.1.4.13, RollupResetGuid).
    /// Anybody may ask for it, so that it does not give away the incarnation.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rollup_reset(&self) -> Result<Uuid, StoreError> {
        let kept = self.setting(RESET).await?.and_then(|text| text.parse().ok());
        match kept {
            Some(reset) => Ok(reset),
            None => Ok(Uuid::new_v5(&self.identity().await?.incarnation, RESET.as_bytes())),
        }
    }

    /// Takes what is told of servers below and their computers in sum, all or none; those not known yet are added, allowed.
    ///
    /// Who may tell what of whom is decided before.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] beyond [`DOWNSTREAMS_MAX`].
    pub async fn tell_servers(&self, news: &[ServerNews], now: Timestamp) -> Result<SummariesTaken, StoreError> {
        if news.is_empty() {
            return Ok(SummariesTaken::default());
        }
        let mut change = self.database.write("noting servers below").await?;
        // Of several that tell at the same moment, each has its turn.
        hold_computers(&mut change).await?;
        let rows = news.iter().map(|one| {
            let ServerNews { id, name, parent, last_sync, told_at, version, is_replica, summary, .. } = one;
            let times = (last_sync.map(micros), told_at.map(micros));
            (Hex(id), name, parent.map(Hex), times.0, times.1, version, i16::from(*is_replica), summary)
        });
        change.run(statement::DOWNSTREAMS_TELL, [Value::set(rows)?, micros(now).into()]).await?;
        let count: Option<(i64,)> = change.row(statement::DOWNSTREAMS_COUNT, []).await?;
        if count.is_some_and(|(count,)| count > DOWNSTREAMS_MAX) {
            return Err(StoreError::conflict(format!(
                "more than {DOWNSTREAMS_MAX} servers below are told of: look at `vanne servers list` who made them up, and \
                 remove it"
            )));
        }
        let taken = summaries::take(&mut change, news, now).await?;
        change.commit().await?;
        Ok(taken)
    }

    /// Forgets a server and all below it, with their computers. It comes back, allowed, when it asks again, and tells
    /// all anew; so do the others, because nothing tells who asks what he is to tell.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn remove_downstream(&self, id: Uuid) -> Result<(), StoreError> {
        let mut change = self.database.write("removing a server").await?;
        hold_computers(&mut change).await?;
        let branch = branch(&mut change, id).await?;
        if branch.is_empty() {
            return Err(StoreError::not_found(format!("there is no server {id} below this one")));
        }
        for server in branch {
            let key = || Value::from(server.as_bytes().as_slice());
            let numbers: Vec<(i32,)> = change.rows(statement::BELOW_NUMBERS, [key()]).await?;
            erase_computers(&mut change, &numbers).await?;
            summaries::forget(&mut change, server).await?;
            change.run(statement::DOWNSTREAM_REMOVE, [key()]).await?;
        }
        change.run(statement::SETTING_SET, [RESET.into(), Uuid::new_v4().to_string().into()]).await?;
        change.commit().await
    }
}

/// A server and all below it.
async fn branch(change: &mut Transaction, top: Uuid) -> Result<Vec<Uuid>, StoreError> {
    let rows: Vec<(Vec<u8>, Option<Vec<u8>>)> = change.rows(statement::DOWNSTREAM_PARENTS, []).await?;
    let all = rows.iter().map(|(id, parent)| Ok((uuid(id)?, parent.as_deref().map(uuid).transpose()?)));
    let mut left: Vec<(Uuid, Option<Uuid>)> = all.collect::<Result<_, StoreError>>()?;
    let mut branch: Vec<Uuid> = left.extract_if(.., |(id, _)| *id == top).map(|(id, _)| id).collect();
    // Whoever hangs on one that is in the branch is in it; none twice, so that a ring would end as well.
    loop {
        let more: Vec<Uuid> = left
            .extract_if(.., |(_, parent)| parent.is_some_and(|id| branch.contains(&id)))
            .map(|(id, _)| id)
            .collect();
        if more.is_empty() {
            return Ok(branch);
        }
        branch.extend(more);
    }
}
