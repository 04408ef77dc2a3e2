//! The key that signs this server's archives, and those whose archives are imported. Both are kept in the store, so that
//! servers that share one are one exporter, and a backup of it has them.

use archive::limits::HANDOVERS_MAX;
use archive::{Handover, Handovers, Server, ServerName};
use model::Timestamp;
use store::{Store, StoreError};
use trust::{Fingerprint, SigningKey};

use super::AirGapError;
use crate::admin::api::{ArchiveKey, LearnedKey, TrustRequest, TrustedKey};
use crate::app::App;
use crate::sync::settings;

/// The private key, as PEM.
const KEY: &str = "archive.key";
/// How it came from those before it, as JSON.
const HANDOVERS: &str = "archive.handovers";
/// What is trusted, as JSON.
const TRUSTED: &str = "archive.trusted";
/// Keys that may be trusted: servers that anybody carries disks from.
const TRUSTED_MAX: usize = 1_000;

/// The key of this server; made when it is first asked for.
pub(super) async fn own(store: &Store) -> Result<SigningKey, AirGapError> {
    let pem = match store.setting(KEY).await? {
        Some(pem) => pem,
        // Whoever comes first makes it.
        None => store.change_setting(KEY, |pem| Ok::<_, StoreError>(pem.unwrap_or_else(new_key))).await?,
    };
    SigningKey::from_pem(&pem).map_err(AirGapError::Key)
}

fn new_key() -> String {
    SigningKey::generate().to_pem()
}

/// How this server's key came from those before it.
pub(super) async fn handovers(store: &Store) -> Result<Handovers, StoreError> {
    Ok(Handovers::new(settings::read(store, HANDOVERS).await?.unwrap_or_default()))
}

/// Signs with another key from now on. The old one vouches for it, and is forgotten: archives carry that word, so that whoever
/// trusts the old one learns the new one.
pub(crate) async fn renew(app: &App) -> Result<ArchiveKey, AirGapError> {
    let store = &app.store;
    let (old, new) = (own(store).await?, SigningKey::generate());
    let handover = Handover::new(&old, &new.verifying_key());
    // Said first: one for a key that never signs anything does no harm.
    let changed = store.change_setting(HANDOVERS, |text| {
        let known: Option<Vec<Handover>> = text.map_or(Ok(None), |text| settings::parse(HANDOVERS, &text))?;
        let mut known = known.unwrap_or_default();
        known.push(handover);
        let surplus = known.len().saturating_sub(HANDOVERS_MAX);
        known.drain(..surplus);
        settings::to_json(&known)
    });
    changed.await?;
    // Of two that renew it at once, the first has done it.
    let before = old.to_pem();
    let keep = |pem: Option<String>| {
        let is_other = pem.as_ref().is_some_and(|pem| *pem != before);
        Ok::<_, StoreError>(if is_other { pem.unwrap_or_default() } else { new.to_pem() })
    };
    store.change_setting(KEY, keep).await?;
    let key = key(app).await?;
    tracing::warn!(
        old = %old.verifying_key().fingerprint(), new = %key.fingerprint,
        "archives are signed by a new key from now on; archives tell those who trust the old one"
    );
    Ok(key)
}

/// Trusts `new` because `old`, which is trusted, vouches for it; under the same name.
pub(super) async fn learn(app: &App, old: Fingerprint, new: Fingerprint) -> Result<LearnedKey, AirGapError> {
    let now = app.now();
    let mut name = None;
    change(&app.store, |keys| {
        name = keys.iter().find(|key| key.fingerprint == old).and_then(|key| key.name.clone());
        add(keys, TrustRequest { fingerprint: new, name: name.clone() }, now)
    })
    .await?;
    tracing::warn!(%old, %new, "a trusted key vouches for a new one, whose archives are imported from now on");
    Ok(LearnedKey { old, fingerprint: new, name })
}

/// Who this server is to those who import its archives. Its id is that of its database.
pub(super) async fn identity(app: &App) -> Result<Server, StoreError> {
    let id = app.store.identity().await?.incarnation;
    let name = ServerName::try_from(app.host_name())
        .expect("a host's name has letters, digits, dots and hyphens, at most 255");
    Ok(Server { id, name })
}

/// What those who are to import this server's archives have to trust.
pub(crate) async fn key(app: &App) -> Result<ArchiveKey, AirGapError> {
    let Server { id, name } = identity(app).await?;
    let fingerprint = own(&app.store).await?.verifying_key().fingerprint();
    Ok(ArchiveKey { name, server: id, fingerprint })
}

/// The keys whose archives are imported, in the order in which they were trusted.
pub(crate) async fn trusted(store: &Store) -> Result<Vec<TrustedKey>, AirGapError> {
    Ok(settings::read(store, TRUSTED).await?.unwrap_or_default())
}

/// Trusts a key from now on; one that is trusted gets the name, if there is one.
pub(crate) async fn trust(app: &App, request: TrustRequest) -> Result<Vec<TrustedKey>, AirGapError> {
    let now = app.now();
    change(&app.store, |keys| add(keys, request, now)).await
}

fn add(keys: &mut Vec<TrustedKey>, request: TrustRequest, now: Timestamp) -> Result<(), AirGapError> {
    let TrustRequest { fingerprint, name } = request;
    if let Some(key) = keys.iter_mut().find(|key| key.fingerprint == fingerprint) {
        key.name = name.or(key.name.take());
    } else if keys.len() < TRUSTED_MAX {
        keys.push(TrustedKey { fingerprint, name, trusted_at: now });
    } else {
        return Err(AirGapError::TooManyKeys { limit: TRUSTED_MAX });
    }
    Ok(())
}

/// Trusts a key no longer. What was imported stays.
pub(crate) async fn distrust(app: &App, fingerprint: Fingerprint) -> Result<Vec<TrustedKey>, AirGapError> {
    change(&app.store, |keys| {
        let before = keys.len();
        keys.retain(|key| key.fingerprint != fingerprint);
        if keys.len() < before { Ok(()) } else { Err(AirGapError::NotTrusted(fingerprint)) }
    })
    .await
}

async fn change(
    store: &Store,
    make: impl FnOnce(&mut Vec<TrustedKey>) -> Result<(), AirGapError>,
) -> Result<Vec<TrustedKey>, AirGapError> {
    let mut keys: Vec<TrustedKey> = Vec::new();
    let changed = store.change_setting(TRUSTED, |text| {
        keys = text.map_or(Ok(None), |text| settings::parse(TRUSTED, &text))?.unwrap_or_default();
        make(&mut keys)?;
        Ok::<_, AirGapError>(settings::to_json(&keys)?)
    });
    changed.await?;
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use store::Location;

    use super::*;

    #[tokio::test]
    async fn servers_that_share_a_store_make_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("vanne.db"));
        let store = Store::open(&location, Timestamp::UNIX_EPOCH).await.unwrap();
        let other = Store::open(&location, Timestamp::UNIX_EPOCH).await.unwrap();
        let (one, two) = tokio::join!(own(&store), own(&other));
        let fingerprint = one.unwrap().verifying_key().fingerprint();
        assert_eq!(two.unwrap().verifying_key().fingerprint(), fingerprint);
        store.set_setting(KEY, "not a key").await.unwrap();
        assert!(matches!(own(&store).await, Err(AirGapError::Key(_))));
    }

    #[test]
    fn a_key_is_trusted_once_under_its_last_name_and_not_too_many_are() {
        let now = Timestamp::UNIX_EPOCH;
        let request = |name: Option<&str>| TrustRequest {
            fingerprint: SigningKey::generate().verifying_key().fingerprint(),
            name: name.map(|name| name.to_owned().try_into().unwrap()),
        };
        let (mut keys, paris) = (Vec::new(), request(Some("Paris")));
        add(&mut keys, TrustRequest { name: None, ..paris.clone() }, now).unwrap();
        add(&mut keys, paris.clone(), now).unwrap();
        add(&mut keys, TrustRequest { name: None, ..paris.clone() }, now).unwrap();
        assert_eq!((keys.len(), &keys[0].name), (1, &paris.name));
        while keys.len() < TRUSTED_MAX {
            add(&mut keys, request(None), now).unwrap();
        }
        let error = add(&mut keys, request(None), now).unwrap_err().to_string();
        assert!(error.contains("`vanne archive trust --remove`"), "{error}");
        assert!(add(&mut keys, paris, now).is_ok(), "it is among them");
    }
}
