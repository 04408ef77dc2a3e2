//! Whom upstreams' certificates must come from, and who answers at their addresses.

use std::sync::Arc;

use axum::extract::State;
use sync::{Kind, Probe, Upstream};

use super::api::{
    ExpiringPin, PinnedAuthority, PinsAnswer, ProbeAnswer, ProbeRequest, SignerRequest, UpstreamTrust,
    UpstreamTrustRequest,
};
use super::extract::Json;
use super::{ApiError, chain};
use crate::app::App;
use crate::sync::trust::{self, TrustError, Trusted};

pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Vec<UpstreamTrust>>, ApiError> {
    Ok(Json(listed(&app).await?))
}

pub(super) async fn set(
    State(app): State<Arc<App>>,
    Json(request): Json<UpstreamTrustRequest>,
) -> Result<Json<Vec<UpstreamTrust>>, ApiError> {
    let UpstreamTrustRequest { url, proxy, authority, mut keys, accept } = request;
    let mut upstream = trust::upstream(&app, Kind::Vanne, &url, proxy).await?;
    if upstream.is_plain() {
        return Err(ApiError::invalid(format!("{upstream} is spoken to without TLS, so that nothing can be pinned"))
            .hint("give its address with https://"));
    }
    if let Some(accept) = accept {
        // What is accepted is what is there now, and nothing that comes between.
        upstream.pins = pins::Pins::keys([accept]);
        let Probe { presented, verdict, .. } = sync::probe(&upstream).await.map_err(|error| unreachable(&error))?;
        if let Err((untrusted, _)) = verdict {
            let shown = presented.key_to_pin().map_or_else(String::new, |key| format!(" (the key to accept is {key})"));
            return Err(ApiError::conflict(format!("nothing was accepted: {untrusted}{shown}")));
        }
        keys.push(accept);
    }
    trust::set(&app, &upstream, Trusted { authority, keys, since: Some(app.now()) }).await?;
    crate::sync::files::announce_settings(&app).await;
    Ok(Json(listed(&app).await?))
}

pub(super) async fn probe(
    State(app): State<Arc<App>>,
    Json(request): Json<ProbeRequest>,
) -> Result<Json<ProbeAnswer>, ApiError> {
    let upstream = trust::upstream(&app, request.kind, &request.url, None).await?;
    probed(&upstream).await.map(Json)
}

pub(super) async fn pins(State(app): State<Arc<App>>) -> Result<Json<PinsAnswer>, ApiError> {
    pinned(&app).await.map(Json)
}

pub(super) async fn import_pins(State(app): State<Arc<App>>, file: String) -> Result<Json<PinsAnswer>, ApiError> {
    trust::import(&app.store, &file).await?;
    pinned(&app).await.map(Json)
}

pub(super) async fn trust_signer(
    State(app): State<Arc<App>>,
    Json(request): Json<SignerRequest>,
) -> Result<Json<PinsAnswer>, ApiError> {
    trust::trust_signer(&app.store, request.signer, request.is_trusted).await?;
    pinned(&app).await.map(Json)
}

/// Who answers at an address, in the form of an answer.
pub(super) async fn probed(upstream: &Upstream) -> Result<ProbeAnswer, ApiError> {
    let Probe { presented, verdict, date } = sync::probe(upstream).await.map_err(|error| unreachable(&error))?;
    let (refused, accept, suspicion) = match verdict {
        Ok(()) => (None, None, None),
        Err((untrusted, accept)) => (Some(untrusted.to_string()), accept, untrusted.suspicion.clone()),
    };
    Ok(ProbeAnswer {
        upstream: upstream.to_string(),
        is_plain: upstream.is_plain(),
        key_to_pin: presented.key_to_pin(),
        certificates: presented.0,
        refused,
        suspicion,
        accept,
        date,
    })
}

/// Why an upstream of which nothing is pinned is not taken: with all that is needed to pin it.
pub(super) async fn unpinned(upstream: &Upstream) -> ApiError {
    let by_file = format!(
        "`--ca FILE.pem` names the authority that {upstream} is below (of a server of this kind: `vanne pki ca` there)"
    );
    match sync::probe(upstream).await {
        Ok(Probe { presented, .. }) => {
            let accept = presented.key_to_pin().map_or_else(String::new, |key| {
                format!(" and say `vanne upstream trust --data-dir DIR --url {upstream} --accept-pin {key}`")
            });
            ApiError::conflict(format!(
                "the upstream was not changed: {upstream} presents {presented}, and nothing is pinned for it yet"
            ))
            .hint(format!("compare the key with what its administrator says{accept}; or {by_file}"))
        }
        Err(error) => ApiError::conflict(format!(
            "the upstream was not changed: nothing is pinned for {upstream}, and who answers there cannot be seen: {}",
            chain(&error)
        ))
        .hint(format!("{by_file}, and `--pin sha256:…` a key")),
    }
}

async fn listed(app: &App) -> Result<Vec<UpstreamTrust>, ApiError> {
    let all = trust::trusted(&app.store).await?;
    let told = all.into_iter().map(|(upstream, Trusted { authority, keys, since })| {
        let pins = authority.map(|text| pins::Pins::authority(&text));
        let authorities = pins.and_then(Result::ok).map(|pins| pins.expiring()).unwrap_or_default();
        let authorities = authorities.into_iter().map(|(name, at)| ExpiringPin { name, at, within_days: None });
        UpstreamTrust { upstream, authorities: authorities.collect(), keys, since }
    });
    Ok(told.collect())
}

async fn pinned(app: &App) -> Result<PinsAnswer, ApiError> {
    let set = trust::pin_set(&app.store).await?;
    let authorities = set.told().map(|(hosts, name, key, not_after)| PinnedAuthority {
        hosts: hosts.to_owned(),
        name: name.to_owned(),
        key,
        not_after,
    });
    Ok(PinsAnswer {
        version: set.version,
        is_built_in: set == pins::PinSet::built_in(),
        not_after: set.validity.until,
        authorities: authorities.collect(),
        signers: trust::signers(&app.store).await?,
        expiring: set.expiring(app.now()).into_iter().map(ExpiringPin::from).collect(),
    })
}

fn unreachable(error: &sync::SyncError) -> ApiError {
    let status = if error.is_passing() { 503 } else { 502 };
    ApiError { status, error: chain(error), hint: None }
}

impl From<pins::Expiring> for ExpiringPin {
    fn from(expiring: pins::Expiring) -> Self {
        Self { name: expiring.name, at: expiring.at, within_days: Some(expiring.within_days) }
    }
}

impl From<TrustError> for ApiError {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::Store(error) => error.into(),
            TrustError::Pinned(_) | TrustError::InFile(_) | TrustError::TooMany | TrustError::Import(_) => {
                Self::conflict(chain(&error))
            }
            _ => Self::invalid(chain(&error)),
        }
    }
}
