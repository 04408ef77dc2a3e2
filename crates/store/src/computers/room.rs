//! Room for computers: anybody may say that he is one.

use std::time::Duration;

use model::{ComputerId, Timestamp};

use crate::codec::micros;
use crate::computers::{computer_id, erase_computers, hold_computers};
use crate::counter::Counter;
use crate::database::Transaction;
use crate::value::Value;
use crate::{Store, StoreError, statement};

/// How long a computer is silent before it gives way though it reported: whoever makes computers up makes up reports as
/// well, and would keep all others out for good.
const SILENT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Generations for which servers that share this database can see who gave way; they read all computers anew every ten
/// minutes anyway.
const TOLD: i64 = 1_000;

impl Store {
    /// Makes room for one more computer of this server's own where there may be `most`: beyond that, of those that nobody put
    /// into a group first those give way that never reported, then those that were silent for a month, the longest silent
    /// first, some more than necessary, so that not each newcomer costs a search. Returns who was forgotten, and whether
    /// there is room now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn make_room(&self, most: usize, now: Timestamp) -> Result<(Vec<ComputerId>, bool), StoreError> {
        let operation = "making room for a computer";
        // Servers that share this database have to forget them as well: a new generation tells them.
        let mut change = match self.is_shared() {
            true => self.changing(operation).await?,
            false => self.database.write(operation).await?,
        };
        hold_computers(&mut change).await?;
        let count: Option<(i64,)> = change.row(statement::COMPUTERS_OWN_COUNT, []).await?;
        let count = usize::try_from(count.map_or(0, |(count,)| count)).unwrap_or(usize::MAX);
        if count < most {
            return Ok((Vec::new(), true));
        }
        let too_many = count - most + 1;
        let limit = i64::try_from(too_many + most / 100).unwrap_or(i64::MAX);
        let silent = now.checked_sub(SILENT).map_or(i64::MIN, micros);
        let values = [limit.into(), silent.into()];
        let found: Vec<(i32, String)> = change.rows(statement::COMPUTERS_DISPLACEABLE, values).await?;
        if found.is_empty() {
            return Ok((Vec::new(), false));
        }
        let numbers: Vec<(i32,)> = found.iter().map(|(number, _)| (*number,)).collect();
        erase_computers(&mut change, &numbers).await?;
        if self.is_shared() {
            note_displaced(&mut change, &found).await?;
        }
        change.commit().await?;
        let forgotten = found.iter().map(|(_, id)| computer_id(id)).collect::<Result<Vec<_>, _>>()?;
        let has_room = forgotten.len() >= too_many;
        Ok((forgotten, has_room))
    }
}

/// Notes that all servers have to look at these again; not for ever, because anybody can make more of them up.
async fn note_displaced(change: &mut Transaction, found: &[(i32, String)]) -> Result<(), StoreError> {
    let mark = Counter::Mark.advance(change, 0).await?;
    let set = Value::set(found.iter().map(|(_, id)| (id,)))?;
    change.run(statement::COMPUTERS_CHANGE_ALL, [set, mark.into()]).await?;
    change.run(statement::COMPUTERS_CHANGE_EXPIRE, [(mark - TOLD).into()]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use model::TargetGroupId;

    use crate::testing::{at, compliance, computer, contact, on_both};

    #[tokio::test]
    async fn sec_c8_those_that_only_said_they_exist_give_way_the_longest_silent_first() {
        on_both(async |store| {
            let contacts = ["aa", "bb", "cc", "dd", "ee"].into_iter().zip(1..);
            let contacts: Vec<_> = contacts.map(|(id, second)| contact(id, second)).collect();
            store.see_computers(&contacts).await.unwrap();
            assert_eq!(store.make_room(6, at(10)).await.unwrap(), (Vec::new(), true), "five are fewer than six");
            let group = store.create_group(&"Pilot".parse().unwrap(), TargetGroupId::ALL_COMPUTERS).await.unwrap();
            store.assign(&computer("aa"), &[group.id]).await.unwrap();
            store.record(&[compliance("bb", 9, &[], &[])]).await.unwrap();

            assert_eq!(store.make_room(5, at(10)).await.unwrap(), (vec![computer("cc")], true));
            assert_eq!(store.make_room(3, at(10)).await.unwrap(), (vec![computer("dd"), computer("ee")], true));
            assert_eq!(
                store.make_room(2, at(10)).await.unwrap(),
                (Vec::new(), false),
                "nobody is left who could give way"
            );
            assert_eq!(store.memberships().await.unwrap().len(), 2);
        })
        .await;
    }

    #[tokio::test]
    async fn sec_c8_those_that_reported_give_way_after_a_month_of_silence() {
        on_both(async |store| {
            store.see_computers(&[contact("aa", 1), contact("bb", 2), contact("cc", 3)]).await.unwrap();
            let group = store.create_group(&"Pilot".parse().unwrap(), TargetGroupId::ALL_COMPUTERS).await.unwrap();
            store.assign(&computer("aa"), &[group.id]).await.unwrap();
            store.record(&[compliance("bb", 9, &[], &[]), compliance("cc", 9, &[], &[])]).await.unwrap();
            let month = 30 * 24 * 60 * 60;
            assert_eq!(store.make_room(3, at(month)).await.unwrap(), (Vec::new(), false));
            let before = store.mark().await.unwrap();
            assert_eq!(store.make_room(3, at(month + 3)).await.unwrap(), (vec![computer("bb")], true));
            // Servers that share the database learn it.
            let told = store.memberships_since(before).await.unwrap();
            assert_eq!(told, if store.is_shared() { vec![(computer("bb"), None)] } else { Vec::new() });
            assert_eq!(store.make_room(1, at(2 * month)).await.unwrap(), (vec![computer("cc")], false));
            assert_eq!(store.memberships().await.unwrap().len(), 1, "never one that an administrator put into a group");
        })
        .await;
    }
}
