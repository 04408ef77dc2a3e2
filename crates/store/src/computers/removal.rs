//! Forgetting a computer, and all that is known of it.

use model::{ComputerId, Timestamp};

use crate::codec::micros;
use crate::computers::hold_computers;
use crate::database::Transaction;
use crate::groups::note_changed;
use crate::statement::{self, Statement};
use crate::value::Value;
use crate::{Store, StoreError};

/// What hangs on a computer, those that refer to others first.
const HANGING: [Statement; 11] = [
    statement::FORGET_FACT,
    statement::FORGET_FACT_CHANGE,
    statement::FORGET_ROLLED_UP,
    statement::FORGET_EVENT,
    statement::FORGET_REQUESTED_GROUP,
    statement::FORGET_MEMBERSHIP,
    statement::MEMBERSHIP_BELOW_CLEAR,
    statement::FORGET_SCAN,
    statement::FORGET_INSTALL_ACTIVITY,
    statement::FORGET_REGISTRATION,
    statement::FORGET_COMPUTER,
];

impl Store {
    /// Forgets a computer and all it reported. Its number is never given again; should it come back, it is a new one.
    ///
    /// A server below that goes on telling of it is told to forget it as well, unless it spoke there since `now`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a computer that is not known.
    pub async fn remove_computer(&self, computer: &ComputerId, now: Timestamp) -> Result<(), StoreError> {
        // Servers that share this database have to forget it as well: a new generation tells them.
        let mut change = self.changing("forgetting a computer").await?;
        hold_computers(&mut change).await?;
        let row: Option<(i32,)> = change.row(statement::COMPUTER_NUMBER, [computer.as_str().into()]).await?;
        let (number,) = row.ok_or_else(|| StoreError::not_found(format!("there is no computer {computer}")))?;
        erase_computers(&mut change, &[(number,)]).await?;
        change.run(statement::COMPUTERS_REMOVED_ADD, [computer.as_str().into(), micros(now).into()]).await?;
        note_changed(&mut change, computer).await?;
        change.commit().await
    }

    /// Forgets which computers were removed before a time; how many were.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn expire_removed(&self, before: Timestamp) -> Result<u64, StoreError> {
        let operation = "forgetting which computers were removed";
        self.database.change(operation, statement::COMPUTERS_REMOVED_EXPIRE, [micros(before).into()]).await
    }
}

/// Erases computers by their numbers, with all that hangs on them.
pub(crate) async fn erase_computers(change: &mut Transaction, numbers: &[(i32,)]) -> Result<(), StoreError> {
    let numbers = Value::set(numbers)?;
    for statement in HANGING {
        change.run(statement, [numbers.clone()]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use model::{ChangeMark, RevisionId, TargetGroupId, UpdateState};
    use policy::reports::Effect;
    use uuid::Uuid;

    use super::*;
    use crate::testing::{at, computer, contact, on_both, revision, update};
    use crate::{Contact, Registration, Report, StatusQuery, StoredEvent};

    #[tokio::test]
    async fn nothing_is_left_of_a_forgotten_computer() {
        on_both(async |store| {
            store.import(vec![revision(1, 1)], at(0)).await.unwrap();
            let group = store.create_group(&"Pilot".parse().unwrap(), TargetGroupId::ALL_COMPUTERS).await.unwrap();
            let wishing = Contact {
                requested_groups: Some("Pilot".into()),
                installed: Some(vec![RevisionId(1)]),
                ..contact("aa", 1)
            };
            store.see_computers(&[wishing, contact("bb", 1)]).await.unwrap();
            store.register(&computer("aa"), &Registration::default(), at(1)).await.unwrap();
            store.assign(&computer("aa"), &[group.id]).await.unwrap();
            let instance = Uuid::from_u128(1);
            let event = StoredEvent { instance, at: at(1), event_id: 182, update: None, hresult: 0, raw: Vec::new() };
            let effect = Effect::State { update: update(1), state: UpdateState::Failed };
            let report = Report {
                computer: computer("aa"),
                received_at: at(1),
                events: vec![event],
                effects: vec![(0, effect)],
            };
            store.record(std::slice::from_ref(&report)).await.unwrap();
            let before = store.mark().await.unwrap();
            assert_eq!(store.memberships_since(before).await.unwrap(), []);

            store.remove_computer(&computer("aa"), at(2)).await.unwrap();
            assert_eq!(store.mark().await.unwrap(), ChangeMark(before.0 + 1));
            assert!(matches!(store.remove_computer(&computer("aa"), at(2)).await, Err(StoreError::NotFound { .. })));
            assert_eq!(store.last_scan(&computer("aa")).await.unwrap(), None);
            assert_eq!(store.memberships().await.unwrap().len(), 1);
            assert_eq!(store.memberships_since(before).await.unwrap(), [(computer("aa"), None)]);
            assert_eq!(store.status_counts(&StatusQuery::default()).await.unwrap().computers, 1);
            // What it reports again is new.
            assert_eq!(store.record(&[report]).await.unwrap().events, 1);
        })
        .await;
    }
}
