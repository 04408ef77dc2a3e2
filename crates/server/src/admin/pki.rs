//! Certificates: what there is, new ones, and what computers need.

use std::sync::Arc;

use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ApiError;
use super::api::{ExportedFile, PkiAnswer, PkiAuthority, PkiImport, PkiInstall, PkiRequest};
use super::extract::Json;
use crate::app::App;
use crate::https::{self, HttpsError};

/// Where computers look for HTTPS when no server runs that would know its port.
const USUAL_PORT: u16 = 8531;

pub(super) async fn show(State(app): State<Arc<App>>) -> Result<Json<PkiAnswer>, ApiError> {
    Ok(Json(https::state(&app).await?))
}

/// The authority, which is made when there is none yet.
pub(super) async fn authority(State(app): State<Arc<App>>) -> Result<Json<PkiAuthority>, ApiError> {
    Ok(Json(PkiAuthority { certificate: https::authority(&app).await?.certificate().to_pem() }))
}

pub(super) async fn renew(State(app): State<Arc<App>>) -> Result<Json<PkiAnswer>, ApiError> {
    https::renew(&app).await?;
    show(State(app)).await
}

pub(super) async fn reload(State(app): State<Arc<App>>) -> Result<Json<PkiAnswer>, ApiError> {
    https::reload(&app).await?;
    show(State(app)).await
}

pub(super) async fn request(State(app): State<Arc<App>>) -> Result<Json<PkiRequest>, ApiError> {
    let _one = app.https.changing.lock().await;
    Ok(Json(PkiRequest { request: https::request(&app)? }))
}

pub(super) async fn install(
    State(app): State<Arc<App>>,
    Json(answer): Json<PkiInstall>,
) -> Result<Json<PkiAnswer>, ApiError> {
    let one = app.https.changing.lock().await;
    https::install(&app, &answer.chain).await?;
    drop(one);
    shown_from_now_on(app).await
}

pub(super) async fn import(
    State(app): State<Arc<App>>,
    Json(request): Json<PkiImport>,
) -> Result<Json<PkiAnswer>, ApiError> {
    let pfx = STANDARD.decode(&request.pfx).map_err(|_| ApiError::invalid("the PFX file is not in base64"))?;
    let one = app.https.changing.lock().await;
    https::import(&app, &pfx, &request.password).await?;
    drop(one);
    shown_from_now_on(app).await
}

/// Takes what was put in place into service; says that it is in place if that does not go well.
async fn shown_from_now_on(app: Arc<App>) -> Result<Json<PkiAnswer>, ApiError> {
    if let Err(error) = https::reload(&app).await {
        let hint = "it was put in place all the same, and is looked at again within an hour; until then the present certificates stay \
                    in service";
        return Err(ApiError::from(error).hint(hint));
    }
    show(State(app)).await
}

pub(super) async fn export(State(app): State<Arc<App>>) -> Result<Json<Vec<ExportedFile>>, ApiError> {
    let files = https::export(&app, app.https_port().unwrap_or(configured_port(&app))).await?;
    let file =
        |file: ::pki::export::File| ExportedFile { name: file.name.to_owned(), content: STANDARD.encode(file.bytes) };
    Ok(Json(files.into_iter().map(file).collect()))
}

fn configured_port(app: &App) -> u16 {
    match app.config.server.https().port() {
        0 => USUAL_PORT,
        port => port,
    }
}

impl From<HttpsError> for ApiError {
    fn from(error: HttpsError) -> Self {
        let text = super::chain(&error);
        match error {
            HttpsError::Store(error) => error.into(),
            HttpsError::Write { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                Self { status: 507, ..Self::conflict(text) }.hint("nothing was changed; make room and try again")
            }
            HttpsError::Read { .. } | HttpsError::Write { .. } => {
                Self { status: 503, ..Self::conflict(text) }.hint("the present certificates stay in service")
            }
            HttpsError::Tls(_) | HttpsError::Bundle | HttpsError::Abandoned => Self::internal(&error),
            HttpsError::NothingYet | HttpsError::NoAddress { .. } => Self::conflict(text),
            _ => Self::conflict(text).hint("nothing was changed; the present certificates stay in service"),
        }
    }
}
