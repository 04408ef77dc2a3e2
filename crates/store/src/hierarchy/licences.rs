//! Licences, and which of them the administrator accepted.

use model::Timestamp;
use uuid::Uuid;

use crate::codec::{micros, optional_timestamp, timestamp, unsigned, uuid};
use crate::database::Transaction;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

/// A licence that updates ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceRow {
    /// Its id (`EulaID`).
    pub id: Uuid,
    /// The title of one of the updates that ask for it.
    pub title: String,
    /// How many do, by their latest revisions.
    pub updates: u64,
    /// When it was accepted, if it was.
    pub accepted_at: Option<Timestamp>,
}

impl Store {
    /// Every licence, by id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn licences(&self) -> Result<Vec<LicenceRow>, StoreError> {
        type Found = (Vec<u8>, String, i64, Option<i64>);
        let rows: Vec<Found> = self.database.rows(statement::EULAS, []).await?;
        let row = |(id, title, updates, accepted): Found| {
            let (id, accepted_at) = (uuid(&id)?, optional_timestamp(accepted)?);
            Ok(LicenceRow { id, title, updates: unsigned(updates), accepted_at })
        };
        rows.into_iter().map(row).collect()
    }

    /// Accepts licences; one that was accepted before stays so from then.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn accept_licences(&self, licences: &[Uuid], now: Timestamp) -> Result<(), StoreError> {
        let mut change = self.changing("accepting licences").await?;
        accept(&mut change, licences, now).await?;
        change.commit().await
    }

    /// The licences that were accepted, by id, and when each was.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn accepted_licences(&self) -> Result<Vec<(Uuid, Timestamp)>, StoreError> {
        let rows: Vec<(Vec<u8>, i64)> = self.database.rows(statement::EULAS_ACCEPTED, []).await?;
        rows.into_iter().map(|(id, accepted)| Ok((uuid(&id)?, timestamp(accepted)?))).collect()
    }
}

async fn accept(change: &mut Transaction, licences: &[Uuid], now: Timestamp) -> Result<(), StoreError> {
    let set = Value::set(licences.iter().map(|id| (Hex(id),)))?;
    change.run(statement::EULAS_ACCEPT, [set, micros(now).into()]).await.map(drop)
}

/// Accepts exactly these.
pub(super) async fn mirror(change: &mut Transaction, licences: &[Uuid], now: Timestamp) -> Result<(), StoreError> {
    let set = Value::set(licences.iter().map(|id| (Hex(id),)))?;
    change.run(statement::EULAS_KEEP, [set]).await?;
    accept(change, licences, now).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NewRevision;
    use crate::testing::{at, on_both, revision};

    #[tokio::test]
    async fn a_licence_is_accepted_once() {
        on_both(async |store| {
            let licence = Uuid::from_u128(7);
            let asking = |number| NewRevision { eula: Some(licence), ..revision(number, 1) };
            store.import(vec![asking(1), asking(2), revision(3, 1)], at(0)).await.unwrap();
            let row = |accepted_at| LicenceRow {
                id: licence,
                title: "Cumulative Update 1 for Example".into(),
                updates: 2,
                accepted_at,
            };
            assert_eq!(store.licences().await.unwrap(), [row(None)]);
            store.accept_licences(&[licence], at(1)).await.unwrap();
            store.accept_licences(&[licence], at(2)).await.unwrap();
            assert_eq!(store.licences().await.unwrap(), [row(Some(at(1)))]);
            assert_eq!(store.accepted_licences().await.unwrap(), [(licence, at(1))]);
        })
        .await;
    }
}
