//! What cookies are made and judged with: a new key every month, kept as long as a computer may come back with
//! an old cookie; and when the configuration last changed.

use jiff::{SignedDuration, Timestamp};
use store::StoreError;
use trust::KeyRing;

use crate::app::App;

/// A key seals for so long.
const SEALING_HOURS: i64 = 30 * 24;
/// A key opens for so long. A computer that was away longer starts anew, which costs it one full handshake.
const OPENING_HOURS: i64 = 90 * 24;

/// Makes and retires keys as they come of age, and takes over what other servers of this store made and changed.
pub(crate) async fn step(app: &App) {
    if let Err(error) = renew(app).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "could not renew the session keys; the present ones go on"
        );
    }
}

#[derive(Debug, thiserror::Error)]
enum RenewError {
    #[error("could not read or write the session keys")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Ring(#[from] trust::KeyRingError),
}

async fn renew(app: &App) -> Result<(), RenewError> {
    let now = app.now();
    let keys = app.store.session_keys().await?;
    let newest = keys.iter().map(|key| key.created_at).max();
    if newest.is_none_or(|newest| older_than(newest, SEALING_HOURS, now)) {
        app.store.add_session_key(trust::random_key(), now).await?;
        if let Ok(before) = now.checked_sub(SignedDuration::from_hours(OPENING_HOURS)) {
            app.store.retire_session_keys(before).await?;
        }
        tracing::info!("made a new session key; cookies sealed with the others stay valid");
    }
    let (identity, keys) = (app.store.identity().await?, app.store.session_keys().await?);
    let ring = KeyRing::new(identity.incarnation, keys.iter().map(|key| (key.epoch, key.key)))?;
    app.sessions.keys.store(ring.into());
    app.sessions.config_changed.store(identity.config_changed.into());
    Ok(())
}

fn older_than(then: Timestamp, hours: i64, now: Timestamp) -> bool {
    now.duration_since(then) > SignedDuration::from_hours(hours)
}
