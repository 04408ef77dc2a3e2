//! What is wrong with the way to the upstream and stays so until somebody changes it, told once a day: upstreams without TLS,
//! pinned certificates that expire.

use std::error::Error;

use pins::Expiring;

use crate::app::App;
use crate::sync::trust::{self, TrustError};

pub(crate) async fn step(app: &App) {
    if let Err(error) = look(app).await {
        tracing::warn!(
            error = &error as &dyn Error,
            "could not look whether pinned certificates expire; again tomorrow"
        );
    }
}

async fn look(app: &App) -> Result<(), TrustError> {
    let upstreams = trust::upstreams_now(app).await?;
    app.metrics.upstream_plain.set(upstreams.iter().filter(|upstream| upstream.is_plain()).count() as i64);
    for upstream in upstreams.iter().filter(|upstream| upstream.is_plain()) {
        tracing::warn!(
            %upstream,
            "this upstream is spoken to without TLS: anybody on the way can change what it says; name it with https:// and \
             pin it (`vanne upstream set --url https://… --ca FILE.pem`)"
        );
    }
    let now = app.now();
    let dated: Vec<_> = upstreams.iter().flat_map(|upstream| upstream.pins.expiring()).collect();
    let first = dated.iter().map(|(_, at)| *at).min();
    app.metrics.pins_days_left.set(first.map_or(0, |first| first.duration_since(now).as_hours().div_euclid(24)));
    for Expiring { name, at, within_days } in Expiring::among(dated, now) {
        match within_days {
            0 => tracing::error!(
                authority = name, %at,
                "a pinned certificate of an upstream has expired: import newer pins, or trust its successor"
            ),
            30.. => tracing::warn!(
                authority = name, %at, within_days,
                "a pinned certificate of an upstream expires: see that newer pins are imported in time"
            ),
            _ => tracing::error!(
                authority = name, %at, within_days,
                "a pinned certificate of an upstream expires within days: import newer pins (`vanne upstream pins import`), or \
                 trust its successor (`vanne upstream trust`)"
            ),
        }
    }
    Ok(())
}
