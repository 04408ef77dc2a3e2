//! What the administrator decided: approvals, and updates declined.

use std::collections::HashMap;

use model::{Approval, ApprovalAction, TargetGroupId, Timestamp, UpdateId};

use crate::catalog::{ApprovalRow, approvals, groups};
use crate::codec::{action_number, micros};
use crate::counter::Counter;
use crate::database::Transaction;
use crate::import::update_numbers;
use crate::statement::Statement;
use crate::value::Value;
use crate::{Store, StoreError, statement};

impl Store {
    /// Decides for a group about updates, in the place of what was decided for it before.
    ///
    /// Returns the approvals of these updates for this group, one each. One that says so already stays as it is;
    /// one that changes keeps its number and gets the new generation. A decision not to install is kept as
    /// well: it stands against what is decided for a group above. The generation grows only if something changed.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown group or update; then nothing is changed.
    pub async fn approve(
        &self,
        updates: &[UpdateId],
        group: TargetGroupId,
        action: ApprovalAction,
        deadline: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Vec<Approval>, StoreError> {
        let mut change = self.database.write("approving updates").await?;
        Counter::Mark.advance(&mut change, 0).await?;
        if !groups(&mut change).await?.iter().any(|known| known.id == group) {
            return Err(StoreError::not_found(format!("there is no group {group}")));
        }
        let numbers = known_updates(&mut change, updates).await?;
        let before = approvals_of(&mut change, &numbers, group).await?;
        // Microseconds are what is kept, so that is what is compared and returned.
        let same =
            |approval: &&Approval| approval.action == action && approval.deadline.map(micros) == deadline.map(micros);
        let same: Vec<UpdateId> = before.iter().filter(same).map(|approval| approval.update_id).collect();
        let existing: HashMap<UpdateId, i32> =
            before.iter().map(|approval| (approval.update_id, approval.id.0)).collect();
        let mut changed: Vec<(UpdateId, i32)> = numbers.iter().map(|(update, number)| (*update, *number)).collect();
        changed.retain(|(update, _)| !same.contains(update));
        if changed.is_empty() {
            return Ok(before);
        }
        changed.sort_unstable_by_key(|(_, number)| *number);

        let mark = Counter::Mark.advance(&mut change, 1).await?;
        let new = changed.iter().filter(|(update, _)| !existing.contains_key(update)).count();
        let mut fresh = Counter::Deployment.take(&mut change, new).await?;
        let rows = changed.iter().filter_map(|(update, number)| {
            let id = existing.get(update).copied().or_else(|| fresh.next())?;
            Some((id, *number))
        });
        let values = [
            Value::set(rows)?,
            group.0.as_bytes().as_slice().into(),
            i32::from(action_number(action)).into(),
            deadline.map(micros).into(),
            micros(now).into(),
            mark.into(),
        ];
        change.run(statement::APPROVALS_SET, values).await?;
        let after = approvals_of(&mut change, &numbers, group).await?;
        change.commit().await?;
        Ok(after)
    }

    /// The approvals of updates, of every group.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn approvals(&self, updates: &[UpdateId]) -> Result<Vec<Approval>, StoreError> {
        let mut view = self.database.read("reading approvals").await?;
        let numbers = update_numbers(&mut view, updates).await?;
        approvals(view.rows(statement::APPROVALS_OF_UPDATES, [number_set(&numbers)?]).await?)
    }

    /// Declines updates: no computer is offered them, and their approvals are removed, as native does.
    /// How many were not declined before.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown update; then nothing is changed.
    pub async fn decline(&self, updates: &[UpdateId], now: Timestamp) -> Result<u64, StoreError> {
        let operation = "declining updates";
        let changed = self.change_declined(operation, statement::UPDATES_DECLINE, updates, Some(now)).await?;
        Ok(changed)
    }

    /// Takes back that updates are declined; they are then not approved. How many were declined.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown update; then nothing is changed.
    pub async fn undecline(&self, updates: &[UpdateId]) -> Result<u64, StoreError> {
        self.change_declined("taking back declined updates", statement::UPDATES_UNDECLINE, updates, None).await
    }

    async fn change_declined(
        &self,
        operation: &'static str,
        statement: Statement,
        updates: &[UpdateId],
        declined_at: Option<Timestamp>,
    ) -> Result<u64, StoreError> {
        let mut change = self.database.write(operation).await?;
        let mark = Counter::Mark.advance(&mut change, 1).await?;
        let numbers = known_updates(&mut change, updates).await?;
        let set = number_set(&numbers)?;
        let mut values = vec![set.clone()];
        if let Some(at) = declined_at {
            let rows = change.rows(statement::APPROVALS_IDS_OF_UPDATES, [set]).await?;
            remove_approvals(&mut change, rows, mark).await?;
            values.extend([mark.into(), micros(at).into()]);
        }
        let changed = change.run(statement, values).await?;
        if changed > 0 {
            change.run(statement::COUNTER_SET, [mark.into(), Counter::Declines.name().into()]).await?;
            change.commit().await?;
        }
        Ok(changed)
    }
}

/// Removes approvals by their numbers, in the generation `mark`. Replicas are told of each until the end of days: a
/// number is never given again.
pub(crate) async fn remove_approvals(
    change: &mut Transaction,
    numbers: Vec<(i32,)>,
    mark: i64,
) -> Result<(), StoreError> {
    if numbers.is_empty() {
        return Ok(());
    }
    let set = Value::set(numbers)?;
    change.run(statement::APPROVALS_DIE, [set.clone(), mark.into()]).await?;
    change.run(statement::DEPLOYMENTS_FORGET, [set.clone()]).await?;
    change.run(statement::APPROVALS_REMOVE_IDS, [set]).await.map(drop)
}

fn number_set(numbers: &HashMap<UpdateId, i32>) -> Result<Value, StoreError> {
    Value::set(numbers.values().map(|number| (number,)))
}

/// The numbers of updates that must all have a revision.
async fn known_updates(change: &mut Transaction, updates: &[UpdateId]) -> Result<HashMap<UpdateId, i32>, StoreError> {
    let numbers = update_numbers(change, updates).await?;
    let rows: Vec<(i32,)> = change.rows(statement::UPDATES_WITH_REVISION, [number_set(&numbers)?]).await?;
    let known: std::collections::HashSet<i32> = rows.into_iter().map(|(number,)| number).collect();
    let is_known = |update: &&UpdateId| numbers.get(update).is_some_and(|number| known.contains(number));
    match updates.iter().find(|update| !is_known(update)) {
        Some(unknown) => Err(StoreError::not_found(format!("there is no update {unknown}"))),
        None => Ok(numbers),
    }
}

async fn approvals_of(
    change: &mut Transaction,
    numbers: &HashMap<UpdateId, i32>,
    group: TargetGroupId,
) -> Result<Vec<Approval>, StoreError> {
    let rows: Vec<ApprovalRow> = change.rows(statement::APPROVALS_OF_UPDATES, [number_set(numbers)?]).await?;
    Ok(approvals(rows)?.into_iter().filter(|approval| approval.group == group).collect())
}

#[cfg(test)]
mod tests {
    use model::{ChangeMark, DeploymentId};

    use super::*;
    use crate::testing::{at, on_both, revision, update};

    const ROOT: TargetGroupId = TargetGroupId::ALL_COMPUTERS;

    #[tokio::test]
    async fn an_approval_keeps_its_number_and_changes_only_when_it_says_something_else() {
        on_both(async |store| {
            store.import(vec![revision(1, 1), revision(2, 1)], at(0)).await.unwrap();
            let both = [update(1), update(2)];
            let made = store.approve(&both, ROOT, ApprovalAction::Install, None, at(1)).await.unwrap();
            assert_eq!(made.iter().map(|one| one.id).collect::<Vec<_>>(), [DeploymentId(1), DeploymentId(2)]);
            assert_eq!(made[0].changed, ChangeMark(2));

            let again = store.approve(&both, ROOT, ApprovalAction::Install, None, at(2)).await.unwrap();
            assert_eq!(again, made);
            assert_eq!(store.mark().await.unwrap(), ChangeMark(2));

            let deadline = Some(at(90));
            let changed = store.approve(&[update(2)], ROOT, ApprovalAction::Install, deadline, at(3)).await.unwrap();
            let expected = Approval { deadline, changed_at: at(3), changed: ChangeMark(3), ..made[1].clone() };
            assert_eq!(changed, std::slice::from_ref(&expected));
            assert_eq!(store.approvals(&both).await.unwrap(), [made[0].clone(), expected]);

            let refused = store.approve(&both, ROOT, ApprovalAction::NotApproved, None, at(4)).await.unwrap();
            assert!(refused.iter().all(|one| one.action == ApprovalAction::NotApproved && one.deadline.is_none()));
            assert_eq!(store.catalog().await.unwrap().approvals, refused);
        })
        .await;
    }

    #[tokio::test]
    async fn what_does_not_exist_cannot_be_decided_about() {
        on_both(async |store| {
            store.import(vec![revision(1, 1)], at(0)).await.unwrap();
            let nowhere = TargetGroupId(update(5).0);
            let group = store.approve(&[update(1)], nowhere, ApprovalAction::Install, None, at(0)).await.unwrap_err();
            assert_eq!(group.to_string(), format!("there is no group {nowhere}"));
            let some = [update(1), update(9)];
            let unknown = store.approve(&some, ROOT, ApprovalAction::Install, None, at(0)).await.unwrap_err();
            assert_eq!(unknown.to_string(), format!("there is no update {}", update(9)));
            assert!(matches!(store.decline(&some, at(0)).await, Err(StoreError::NotFound { .. })));
            let rows = store.catalog().await.unwrap();
            assert_eq!((rows.approvals, rows.declined, rows.mark), (Vec::new(), Vec::new(), ChangeMark(1)));
        })
        .await;
    }

    #[tokio::test]
    async fn a_declined_update_loses_its_approvals() {
        on_both(async |store| {
            store.import(vec![revision(1, 1), revision(2, 1)], at(0)).await.unwrap();
            store.approve(&[update(1), update(2)], ROOT, ApprovalAction::Install, None, at(1)).await.unwrap();
            assert_eq!(store.decline(&[update(1)], at(2)).await.unwrap(), 1);
            let rows = store.catalog().await.unwrap();
            assert_eq!(rows.declined, [(update(1), ChangeMark(3))]);
            assert_eq!(rows.approvals.iter().map(|one| one.update_id).collect::<Vec<_>>(), [update(2)]);

            assert_eq!(store.decline(&[update(1)], at(3)).await.unwrap(), 0);
            assert_eq!(store.mark().await.unwrap(), ChangeMark(3));
            assert_eq!(store.undecline(&[update(1), update(2)]).await.unwrap(), 1);
            let rows = store.catalog().await.unwrap();
            assert_eq!((rows.declined, rows.mark), (Vec::new(), ChangeMark(4)));
            // Numbers of approvals that are gone are not given again.
            let made = store.approve(&[update(1)], ROOT, ApprovalAction::Install, None, at(5)).await.unwrap();
            assert_eq!(made[0].id, DeploymentId(3));
        })
        .await;
    }
}
