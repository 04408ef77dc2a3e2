//! Room for computers: anybody may say that he is one.

use model::ComputerId;

use crate::computers::{computer_id, erase_computers, hold_computers};
use crate::{Store, StoreError, statement};

impl Store {
    /// Makes room for one more computer of this server's own where there may be `most`: beyond that, the longest silent of
    /// those that never reported and that nobody put into a group are forgotten, some more than necessary, so that not each
    /// newcomer costs a search. Returns who was forgotten, and whether there is room now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn make_room(&self, most: usize) -> Result<(Vec<ComputerId>, bool), StoreError> {
        let mut change = self.database.write("making room for a computer").await?;
        hold_computers(&mut change).await?;
        let count: Option<(i64,)> = change.row(statement::COMPUTERS_OWN_COUNT, []).await?;
        let count = usize::try_from(count.map_or(0, |(count,)| count)).unwrap_or(usize::MAX);
        if count < most {
            return Ok((Vec::new(), true));
        }
        let too_many = count - most + 1;
        let limit = i64::try_from(too_many + most / 100).unwrap_or(i64::MAX);
        let found: Vec<(i32, String)> = change.rows(statement::COMPUTERS_DISPLACEABLE, [limit.into()]).await?;
        let numbers: Vec<(i32,)> = found.iter().map(|(number, _)| (*number,)).collect();
        erase_computers(&mut change, &numbers).await?;
        change.commit().await?;
        let forgotten = found.iter().map(|(_, id)| computer_id(id)).collect::<Result<Vec<_>, _>>()?;
        let has_room = forgotten.len() >= too_many;
        Ok((forgotten, has_room))
    }
}

#[cfg(test)]
mod tests {
    use model::TargetGroupId;

    use crate::testing::{compliance, computer, contact, on_both};

    #[tokio::test]
    async fn sec_c8_those_that_only_said_they_exist_give_way_the_longest_silent_first() {
        on_both(async |store| {
            let contacts = ["aa", "bb", "cc", "dd", "ee"].into_iter().zip(1..);
            let contacts: Vec<_> = contacts.map(|(id, second)| contact(id, second)).collect();
            store.see_computers(&contacts).await.unwrap();
            assert_eq!(store.make_room(6).await.unwrap(), (Vec::new(), true), "five are fewer than six");
            let group = store.create_group(&"Pilot".parse().unwrap(), TargetGroupId::ALL_COMPUTERS).await.unwrap();
            store.assign(&computer("aa"), &[group.id]).await.unwrap();
            store.record(&[compliance("bb", 9, &[], &[])]).await.unwrap();

            assert_eq!(store.make_room(5).await.unwrap(), (vec![computer("cc")], true));
            assert_eq!(store.make_room(3).await.unwrap(), (vec![computer("dd"), computer("ee")], true));
            assert_eq!(store.make_room(2).await.unwrap(), (Vec::new(), false), "nobody is left who could give way");
            assert_eq!(store.memberships().await.unwrap().len(), 2);
        })
        .await;
    }
}
