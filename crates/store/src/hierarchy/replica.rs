//! What a replica takes over from its upstream: groups, approvals, what is declined, accepted licences. All of it
//! becomes as it is there, within the change that brings the revisions.

use std::collections::{HashMap, HashSet};

use model::{Approval, ApprovalAction, Group, TargetGroupId, Timestamp, UpdateId};
use uuid::Uuid;

use super::licences;
use crate::approvals::remove_approvals;
use crate::catalog::{approvals, declined, groups};
use crate::codec::{action_number, micros};
use crate::counter::Counter;
use crate::database::Transaction;
use crate::groups::{GROUP_DEPTH_MAX, erase_group, note_changed};
use crate::import::update_numbers;
use crate::value::{Hex, Value};
use crate::{StoreError, statement};

/// A deployment of the upstream's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaDeployment {
    /// Its name there.
    pub guid: Uuid,
    /// The update; which revision was approved does not matter here, where an approval is for the latest.
    pub update: UpdateId,
    /// The group.
    pub group: TargetGroupId,
    /// What is to be done.
    pub action: ApprovalAction,
    /// When it must be done by, if ever.
    pub deadline: Option<Timestamp>,
}

/// What an upstream decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplicaState {
    /// All groups.
    pub groups: Vec<Group>,
    /// Deployments that are new or changed; of several for one update and group, the last counts.
    pub deployments: Vec<ReplicaDeployment>,
    /// Deployments that are gone.
    pub dead: Vec<Uuid>,
    /// `deployments` are all there are: any other approval is removed.
    pub is_complete: bool,
    /// All updates that are declined.
    pub declined: Vec<UpdateId>,
    /// All licences that are accepted.
    pub licences: Vec<Uuid>,
}

/// What had to be changed to be as the upstream is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mirrored {
    /// Groups made, renamed, moved or removed.
    pub groups: usize,
    /// Approvals made or changed.
    pub approved: usize,
    /// Approvals removed.
    pub removed: usize,
    /// Updates declined.
    pub declined: usize,
    /// Updates declined no longer.
    pub undeclined: usize,
    /// Deployments of updates that are not here, or for groups that nobody told of: native servers have one that no list shows.
    pub unknown: usize,
}

impl Mirrored {
    /// Something had to be changed.
    pub const fn is_change(&self) -> bool {
        self.groups + self.approved + self.removed + self.declined + self.undeclined > 0
    }
}

/// Makes everything as the upstream says, in the generation of `change`.
pub(super) async fn mirror(
    change: &mut Transaction,
    state: &ReplicaState,
    now: Timestamp,
) -> Result<Mirrored, StoreError> {
    let mut done = Mirrored { groups: mirror_groups(change, &state.groups).await?, ..Mirrored::default() };
    mirror_approvals(change, state, now, &mut done).await?;
    mirror_declined(change, &state.declined, now, &mut done).await?;
    licences::mirror(change, &state.licences, now).await?;
    Ok(done)
}

async fn mirror_groups(change: &mut Transaction, wanted: &[Group]) -> Result<usize, StoreError> {
    let existing = groups(change).await?;
    let wanted: Vec<&Group> = parents_first(wanted)?;
    let is_wanted = |id: TargetGroupId| id.is_built_in() || wanted.iter().any(|group| group.id == id);
    let mut changed = 0;
    let gone: Vec<&Group> = existing.iter().filter(|group| !is_wanted(group.id)).collect();
    for group in &gone {
        // What was below it hangs elsewhere now, or goes as well.
        for below in existing.iter().filter(|below| below.parent == Some(group.id)) {
            move_group(change, below.id, TargetGroupId::ALL_COMPUTERS).await?;
        }
    }
    for group in gone {
        let members: Vec<(String,)> = change.rows(statement::MEMBERS_OF_GROUP, [key(group.id)]).await?;
        erase_group(change, group.id).await?;
        for (computer,) in members {
            let computer = computer.parse().map_err(|error| StoreError::corrupt("reading a computer's id", error))?;
            note_changed(change, &computer).await?;
        }
        changed += 1;
    }
    let before = |id: TargetGroupId| existing.iter().find(|group| group.id == id);
    // Names are unique: those that are given away are put aside first.
    for group in &wanted {
        if before(group.id).is_some_and(|before| before.name != group.name) {
            let aside = format!("\u{1}{}", group.id);
            change.run(statement::GROUP_FOLD, [key(group.id), aside.into()]).await?;
        }
    }
    for group in wanted {
        let parent = group.parent.unwrap_or(TargetGroupId::ALL_COMPUTERS);
        let name = || [Value::from(group.name.as_str()), Value::from(group.name.folded())];
        let [plain, folded] = name();
        match before(group.id) {
            None => {
                change.run(statement::GROUP_ADD, [key(group.id), plain, folded, key(parent)]).await?;
                changed += 1;
            }
            Some(before) => {
                let is_renamed = before.name != group.name;
                if is_renamed {
                    change.run(statement::GROUP_RENAME, [key(group.id), plain, folded]).await?;
                }
                // It may have been moved out of the way of one that went.
                move_group(change, group.id, parent).await?;
                changed += usize::from(is_renamed || before.parent != Some(parent));
            }
        }
    }
    Ok(changed)
}

fn key(group: TargetGroupId) -> Value {
    group.0.as_bytes().as_slice().into()
}

async fn move_group(change: &mut Transaction, group: TargetGroupId, parent: TargetGroupId) -> Result<(), StoreError> {
    change.run(statement::GROUP_MOVE, [key(group), key(parent)]).await.map(drop)
}

/// The groups that are not built in, each behind the one above it.
fn parents_first(groups: &[Group]) -> Result<Vec<&Group>, StoreError> {
    let mut placed: HashSet<TargetGroupId> =
        [TargetGroupId::ALL_COMPUTERS, TargetGroupId::UNASSIGNED_COMPUTERS].into_iter().collect();
    let mut left: Vec<&Group> = groups.iter().filter(|group| !group.id.is_built_in()).collect();
    let mut ordered = Vec::with_capacity(left.len());
    for _ in 0..GROUP_DEPTH_MAX {
        let (ready, rest): (Vec<&Group>, Vec<&Group>) =
            left.into_iter().partition(|group| placed.contains(&group.parent.unwrap_or(TargetGroupId::ALL_COMPUTERS)));
        placed.extend(ready.iter().map(|group| group.id));
        ordered.extend(ready);
        left = rest;
    }
    match left.first() {
        None => Ok(ordered),
        Some(lost) => Err(StoreError::invalid(format!(
            "its group {} is below one that does not exist, below itself, or too deep",
            lost.name
        ))),
    }
}

async fn mirror_approvals(
    change: &mut Transaction,
    state: &ReplicaState,
    now: Timestamp,
    done: &mut Mirrored,
) -> Result<(), StoreError> {
    let existing = approvals(change.rows(statement::APPROVALS, []).await?)?;
    let by_place: HashMap<(UpdateId, TargetGroupId), &Approval> =
        existing.iter().map(|approval| ((approval.update_id, approval.group), approval)).collect();
    let mut updates: Vec<UpdateId> = state.deployments.iter().map(|deployment| deployment.update).collect();
    updates.sort_unstable();
    updates.dedup();
    let numbers = update_numbers(change, &updates).await?;
    let mut wanted: HashMap<(UpdateId, TargetGroupId), &ReplicaDeployment> = HashMap::new();
    let declined: HashSet<UpdateId> = state.declined.iter().copied().collect();
    let known_groups: HashSet<TargetGroupId> = groups(change).await?.into_iter().map(|group| group.id).collect();
    for deployment in state.deployments.iter().filter(|deployment| !declined.contains(&deployment.update)) {
        if numbers.contains_key(&deployment.update) && known_groups.contains(&deployment.group) {
            wanted.insert((deployment.update, deployment.group), deployment);
        } else {
            done.unknown += 1;
        }
    }

    let dead = dead_numbers(change, &state.dead).await?;
    let goes = |approval: &&Approval| {
        let stays = wanted.contains_key(&(approval.update_id, approval.group));
        !stays && (state.is_complete || dead.contains(&approval.id.0))
    };
    let gone: Vec<(i32,)> = existing.iter().filter(goes).map(|approval| (approval.id.0,)).collect();
    done.removed = gone.len();
    let mark = Counter::Mark.advance(change, 0).await?;
    remove_approvals(change, gone, mark).await?;

    let says_so = |approval: &Approval, wanted: &ReplicaDeployment| {
        approval.action == wanted.action && approval.deadline.map(micros) == wanted.deadline.map(micros)
    };
    let new = wanted.keys().filter(|place| !by_place.contains_key(place)).count();
    let mut fresh = Counter::Deployment.take(change, new).await?;
    // In order, so that the same state is reached by the same numbers everywhere.
    let mut places: Vec<_> = wanted.into_iter().collect();
    places.sort_unstable_by_key(|(place, _)| *place);
    let (mut rows, mut map) = (Vec::new(), Vec::new());
    for (place, deployment) in places {
        let before = by_place.get(&place);
        let Some(id) = before.map(|approval| approval.id.0).or_else(|| fresh.next()) else { continue };
        map.push((Hex(deployment.guid), id));
        if !before.is_some_and(|approval| says_so(approval, deployment)) {
            let group = Hex(deployment.group.0);
            let deadline = deployment.deadline.map(micros);
            rows.push((id, numbers.get(&deployment.update), group, action_number(deployment.action), deadline));
        }
    }
    done.approved = rows.len();
    change.run(statement::APPROVALS_ADD, [Value::set(rows)?, micros(now).into(), mark.into()]).await?;
    change.run(statement::DEPLOYMENTS_MAP, [Value::set(map)?]).await.map(drop)
}

/// The approvals that the upstream's deployments became.
async fn dead_numbers(change: &mut Transaction, dead: &[Uuid]) -> Result<HashSet<i32>, StoreError> {
    let set = Value::set(dead.iter().map(|guid| (Hex(guid),)))?;
    let rows: Vec<(Vec<u8>, i32)> = change.rows(statement::DEPLOYMENTS_OF_GUIDS, [set]).await?;
    Ok(rows.into_iter().map(|(_, number)| number).collect())
}

async fn mirror_declined(
    change: &mut Transaction,
    wanted: &[UpdateId],
    now: Timestamp,
    done: &mut Mirrored,
) -> Result<(), StoreError> {
    let before: HashSet<UpdateId> = declined(change).await?.into_iter().map(|(update, _)| update).collect();
    let wanted: HashSet<UpdateId> = wanted.iter().copied().collect();
    let more: Vec<UpdateId> = wanted.difference(&before).copied().collect();
    let less: Vec<UpdateId> = before.difference(&wanted).copied().collect();
    done.declined = usize::try_from(decline(change, &more, now).await?).unwrap_or(usize::MAX);
    let numbers = update_numbers(change, &less).await?;
    let set = Value::set(numbers.values().map(|number| (number,)))?;
    done.undeclined = usize::try_from(change.run(statement::UPDATES_UNDECLINE, [set]).await?).unwrap_or(usize::MAX);
    note_declines(change, done.declined + done.undeclined).await
}

/// Declines those of the updates that are here, and removes their approvals; how many were not declined before.
pub(super) async fn decline(change: &mut Transaction, updates: &[UpdateId], now: Timestamp) -> Result<u64, StoreError> {
    if updates.is_empty() {
        return Ok(0);
    }
    let mark = Counter::Mark.advance(change, 0).await?;
    let numbers = update_numbers(change, updates).await?;
    let set = Value::set(numbers.values().map(|number| (number,)))?;
    let approvals = change.rows(statement::APPROVALS_IDS_OF_UPDATES, [set.clone()]).await?;
    remove_approvals(change, approvals, mark).await?;
    change.run(statement::UPDATES_DECLINE, [set, mark.into(), micros(now).into()]).await
}

/// What is declined is read again by those who keep it, if anything was changed.
pub(super) async fn note_declines(change: &mut Transaction, changed: usize) -> Result<(), StoreError> {
    if changed == 0 {
        return Ok(());
    }
    let mark = Counter::Mark.advance(change, 0).await?;
    change.run(statement::COUNTER_SET, [mark.into(), Counter::Declines.name().into()]).await.map(drop)
}
