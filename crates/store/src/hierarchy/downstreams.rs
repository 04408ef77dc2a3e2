//! The servers below this one.

use model::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::codec::{micros, optional_timestamp, timestamp, uuid};
use crate::{Store, StoreError, statement};

/// Most servers below that are kept: a hundred times what the largest hierarchies have.
pub const DOWNSTREAMS_MAX: i64 = 10_000;

/// Whether a server is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownstreamState {
    /// It is.
    Allowed,
    /// The administrator refused it.
    Refused,
}

/// A server below this one, direct or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownstreamRow {
    /// Its id, of its own choice.
    pub id: Uuid,
    /// The name it gives itself: a host's.
    pub name: String,
    /// The name the administrator gave it.
    pub label: Option<String>,
    /// The server it asks; this one if there is none.
    pub parent: Option<Uuid>,
    /// Whether it is answered.
    pub state: DownstreamState,
    /// When it was first heard of.
    pub first_seen: Timestamp,
    /// When it last asked for something, or was last reported of.
    pub last_contact: Timestamp,
    /// When it last synchronised, by its own account.
    pub last_sync: Option<Timestamp>,
    /// When it last sent up what its computers report.
    pub last_rollup: Option<Timestamp>,
    /// Its version, by its own account.
    pub version: Option<String>,
    /// It is a replica, by its own account.
    pub is_replica: Option<bool>,
    /// What it last reported in sum: JSON.
    pub summary: Option<String>,
}

#[derive(FromRow)]
struct Found {
    server_id: Vec<u8>,
    name: String,
    label: Option<String>,
    parent: Option<Vec<u8>>,
    state: i16,
    first_seen_us: i64,
    last_contact_us: i64,
    last_sync_us: Option<i64>,
    last_rollup_us: Option<i64>,
    version: Option<String>,
    is_replica: Option<i16>,
    summary: Option<String>,
}

impl Store {
    /// Notes that a server asks here; whether it is to be answered. A new one is.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] for a new one beside [`DOWNSTREAMS_MAX`] others: anybody may say he is a server.
    pub async fn see_downstream(&self, id: Uuid, name: &str, now: Timestamp) -> Result<DownstreamState, StoreError> {
        let mut change = self.database.write("noting a downstream server").await?;
        let key = || id.as_bytes().as_slice().into();
        let known: Option<(i16,)> = change.row(statement::DOWNSTREAM_STATE, [key()]).await?;
        let count: Option<(i64,)> = change.row(statement::DOWNSTREAMS_COUNT, []).await?;
        if known.is_none() && count.is_some_and(|(count,)| count >= DOWNSTREAMS_MAX) {
            return Err(StoreError::conflict(format!(
                "{DOWNSTREAMS_MAX} servers have asked here, and {name} is one more: remove those that are none"
            )));
        }
        let values = [key(), name.into(), micros(now).into()];
        let row: Option<(i16,)> = change.row(statement::DOWNSTREAM_SEEN, values).await?;
        change.commit().await?;
        Ok(row.map_or(DownstreamState::Allowed, |(number,)| state(number)))
    }

    /// Whether a server is to be answered; `None` if it is not known.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn downstream_state(&self, id: Uuid) -> Result<Option<DownstreamState>, StoreError> {
        let row: Option<(i16,)> =
            self.database.row(statement::DOWNSTREAM_STATE, [id.as_bytes().as_slice().into()]).await?;
        Ok(row.map(|(number,)| state(number)))
    }

    /// Notes that a server was heard of.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn downstream_contact(&self, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        let values = [id.as_bytes().as_slice().into(), micros(now).into()];
        self.database.change("noting a downstream server", statement::DOWNSTREAM_CONTACT, values).await.map(drop)
    }

    /// All servers below this one, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn downstreams(&self) -> Result<Vec<DownstreamRow>, StoreError> {
        let rows: Vec<Found> = self.database.rows(statement::DOWNSTREAMS, []).await?;
        rows.into_iter().map(Found::into_row).collect()
    }

    /// Gives a server another name, or takes it back.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn label_downstream(&self, id: Uuid, label: Option<&str>) -> Result<(), StoreError> {
        let values = [id.as_bytes().as_slice().into(), label.map(str::to_owned).into()];
        let changed = self.database.change("naming a server", statement::DOWNSTREAM_LABEL, values).await?;
        found(changed, id)
    }

    /// Says whether a server is answered.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn allow_downstream(&self, id: Uuid, state: DownstreamState) -> Result<(), StoreError> {
        let number = i32::from(state == DownstreamState::Refused);
        let values = [id.as_bytes().as_slice().into(), number.into()];
        let changed = self.database.change("allowing a server", statement::DOWNSTREAM_ALLOW, values).await?;
        found(changed, id)
    }
}

fn found(changed: u64, id: Uuid) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::not_found(format!("there is no server {id} below this one"))) } else { Ok(()) }
}

const fn state(number: i16) -> DownstreamState {
    if number == 0 { DownstreamState::Allowed } else { DownstreamState::Refused }
}

impl Found {
    fn into_row(self) -> Result<DownstreamRow, StoreError> {
        Ok(DownstreamRow {
            id: uuid(&self.server_id)?,
            name: self.name,
            label: self.label,
            parent: self.parent.as_deref().map(uuid).transpose()?,
            state: state(self.state),
            first_seen: timestamp(self.first_seen_us)?,
            last_contact: timestamp(self.last_contact_us)?,
            last_sync: optional_timestamp(self.last_sync_us)?,
            last_rollup: optional_timestamp(self.last_rollup_us)?,
            version: self.version,
            is_replica: self.is_replica.map(|number| number != 0),
            summary: self.summary,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, on_both};

    #[tokio::test]
    async fn a_refused_server_stays_refused_when_it_asks_again() {
        on_both(async |store| {
            let id = Uuid::from_u128(1);
            assert_eq!(store.downstream_state(id).await.unwrap(), None);
            assert_eq!(store.see_downstream(id, "marseille", at(1)).await.unwrap(), DownstreamState::Allowed);
            store.allow_downstream(id, DownstreamState::Refused).await.unwrap();
            store.label_downstream(id, Some("Marseille")).await.unwrap();
            assert_eq!(store.see_downstream(id, "marseille-2", at(2)).await.unwrap(), DownstreamState::Refused);
            let rows = store.downstreams().await.unwrap();
            assert_eq!((rows[0].name.as_str(), rows[0].label.as_deref()), ("marseille-2", Some("Marseille")));
            assert_eq!((rows[0].first_seen, rows[0].last_contact), (at(1), at(2)));
            store.remove_downstream(id).await.unwrap();
            let gone = store.remove_downstream(id).await.unwrap_err();
            assert!(matches!(gone, StoreError::NotFound { .. }), "{gone}");
        })
        .await;
    }
}
