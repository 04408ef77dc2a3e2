//! What opens files that are served encrypted.

use model::Sha1;

use crate::codec::sha1;
use crate::database::Transaction;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

impl Store {
    /// Notes what opens encrypted files.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_decryption_keys(&self, keys: &[(Sha1, Vec<u8>)]) -> Result<(), StoreError> {
        let mut change = self.database.write("keeping decryption keys").await?;
        set_keys(&mut change, keys).await?;
        change.commit().await
    }

    /// What opens files, where that is known; in no order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn decryption_keys(&self, files: &[Sha1]) -> Result<Vec<(Sha1, Vec<u8>)>, StoreError> {
        let rows: Vec<(Vec<u8>, Vec<u8>)> = self.database.rows(statement::KEYS_OF, [digest_set(files)?]).await?;
        rows.into_iter().map(|(digest, key)| Ok((sha1(&digest)?, key))).collect()
    }
}

/// [`Store::set_decryption_keys`] as part of a larger change.
pub(super) async fn set_keys(change: &mut Transaction, keys: &[(Sha1, Vec<u8>)]) -> Result<(), StoreError> {
    let set = Value::set(keys.iter().map(|(digest, key)| (Hex(digest.as_bytes()), Hex(key))))?;
    change.run(statement::KEYS_SET, [set]).await.map(drop)
}

fn digest_set(files: &[Sha1]) -> Result<Value, StoreError> {
    Value::set(files.iter().map(|digest| (Hex(digest.as_bytes()),)))
}

#[cfg(test)]
mod tests {
    use crate::testing::{file, on_both};

    #[tokio::test]
    async fn the_last_key_told_counts() {
        on_both(async |store| {
            let digest = file(1).sha1;
            store.set_decryption_keys(&[(digest, vec![1])]).await.unwrap();
            store.set_decryption_keys(&[(digest, vec![2, 3])]).await.unwrap();
            assert_eq!(store.decryption_keys(&[digest]).await.unwrap(), [(digest, vec![2, 3])]);
        })
        .await;
    }
}
