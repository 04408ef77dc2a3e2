//! Target groups and the administrator's assignment of computers to them.

use model::{ComputerId, Group, GroupName, TargetGroupId};
use uuid::Uuid;

use crate::approvals::remove_approvals;
use crate::catalog::groups;
use crate::counter::Counter;
use crate::database::Transaction;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

/// Depth of the group tree, All Computers included.
pub const GROUP_DEPTH_MAX: usize = 32;

impl Store {
    /// Every group, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        groups(&mut self.database.read("reading groups").await?).await
    }

    /// Makes a group below `parent`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another has the name, [`StoreError::NotFound`] without the parent,
    /// [`StoreError::Invalid`] below Unassigned Computers or too deep.
    pub async fn create_group(&self, name: &GroupName, parent: TargetGroupId) -> Result<Group, StoreError> {
        let mut change = self.changing("creating a group").await?;
        let all = groups(&mut change).await?;
        check_name(&all, name, None)?;
        check_place(&all, None, parent)?;
        let group = Group { id: TargetGroupId(Uuid::new_v4()), name: name.clone(), parent: Some(parent) };
        let values = [
            group.id.0.as_bytes().as_slice().into(),
            name.as_str().into(),
            name.folded().into(),
            parent.0.as_bytes().as_slice().into(),
        ];
        change.run(statement::GROUP_ADD, values).await?;
        change.commit().await?;
        Ok(group)
    }

    /// Gives a group another name.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another has it, [`StoreError::NotFound`], [`StoreError::Invalid`] for a built-in.
    pub async fn rename_group(&self, group: TargetGroupId, name: &GroupName) -> Result<(), StoreError> {
        let mut change = self.changing("renaming a group").await?;
        let all = groups(&mut change).await?;
        check_changeable(&all, group)?;
        check_name(&all, name, Some(group))?;
        let values = [group.0.as_bytes().as_slice().into(), name.as_str().into(), name.folded().into()];
        change.run(statement::GROUP_RENAME, values).await?;
        change.commit().await
    }

    /// Puts a group, and all below it, below another.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or [`StoreError::Invalid`] for a built-in, below itself, or too deep.
    pub async fn move_group(&self, group: TargetGroupId, parent: TargetGroupId) -> Result<(), StoreError> {
        let mut change = self.changing("moving a group").await?;
        let all = groups(&mut change).await?;
        check_changeable(&all, group)?;
        check_place(&all, Some(group), parent)?;
        let values = [group.0.as_bytes().as_slice().into(), parent.0.as_bytes().as_slice().into()];
        change.run(statement::GROUP_MOVE, values).await?;
        change.commit().await
    }

    /// Removes a group with its approvals; its computers stay in their other groups.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Invalid`] for a built-in, [`StoreError::Conflict`] while groups are
    /// below it.
    pub async fn remove_group(&self, group: TargetGroupId) -> Result<(), StoreError> {
        let mut change = self.changing("removing a group").await?;
        let all = groups(&mut change).await?;
        let removed = check_changeable(&all, group)?;
        if let Some(below) = all.iter().find(|other| other.parent == Some(group)) {
            let (removed, below) = (&removed.name, &below.name);
            return Err(StoreError::conflict(format!("{below} is below {removed}: move or remove it first")));
        }
        erase_group(&mut change, group).await?;
        change.commit().await
    }

    /// Puts a computer into these groups and no others; into Unassigned Computers if there are none.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown computer or group, [`StoreError::Invalid`] for All Computers, or for
    /// Unassigned Computers beside another.
    pub async fn assign(&self, computer: &ComputerId, to: &[TargetGroupId]) -> Result<(), StoreError> {
        let mut change = self.changing("assigning a computer").await?;
        let to = match to {
            [TargetGroupId::UNASSIGNED_COMPUTERS] => &[],
            other => other,
        };
        let all = groups(&mut change).await?;
        if let Some(built_in) = to.iter().find(|group| group.is_built_in()) {
            let name = &find(&all, *built_in)?.name;
            return Err(StoreError::invalid(format!("a computer cannot be put into {name} beside other groups")));
        }
        for group in to {
            find(&all, *group)?;
        }
        let row: Option<(i32,)> = change.row(statement::COMPUTER_NUMBER, [computer.as_str().into()]).await?;
        let (number,) = row.ok_or_else(|| StoreError::not_found(format!("there is no computer {computer}")))?;
        change.run(statement::MEMBERSHIP_CLEAR, [number.into()]).await?;
        let set = Value::set(to.iter().map(|group| (number, Hex(group.0))))?;
        change.run(statement::MEMBERSHIP_ADD, [set]).await?;
        note_changed(&mut change, computer).await?;
        change.commit().await
    }

    /// Begins a change of what computers are offered: the next generation.
    pub(crate) async fn changing(&self, operation: &'static str) -> Result<Transaction, StoreError> {
        let mut change = self.database.write(operation).await?;
        Counter::Mark.advance(&mut change, 1).await?;
        Ok(change)
    }
}

/// Removes a group's approvals, its members and itself. Nothing may be below it.
pub(crate) async fn erase_group(change: &mut Transaction, group: TargetGroupId) -> Result<(), StoreError> {
    let mark = Counter::Mark.advance(change, 0).await?;
    let key = || Value::from(group.0.as_bytes().as_slice());
    let approvals = change.rows(statement::APPROVALS_IDS_OF_GROUP, [key()]).await?;
    remove_approvals(change, approvals, mark).await?;
    change.run(statement::GROUP_REMOVE_MEMBERS, [key()]).await?;
    change.run(statement::GROUP_REMOVE_MEMBERS_BELOW, [key()]).await?;
    change.run(statement::GROUP_REMOVE, [key()]).await.map(drop)
}

/// Notes that all servers have to look at a computer again, in the generation of this change.
pub(crate) async fn note_changed(change: &mut Transaction, computer: &ComputerId) -> Result<(), StoreError> {
    let mark = Counter::Mark.advance(change, 0).await?;
    change.run(statement::COMPUTER_CHANGED, [computer.as_str().into(), mark.into()]).await.map(drop)
}

fn find(all: &[Group], id: TargetGroupId) -> Result<&Group, StoreError> {
    let found = all.iter().find(|group| group.id == id);
    found.ok_or_else(|| StoreError::not_found(format!("there is no group {id}")))
}

fn check_changeable(all: &[Group], id: TargetGroupId) -> Result<&Group, StoreError> {
    let group = find(all, id)?;
    if id.is_built_in() {
        return Err(StoreError::invalid(format!("{} is built in and stays as it is", group.name)));
    }
    Ok(group)
}

fn check_name(all: &[Group], name: &GroupName, own: Option<TargetGroupId>) -> Result<(), StoreError> {
    match all.iter().find(|group| group.name == *name && Some(group.id) != own) {
        Some(other) => Err(StoreError::conflict(format!("there is a group {} already", other.name))),
        None => Ok(()),
    }
}

/// Whether `moved` (or a new group) may be below `parent`.
fn check_place(all: &[Group], moved: Option<TargetGroupId>, parent: TargetGroupId) -> Result<(), StoreError> {
    let place = find(all, parent)?;
    if parent == TargetGroupId::UNASSIGNED_COMPUTERS {
        return Err(StoreError::invalid(format!("no group can be below {}", place.name)));
    }
    let above = depth_of(all, parent, moved)?;
    let own = moved.map_or(1, |group| height_of(all, group));
    if above + own > GROUP_DEPTH_MAX {
        return Err(StoreError::invalid(format!("groups cannot be more than {GROUP_DEPTH_MAX} deep")));
    }
    Ok(())
}

/// How many groups there are from the root down to `id`, which must not be `moved` or below it.
fn depth_of(all: &[Group], id: TargetGroupId, moved: Option<TargetGroupId>) -> Result<usize, StoreError> {
    let mut depth = 0;
    let mut next = Some(id);
    while let Some(id) = next {
        if Some(id) == moved {
            return Err(StoreError::invalid("a group cannot be below itself"));
        }
        depth += 1;
        if depth > GROUP_DEPTH_MAX {
            break; // Deep enough to be refused; and an end, should the tree ever be no tree.
        }
        next = find(all, id)?.parent;
    }
    Ok(depth)
}

/// How many levels `id` and what is below it take.
fn height_of(all: &[Group], id: TargetGroupId) -> usize {
    let mut level = vec![id];
    let mut height = 0;
    while !level.is_empty() && height <= GROUP_DEPTH_MAX {
        height += 1;
        let below = all.iter().filter(|group| group.parent.is_some_and(|parent| level.contains(&parent)));
        level = below.map(|group| group.id).collect();
    }
    height
}

#[cfg(test)]
mod tests {
    use model::{ApprovalAction, ChangeMark};

    use super::*;
    use crate::testing::{at, on_both, revision, update};

    const ROOT: TargetGroupId = TargetGroupId::ALL_COMPUTERS;

    fn name(text: &str) -> GroupName {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn the_built_in_groups_are_there_and_stay() {
        on_both(async |store| {
            let groups = store.groups().await.unwrap();
            let unassigned = TargetGroupId::UNASSIGNED_COMPUTERS;
            assert_eq!(groups.iter().map(|group| group.id).collect::<Vec<_>>(), [ROOT, unassigned]);
            assert_eq!((groups[0].parent, groups[1].parent), (None, Some(ROOT)));
            for built_in in [ROOT, unassigned] {
                assert!(matches!(store.remove_group(built_in).await, Err(StoreError::Invalid { .. })));
                assert!(matches!(store.rename_group(built_in, &name("x")).await, Err(StoreError::Invalid { .. })));
            }
            assert!(matches!(store.create_group(&name("x"), unassigned).await, Err(StoreError::Invalid { .. })));
            assert_eq!(store.mark().await.unwrap(), ChangeMark(0));
        })
        .await;
    }

    #[tokio::test]
    async fn names_are_unique_whatever_their_case() {
        on_both(async |store| {
            let pilot = store.create_group(&name("Pilöt"), ROOT).await.unwrap();
            let again = store.create_group(&name("PILÖT"), ROOT).await.unwrap_err();
            assert_eq!(again.to_string(), "there is a group Pilöt already");
            store.rename_group(pilot.id, &name("PILÖT")).await.unwrap();
            assert!(matches!(
                store.rename_group(pilot.id, &name("all computers")).await,
                Err(StoreError::Conflict { .. })
            ));
        })
        .await;
    }

    #[tokio::test]
    async fn the_tree_stays_a_tree_of_bounded_depth() {
        on_both(async |store| {
            let mut chain = vec![ROOT];
            for depth in 1..GROUP_DEPTH_MAX {
                let parent = *chain.last().unwrap();
                chain.push(store.create_group(&name(&format!("g{depth}")), parent).await.unwrap().id);
            }
            let deepest = *chain.last().unwrap();
            assert!(matches!(store.create_group(&name("deeper"), deepest).await, Err(StoreError::Invalid { .. })));
            assert!(matches!(store.move_group(chain[1], deepest).await, Err(StoreError::Invalid { .. })));
            assert!(matches!(store.move_group(chain[1], chain[1]).await, Err(StoreError::Invalid { .. })));
            let beside = store.create_group(&name("beside"), ROOT).await.unwrap().id;
            assert!(matches!(store.move_group(chain[1], beside).await, Err(StoreError::Invalid { .. })));
            store.move_group(deepest, beside).await.unwrap();
            let moved = store.groups().await.unwrap().into_iter().find(|group| group.id == deepest).unwrap();
            assert_eq!(moved.parent, Some(beside));
        })
        .await;
    }

    #[tokio::test]
    async fn a_group_goes_with_its_approvals_once_nothing_is_below_it() {
        on_both(async |store| {
            store.import(vec![revision(1, 1)], at(0)).await.unwrap();
            let upper = store.create_group(&name("Upper"), ROOT).await.unwrap().id;
            let lower = store.create_group(&name("Lower"), upper).await.unwrap().id;
            store.approve(&[update(1)], lower, ApprovalAction::Install, None, at(0)).await.unwrap();
            let kept = store.remove_group(upper).await.unwrap_err();
            assert_eq!(kept.to_string(), "Lower is below Upper: move or remove it first");
            store.remove_group(lower).await.unwrap();
            store.remove_group(upper).await.unwrap();
            assert!(matches!(store.remove_group(upper).await, Err(StoreError::NotFound { .. })));
            assert_eq!(store.catalog().await.unwrap().approvals, []);
        })
        .await;
    }
}
