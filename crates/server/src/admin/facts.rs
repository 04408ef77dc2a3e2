//! What `vanne doctor` wants to know of a server: facts, without a verdict.

use std::sync::Arc;

use ::pki::Urgency;
use axum::extract::State;
use sync::Kind;

use super::ApiError;
use super::api::{CertificateSummary, ExpiringPin, Facts, UpstreamFacts};
use super::extract::Json;
use crate::app::App;
use crate::https;
use crate::sync::{settings, trust};

pub(super) async fn show(State(app): State<Arc<App>>) -> Result<Json<Facts>, ApiError> {
    let settings = settings::upstream(&app.store, app.config.upstream.as_ref()).await?;
    let upstreams = match &settings {
        Some(settings) => trust::upstreams(&app, settings).await?,
        None => Vec::new(),
    };
    let set = trust::pin_set(&app.store).await?;
    let is_microsoft = settings.as_ref().is_some_and(|settings| settings.kind == Kind::Microsoft);
    let told = upstreams.iter().map(|upstream| UpstreamFacts {
        url: upstream.to_string(),
        kind: upstream.kind,
        host: upstream.host().to_owned(),
        port: upstream.url().port_or_known_default().unwrap_or_default(),
        content: upstream.content_base().map(|base| base.to_string()).filter(|_| upstream.kind != Kind::Microsoft),
        is_plain: upstream.is_plain(),
        is_pinned: !upstream.pins.is_empty(),
        proxy: upstream
            .proxy
            .as_ref()
            .and_then(|proxy| Some((proxy.host_str()?.to_owned(), proxy.port_or_known_default().unwrap_or(1080)))),
        expiring: pins::Expiring::among(upstream.pins.expiring(), app.now())
            .into_iter()
            .map(ExpiringPin::from)
            .collect(),
    });
    Ok(Json(Facts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        now: app.now(),
        database: if app.config.database.url.is_some() { "PostgreSQL" } else { "SQLite" }.to_owned(),
        database_now: app.store.clock().await?,
        http_port: app.listening_port(),
        https_port: app.https_port(),
        free_bytes: app.files.free_bytes().await.ok(),
        floor_bytes: app.config.content.disk_floor_mib * 1024 * 1024,
        upstreams: told.collect(),
        pins_version: set.version,
        pins_incomplete: if is_microsoft {
            set.incomplete().into_iter().map(str::to_owned).collect()
        } else {
            Vec::new()
        },
        allow_http_metadata: app.config.server.allows_http_metadata(),
        certificates: https::state(&app).await?.certificates.into_iter().map(expiring).collect(),
    }))
}

/// A certificate of this server, under the same alarms as pins.
fn expiring(certificate: CertificateSummary) -> ExpiringPin {
    let within_days = match certificate.urgency {
        Urgency::None => None,
        Urgency::Notice => Some(90),
        Urgency::Warning => Some(30),
        Urgency::Alarm => Some(7),
        Urgency::Invalid => Some(0),
    };
    ExpiringPin { name: certificate.subject, at: certificate.not_after, within_days }
}
