//! The key that signs this server's archives, and those whose archives are imported. Both are kept in the store, so that
//! servers that share one are one exporter, and a backup of it has them.

use archive::{Server, ServerName};
use store::{Store, StoreError};
use trust::{Fingerprint, SigningKey};

use super::AirGapError;
use crate::admin::api::{ArchiveKey, TrustRequest, TrustedKey};
use crate::app::App;
use crate::sync::settings;

/// The private key, as PEM.
const KEY: &str = "archive.key";
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
    let TrustRequest { fingerprint, name } = request;
    let now = app.now();
    change(&app.store, |keys| {
        if let Some(key) = keys.iter_mut().find(|key| key.fingerprint == fingerprint) {
            key.name = name.or(key.name.take());
        } else if keys.len() < TRUSTED_MAX {
            keys.push(TrustedKey { fingerprint, name, trusted_at: now });
        } else {
            return Err(AirGapError::TooManyKeys { limit: TRUSTED_MAX });
        }
        Ok(())
    })
    .await
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
