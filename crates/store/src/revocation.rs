//! Lists of revoked certificates: where the certificates of signers say they are, and what came from there.

use std::collections::HashSet;

use model::Timestamp;

use crate::codec::{micros, optional_timestamp, timestamp};
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

/// Most places that are remembered. Microsoft's signers name about a dozen.
pub const LISTS_MAX: usize = 64;

/// Where a list is, and whose.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListPlace {
    /// Its address.
    pub address: String,
    /// The key that has to have signed what is there.
    pub authority_key: Vec<u8>,
    /// Whose key that is.
    pub authority: String,
}

impl ListPlace {
    /// What statements know it by.
    fn values(&self) -> [Value; 2] {
        [self.address.as_str().into(), self.authority_key.as_slice().into()]
    }
}

/// From when to when a list counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListDates {
    /// When it was made.
    pub made_at: Timestamp,
    /// When the next one is due.
    pub ends_at: Timestamp,
}

/// A place, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// Where, and whose.
    pub place: ListPlace,
    /// Of the last list that came.
    pub dates: Option<ListDates>,
    /// When it was asked for last.
    pub tried_at: Option<Timestamp>,
    /// Why nothing came of that; `None` if something did.
    pub failure: Option<String>,
    /// When it is to be asked for again.
    pub again_at: Timestamp,
}

impl Store {
    /// Notes that these lists are wanted: new ones are to be asked for at once. Those for which there is no room are answered with.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn lists_wanted(&self, places: &[ListPlace], now: Timestamp) -> Result<Vec<ListPlace>, StoreError> {
        let known: HashSet<ListPlace> = self.revocation_lists().await?.into_iter().map(|row| row.place).collect();
        let mut seen = HashSet::new();
        let once = places.iter().filter(|place| seen.insert(*place));
        let (old, new): (Vec<&ListPlace>, Vec<&ListPlace>) = once.partition(|place| known.contains(place));
        let (taken, left) = new.split_at(LISTS_MAX.saturating_sub(known.len()).min(new.len()));
        let taken = old.iter().chain(taken);
        let set = Value::set(taken.map(|place| (&place.address, Hex(&place.authority_key), &place.authority)))?;
        let values = [set, micros(now).into()];
        self.database.change("noting lists", statement::REVOCATION_LISTS_WANT, values).await?;
        Ok(left.iter().copied().cloned().collect())
    }

    /// All lists and places, by address.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn revocation_lists(&self) -> Result<Vec<ListRow>, StoreError> {
        type Found = (String, Vec<u8>, String, i64, Option<i64>, Option<i64>, Option<i64>, Option<String>);
        let rows: Vec<Found> = self.database.rows(statement::REVOCATION_LISTS, []).await?;
        let row = |(address, authority_key, authority, again, made, ends, tried, failure): Found| {
            let dates = optional_timestamp(made)?.zip(optional_timestamp(ends)?);
            Ok(ListRow {
                place: ListPlace { address, authority_key, authority },
                dates: dates.map(|(made_at, ends_at)| ListDates { made_at, ends_at }),
                tried_at: optional_timestamp(tried)?,
                failure,
                again_at: timestamp(again)?,
            })
        };
        rows.into_iter().map(row).collect()
    }

    /// The last list that came from each place, by address.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn revocation_list_bodies(&self) -> Result<Vec<(ListPlace, Vec<u8>)>, StoreError> {
        let rows: Vec<(String, Vec<u8>, String, Vec<u8>)> =
            self.database.rows(statement::REVOCATION_LIST_BODIES, []).await?;
        let row = |(address, authority_key, authority, list)| (ListPlace { address, authority_key, authority }, list);
        Ok(rows.into_iter().map(row).collect())
    }

    /// Keeps a list that came, and that was signed by whom it had to be.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_came(
        &self,
        place: &ListPlace,
        list: &[u8],
        dates: ListDates,
        again_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let [address, key] = place.values();
        let values = [
            address,
            key,
            list.into(),
            micros(dates.made_at).into(),
            micros(dates.ends_at).into(),
            micros(again_at).into(),
            micros(now).into(),
        ];
        self.database.change("keeping a list", statement::REVOCATION_LIST_SET, values).await.map(drop)
    }

    /// Notes that no list came; the one from before stays.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_failed(
        &self,
        place: &ListPlace,
        why: &str,
        again_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let [address, key] = place.values();
        let values = [address, key, why.into(), micros(again_at).into(), micros(now).into()];
        self.database.change("noting a list", statement::REVOCATION_LIST_FAIL, values).await.map(drop)
    }

    /// Forgets lists that nobody wanted since then.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn expire_lists(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.database.change("forgetting lists", statement::REVOCATION_LISTS_EXPIRE, [micros(before).into()]).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, on_both};

    fn place(number: usize) -> ListPlace {
        ListPlace { address: format!("http://lists/{number:02}"), authority_key: vec![7, 8], authority: "CA".into() }
    }

    #[tokio::test]
    async fn what_is_wanted_is_remembered_with_what_came_and_what_did_not() {
        on_both(async |store| {
            assert_eq!(store.lists_wanted(&[place(1), place(2), place(1)], at(1)).await.unwrap(), []);
            let dates = ListDates { made_at: at(1), ends_at: at(9) };
            store.list_came(&place(1), &[1, 2, 3], dates, at(5), at(2)).await.unwrap();
            store.list_failed(&place(2), "nobody answers", at(4), at(2)).await.unwrap();
            // One that is wanted again is not asked for before its time, and stays when another try fails.
            store.lists_wanted(&[place(1)], at(3)).await.unwrap();
            store.list_failed(&place(1), "nobody answers", at(6), at(3)).await.unwrap();
            let failure = Some("nobody answers".to_owned());
            let first = ListRow {
                place: place(1),
                dates: Some(dates),
                tried_at: Some(at(3)),
                failure: failure.clone(),
                again_at: at(6),
            };
            let second = ListRow { place: place(2), dates: None, tried_at: Some(at(2)), failure, again_at: at(4) };
            assert_eq!(store.revocation_lists().await.unwrap(), [first.clone(), second]);
            assert_eq!(store.revocation_list_bodies().await.unwrap(), [(place(1), vec![1, 2, 3])]);
            // The same address for another authority is another place.
            let other = ListPlace { authority_key: vec![9], ..place(2) };
            store.lists_wanted(std::slice::from_ref(&other), at(4)).await.unwrap();
            assert_eq!(store.revocation_lists().await.unwrap().len(), 3);
            assert_eq!(store.expire_lists(at(3)).await.unwrap(), 1);
            let left: Vec<ListPlace> =
                store.revocation_lists().await.unwrap().into_iter().map(|row| row.place).collect();
            assert_eq!(left, [place(1), other]);
        })
        .await;
    }

    #[tokio::test]
    async fn there_is_room_for_so_many_and_no_more() {
        on_both(async |store| {
            let all: Vec<ListPlace> = (0..=LISTS_MAX).map(place).collect();
            assert_eq!(store.lists_wanted(&all, at(1)).await.unwrap(), [place(LISTS_MAX)]);
            assert_eq!(store.lists_wanted(&all, at(2)).await.unwrap(), [place(LISTS_MAX)], "who is known keeps his");
            assert_eq!(store.revocation_lists().await.unwrap().len(), LISTS_MAX);
        })
        .await;
    }
}
