//! Driver sets as an upstream tells them: kept, handed on, and looked into by nobody here.

use uuid::Uuid;

use crate::codec::{Packer, unpack_text, uuid};
use crate::database::Transaction;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

impl Store {
    /// What the driver sets of these ids say, as far as they are here; in no order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn driver_sets(&self, sets: &[Uuid]) -> Result<Vec<(Uuid, String)>, StoreError> {
        let rows: Vec<(Vec<u8>, Vec<u8>)> = self.database.rows(statement::DRIVER_SETS, [id_set(sets)?]).await?;
        rows.into_iter().map(|(id, body)| Ok((uuid(&id)?, unpack_text(&body)?))).collect()
    }
}

/// Takes driver sets, in the place of those of the same ids, and forgets those that are gone.
pub(super) async fn change(change: &mut Transaction, told: &[(Uuid, String)], gone: &[Uuid]) -> Result<(), StoreError> {
    change.run(statement::DRIVER_SETS_REMOVE, [id_set(gone)?]).await?;
    let mut packer = Packer::default();
    let packed = told.iter().map(|(id, text)| Ok((Hex(*id), Hex(packer.pack(text.as_bytes())?))));
    let packed = packed.collect::<Result<Vec<_>, StoreError>>()?;
    change.run(statement::DRIVER_SETS_SET, [Value::set(packed)?]).await.map(drop)
}

fn id_set(sets: &[Uuid]) -> Result<Value, StoreError> {
    Value::set(sets.iter().map(|id| (Hex(*id),)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, on_both};

    #[tokio::test]
    async fn what_was_last_told_of_a_driver_set_counts_until_it_is_gone() {
        on_both(async |store| {
            let [one, two, three] = [1, 2, 3].map(Uuid::from_u128);
            let take = async |told: &[(Uuid, String)], gone: &[Uuid]| {
                let mut applying = store.apply(at(0)).await.unwrap();
                applying.change_driver_sets(told, gone).await.unwrap();
                assert!(!applying.finish().await.unwrap(), "computers are offered nothing else");
            };
            take(&[(one, "<a/>".into()), (two, "<b/>".into())], &[]).await;
            take(&[(one, "<c/>".into())], &[two, three]).await;
            assert_eq!(store.driver_sets(&[one, two, three]).await.unwrap(), [(one, "<c/>".to_owned())]);
        })
        .await;
    }
}
