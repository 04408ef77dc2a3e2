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
/// Keys that an administrator removed, as JSON, the last one last: no archive makes them trusted again.
const DISTRUSTED: &str = "archive.distrusted";
/// Keys that may be trusted: servers that anybody carries disks from.
const TRUSTED_MAX: usize = 1_000;
/// Keys that are remembered as removed, of which each was trusted once; of more, the latest.
const DISTRUSTED_MAX: usize = 10_000;

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
///
/// # Errors
/// [`AirGapError::NotTrusted`] if an administrator removed one of them meanwhile.
pub(super) async fn learn(app: &App, old: Fingerprint, new: Fingerprint) -> Result<LearnedKey, AirGapError> {
    let now = app.now();
    if distrusted(&app.store).await?.contains(&new) {
        return Err(AirGapError::NotTrusted(new));
    }
    let mut name = None;
    change(&app.store, |keys| {
        let voucher = keys.iter().find(|key| key.fingerprint == old).ok_or(AirGapError::NotTrusted(old))?;
        name.clone_from(&voucher.name);
        add(keys, TrustRequest { fingerprint: new, name: name.clone() }, now)
    })
    .await?;
    tracing::warn!(%old, %new, "a trusted key vouches for a new one, whose archives are imported from now on");
    Ok(LearnedKey { old, fingerprint: new, name })
}

/// The same, said and not done.
pub(super) async fn would_learn(store: &Store, old: Fingerprint, new: Fingerprint) -> Result<LearnedKey, AirGapError> {
    let name = trusted(store).await?.into_iter().find(|key| key.fingerprint == old).and_then(|key| key.name);
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

/// The keys that an administrator removed, in the order in which that was.
pub(super) async fn distrusted(store: &Store) -> Result<Vec<Fingerprint>, StoreError> {
    Ok(settings::read(store, DISTRUSTED).await?.unwrap_or_default())
}

/// Trusts a key from now on, one that was removed as well; one that is trusted gets the name, if there is one.
pub(crate) async fn trust(app: &App, request: TrustRequest) -> Result<Vec<TrustedKey>, AirGapError> {
    let (now, fingerprint) = (app.now(), request.fingerprint);
    let keys = change(&app.store, |keys| add(keys, request, now)).await?;
    note_distrusted(&app.store, |all| all.retain(|key| *key != fingerprint)).await?;
    Ok(keys)
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

/// Trusts a key no longer, whoever vouches for it. What was imported stays.
pub(crate) async fn distrust(app: &App, fingerprint: Fingerprint) -> Result<Vec<TrustedKey>, AirGapError> {
    if !trusted(&app.store).await?.iter().any(|key| key.fingerprint == fingerprint) {
        return Err(AirGapError::NotTrusted(fingerprint));
    }
    // Noted first: cut short between the two, it is trusted still and can be removed again.
    note_distrusted(&app.store, |all| {
        all.retain(|key| *key != fingerprint);
        all.push(fingerprint);
        let surplus = all.len().saturating_sub(DISTRUSTED_MAX);
        all.drain(..surplus);
    })
    .await?;
    change(&app.store, |keys| {
        keys.retain(|key| key.fingerprint != fingerprint);
        Ok(())
    })
    .await
}

async fn note_distrusted(store: &Store, make: impl FnOnce(&mut Vec<Fingerprint>)) -> Result<(), StoreError> {
    let changed = store.change_setting(DISTRUSTED, |text| {
        let mut all = text.map_or(Ok(None), |text| settings::parse(DISTRUSTED, &text))?.unwrap_or_default();
        make(&mut all);
        settings::to_json(&all)
    });
    changed.await.map(drop)
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
