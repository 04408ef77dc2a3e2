//! Which server this is: its incarnation, generation, settings and session keys.

use model::{ChangeMark, Timestamp};
use uuid::Uuid;

use crate::codec::{micros, timestamp, unsigned, uuid};
use crate::counter::Counter;
use crate::database::{Database, Transaction};
use crate::{Location, StoreError, statement};

/// The setting that says who assigns computers to groups. INVARIANT: the view `computer_group` reads it too.
const CLIENT_TARGETING: &str = "client-targeting";

/// The state of one estate. Clones share its connections; every method may be called from anywhere.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) database: Database,
}

/// What tells this server from any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Made when the store was; a cookie of another incarnation is another server's.
    pub incarnation: Uuid,
    /// When the configuration that clients are told of last changed.
    pub config_changed: Timestamp,
}

/// A key that seals cookies.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey {
    /// Its number; grows with each key.
    pub epoch: u32,
    /// The secret.
    pub key: [u8; 32],
    /// When it was made.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for SessionKey {
    /// Without the secret, which must never get into a log.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SessionKey").field("epoch", &self.epoch).field("created_at", &self.created_at).finish()
    }
}

impl Store {
    /// Opens the state kept at `location`, makes it if it is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// Each says what to do: [`StoreError::NotFound`] without the folder, [`StoreError::ReadOnly`] without the right to
    /// write, [`StoreError::Corrupt`] or [`StoreError::Invalid`] for what is no database of this program,
    /// [`StoreError::Newer`] for one of a later version, [`StoreError::Unavailable`] while another program holds
    /// it or its server does not answer.
    pub async fn open(location: &Location, now: Timestamp) -> Result<Self, StoreError> {
        let database = Database::open(location).await?;
        let incarnation = Uuid::new_v4();
        let values = [incarnation.as_bytes().as_slice().into(), micros(now).into()];
        database.change("opening", statement::ESTATE_CREATE, values).await?;
        Ok(Self { database })
    }

    /// Waits for what is under way and closes every connection, of all clones; calls after it are refused.
    ///
    /// Nothing is lost without it; it leaves a SQLite database in one file.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// What tells this server from any other.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn identity(&self) -> Result<Identity, StoreError> {
        let row: Option<(Vec<u8>, i64)> = self.database.row(statement::ESTATE, []).await?;
        let (incarnation, changed) =
            row.ok_or_else(|| StoreError::corrupt("reading the server's identity", "its row is missing"))?;
        Ok(Identity { incarnation: uuid(&incarnation)?, config_changed: timestamp(changed)? })
    }

    /// Notes that the configuration clients are told of changed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn touch_config(&self, now: Timestamp) -> Result<(), StoreError> {
        self.database.change("noting a change", statement::ESTATE_TOUCH, [micros(now).into()]).await.map(drop)
    }

    /// The generation: grows with every transaction that changes what computers are offered. One cheap read.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mark(&self) -> Result<ChangeMark, StoreError> {
        let row: Option<(i64,)> = self.database.row(statement::COUNTER, [Counter::Mark.name().into()]).await?;
        Ok(ChangeMark(row.map_or(0, |(value,)| unsigned(value))))
    }

    /// True if several servers may share it, and each changes what the others know.
    pub fn is_shared(&self) -> bool {
        matches!(self.database, Database::Postgres(_))
    }

    /// What was last stored under `key`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = self.database.row(statement::SETTING, [key.into()]).await?;
        Ok(row.map(|(value,)| value))
    }

    /// What time it is by the database's own clock; `None` if what it says is no time. SQLite has no clock but this computer's.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn clock(&self) -> Result<Option<Timestamp>, StoreError> {
        let row: Option<(String,)> = self.database.row(statement::CLOCK, []).await?;
        Ok(row.and_then(|(told,)| moment(&told)))
    }

    /// Stores `value` under `key`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let values = [key.into(), value.into()];
        self.database.change("storing a setting", statement::SETTING_SET, values).await.map(drop)
    }

    /// Changes what is stored under `key` in one transaction: `change` is given what that is, and says what takes its
    /// place. Others who do so, here or on another server, come before or after.
    ///
    /// # Errors
    /// Those of the database, and those of `change`; then what was stored stays.
    pub async fn change_setting<E: From<StoreError>>(
        &self,
        key: &str,
        change: impl FnOnce(Option<String>) -> Result<String, E>,
    ) -> Result<String, E> {
        let mut changing = self.database.write("changing a setting").await?;
        Counter::Mark.advance(&mut changing, 0).await?;
        let row: Option<(String,)> = changing.row(statement::SETTING, [key.into()]).await?;
        let value = change(row.map(|(value,)| value))?;
        changing.run(statement::SETTING_SET, [key.into(), value.as_str().into()]).await?;
        changing.commit().await?;
        Ok(value)
    }

    /// Whether computers choose their groups themselves.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn client_targeting(&self) -> Result<bool, StoreError> {
        Ok(self.setting(CLIENT_TARGETING).await?.as_deref() == Some("true"))
    }

    /// Lets computers choose their groups themselves (`client`), or the administrator assign them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_targeting(&self, client: bool) -> Result<(), StoreError> {
        let mut change = self.database.write("changing who assigns computers").await?;
        Counter::Mark.advance(&mut change, 1).await?;
        let value = if client { "true" } else { "false" };
        change.run(statement::SETTING_SET, [CLIENT_TARGETING.into(), value.into()]).await?;
        change.commit().await
    }

    /// The keys that open cookies, the oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn session_keys(&self) -> Result<Vec<SessionKey>, StoreError> {
        let rows: Vec<(i64, Vec<u8>, i64)> = self.database.rows(statement::SESSION_KEYS, []).await?;
        let unusable = |what: &'static str| StoreError::corrupt("reading session keys", what);
        let key = |(epoch, secret, created): (i64, Vec<u8>, i64)| {
            Ok(SessionKey {
                epoch: epoch.try_into().map_err(|_| unusable("an epoch is out of range"))?,
                key: secret.try_into().map_err(|_| unusable("a key has not 32 bytes"))?,
                created_at: timestamp(created)?,
            })
        };
        rows.into_iter().map(key).collect()
    }

    /// Adds a key under the next epoch, and returns it as it is kept.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn add_session_key(&self, key: [u8; 32], now: Timestamp) -> Result<SessionKey, StoreError> {
        let mut change = self.database.write("adding a session key").await?;
        let epoch = Counter::SessionKey.advance(&mut change, 1).await?;
        let values = [epoch.into(), key.as_slice().into(), micros(now).into()];
        change.run(statement::SESSION_KEY_ADD, values).await?;
        change.commit().await?;
        let epoch = epoch.try_into().map_err(|_| StoreError::corrupt("adding a session key", "no epoch is left"))?;
        Ok(SessionKey { epoch, key, created_at: now })
    }

    /// Removes the keys made before a time; cookies sealed with them are then refused. How many there were.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn retire_session_keys(&self, before: Timestamp) -> Result<u64, StoreError> {
        let values = [micros(before).into()];
        self.database.change("retiring session keys", statement::SESSION_KEYS_RETIRE, values).await
    }
}

/// [`Store::client_targeting`] as a transaction sees it.
pub(crate) async fn client_targeting(view: &mut Transaction) -> Result<bool, StoreError> {
    let row: Option<(String,)> = view.row(statement::SETTING, [CLIENT_TARGETING.into()]).await?;
    Ok(row.is_some_and(|(value,)| value == "true"))
}

/// A moment as engines write it: `2026-11-29 22:53:00`, in UTC, or with fractions and an offset behind.
fn moment(told: &str) -> Option<Timestamp> {
    let text = told.trim().replacen(' ', "T", 1);
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, on_both};

    #[tokio::test]
    async fn the_identity_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("vanne.db"));
        let first = Store::open(&location, at(1)).await.unwrap().identity().await.unwrap();
        assert_eq!(first.config_changed, at(1));
        let store = Store::open(&location, at(9)).await.unwrap();
        assert_eq!(store.identity().await.unwrap(), first);
        store.touch_config(at(9)).await.unwrap();
        let touched = Identity { config_changed: at(9), ..first };
        assert_eq!(store.identity().await.unwrap(), touched);
    }

    #[tokio::test]
    async fn a_closed_store_is_one_file_and_refuses_calls() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Location::Sqlite(folder.path().join("vanne.db")), at(1)).await.unwrap();
        store.set_setting("key", "value").await.unwrap();
        store.close().await;
        let files = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
        assert_eq!(files.collect::<Vec<_>>(), ["vanne.db"]);
        assert!(matches!(store.mark().await, Err(StoreError::Unavailable { .. })));
    }

    #[tokio::test]
    async fn session_keys_have_ascending_epochs_that_are_not_reused() {
        on_both(async |store| {
            let first = store.add_session_key([1; 32], at(1)).await.unwrap();
            let second = store.add_session_key([2; 32], at(2)).await.unwrap();
            assert_eq!((first.epoch, second.epoch), (1, 2));
            assert_eq!(store.session_keys().await.unwrap(), [first, second]);
            assert_eq!(store.retire_session_keys(at(9)).await.unwrap(), 2);
            assert_eq!(store.add_session_key([3; 32], at(10)).await.unwrap().epoch, 3);
        })
        .await;
    }

    #[test]
    fn a_session_key_is_not_told_to_logs() {
        let key = SessionKey { epoch: 1, key: [0xab; 32], created_at: at(0) };
        assert!(!format!("{key:?}").contains("171"));
    }

    #[tokio::test]
    async fn a_setting_is_what_was_last_stored() {
        on_both(async |store| {
            assert_eq!(store.setting("language").await.unwrap(), None);
            store.set_setting("language", "fr").await.unwrap();
            store.set_setting("language", "en").await.unwrap();
            assert_eq!(store.setting("language").await.unwrap().as_deref(), Some("en"));
            assert!(!store.client_targeting().await.unwrap());
            let count = |before: Option<String>| {
                let before = before.map_or(0, |text| text.parse::<u32>().unwrap());
                Ok::<_, StoreError>((before + 1).to_string())
            };
            let at_once = (0..20).map(|_| store.change_setting("count", count));
            let mut counted = futures::future::try_join_all(at_once).await.unwrap();
            counted.sort_by_key(|text| text.parse::<u32>().unwrap());
            assert_eq!(counted, (1..=20).map(|number| number.to_string()).collect::<Vec<_>>());
            let refused = store.change_setting("count", |_| Err(StoreError::invalid("no"))).await;
            assert!(refused.is_err());
            assert_eq!(store.setting("count").await.unwrap().as_deref(), Some("20"));
        })
        .await;
    }
}
