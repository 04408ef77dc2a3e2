//! Where files may be had, and what opens those that are encrypted.

use model::Sha1;

use crate::codec::sha1;
use crate::database::Transaction;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

impl Store {
    /// Notes where files may be had from their publisher; what was noted before of them is replaced.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_locations(&self, locations: &[(Sha1, String)]) -> Result<(), StoreError> {
        let mut change = self.database.write("noting where files are").await?;
        set_locations(&mut change, locations).await?;
        change.commit().await
    }

    /// The publisher's addresses of files, where one is known; in no order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn locations(&self, files: &[Sha1]) -> Result<Vec<(Sha1, String)>, StoreError> {
        let rows: Vec<(Vec<u8>, String)> = self.database.rows(statement::LOCATIONS_OF, [digest_set(files)?]).await?;
        rows.into_iter().map(|(digest, url)| Ok((sha1(&digest)?, url))).collect()
    }

    /// Notes what opens encrypted files.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_decryption_keys(&self, keys: &[(Sha1, Vec<u8>)]) -> Result<(), StoreError> {
        let set = Value::set(keys.iter().map(|(digest, key)| (Hex(digest.as_bytes()), Hex(key))))?;
        self.database.change("keeping decryption keys", statement::KEYS_SET, [set]).await.map(drop)
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

/// [`Store::set_locations`] as part of a larger change.
pub(super) async fn set_locations(change: &mut Transaction, locations: &[(Sha1, String)]) -> Result<(), StoreError> {
    let set = Value::set(locations.iter().map(|(digest, url)| (Hex(digest.as_bytes()), url)))?;
    change.run(statement::LOCATIONS_SET, [set]).await.map(drop)
}

fn digest_set(files: &[Sha1]) -> Result<Value, StoreError> {
    Value::set(files.iter().map(|digest| (Hex(digest.as_bytes()),)))
}

#[cfg(test)]
mod tests {
    use crate::testing::{file, on_both};

    #[tokio::test]
    async fn the_last_address_and_key_told_count() {
        on_both(async |store| {
            let digest = file(1).sha1;
            let told = |url: &str| [(digest, url.to_owned())];
            store.set_locations(&told("http://one.example/a")).await.unwrap();
            store.set_locations(&told("http://two.example/a")).await.unwrap();
            assert_eq!(store.locations(&[digest, file(2).sha1]).await.unwrap(), told("http://two.example/a"));
            store.set_decryption_keys(&[(digest, vec![1])]).await.unwrap();
            store.set_decryption_keys(&[(digest, vec![2, 3])]).await.unwrap();
            assert_eq!(store.decryption_keys(&[digest]).await.unwrap(), [(digest, vec![2, 3])]);
        })
        .await;
    }
}
