//! The internal authority, as the store keeps it.

use pki::Authority;
use store::StoreError;

use super::HttpsError;
use crate::app::App;

/// Its key and certificate, as PEM.
const AUTHORITY: &str = "pki.authority";

/// The authority of this estate; made when it is first asked for. Servers that share a store share it.
pub(crate) async fn authority(app: &App) -> Result<Authority, HttpsError> {
    let text = match app.store.setting(AUTHORITY).await? {
        Some(text) => text,
        None => {
            let made = Authority::generate(&app.host_name(), app.now())?.to_pem();
            // Whoever comes first has made it.
            let kept = app.store.change_setting(AUTHORITY, |text| Ok::<_, StoreError>(text.unwrap_or(made))).await?;
            tracing::info!(
                "made the internal certificate authority; `vanne pki export` writes what computers need to trust it"
            );
            kept
        }
    };
    Ok(Authority::from_pem(&text)?)
}

/// The same, unless there is none.
pub(super) async fn existing(app: &App) -> Result<Option<Authority>, HttpsError> {
    match app.store.setting(AUTHORITY).await? {
        Some(text) => Ok(Some(Authority::from_pem(&text)?)),
        None => Ok(None),
    }
}
