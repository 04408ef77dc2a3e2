//! Lists of revoked certificates that signers of files name.

use std::sync::Arc;

use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use store::{ListPlace, ListRow};
use trust::DigestSha256;

use super::ApiError;
use super::api::{ExportedFile, RevocationListPlace, RevocationListsAnswer};
use super::extract::Json;
use crate::acceptance::lists;
use crate::app::App;

pub(super) async fn show(State(app): State<Arc<App>>) -> Result<Json<RevocationListsAnswer>, ApiError> {
    let rows = app.store.revocation_lists().await?;
    Ok(Json(RevocationListsAnswer {
        are_fetched: lists::are_fetched(&app).await?,
        lists: rows.into_iter().map(|row| told(row, &app)).collect(),
    }))
}

/// Those that came, as files: for servers that no network reaches.
pub(super) async fn files(State(app): State<Arc<App>>) -> Result<Json<Vec<ExportedFile>>, ApiError> {
    let lists = app.store.revocation_list_bodies().await?;
    let file = |(number, (place, list)): (usize, (ListPlace, Vec<u8>))| ExportedFile {
        name: format!("{}-{number}.crl", plain(&place.authority)),
        content: STANDARD.encode(list),
    };
    Ok(Json((1..).zip(lists).map(file).collect()))
}

/// What of a name may stand in that of a file.
fn plain(name: &str) -> String {
    name.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '-' }).take(60).collect()
}

fn told(row: ListRow, app: &App) -> RevocationListPlace {
    let ListRow { place, dates, tried_at, failure, again_at } = row;
    let mut key = DigestSha256::new();
    key.update(&place.authority_key);
    RevocationListPlace {
        address: place.address,
        authority: place.authority,
        key: key.finish().0,
        is_current: dates.is_some_and(|dates| dates.ends_at > app.now()),
        made_at: dates.map(|dates| dates.made_at),
        ends_at: dates.map(|dates| dates.ends_at),
        tried_at,
        failure,
        again_at,
    }
}
