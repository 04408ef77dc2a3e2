//! What is wanted here and has to come from elsewhere, whether this server may fetch it or not.

use std::collections::HashSet;

use model::ContentFile;

use super::{needs, queue};
use crate::admin::ApiError;
use crate::app::App;
use crate::config::ContentMode;

/// The files that are wanted and not held: what approvals need, in whatever mode, and what the mode wants beside that.
///
/// A server that no network reaches fetches nothing (`none`), and lacks what was approved all the same.
pub(crate) async fn lacking(app: &App) -> Result<Vec<ContentFile>, ApiError> {
    let snapshot = app.publisher.refresh(app).await?;
    let (needs, _) = queue::needs(app, &snapshot).await?;
    let mut seen = HashSet::new();
    let mut wanted = needs.wanted(app.config.content.mode);
    wanted.extend(needs.wanted(ContentMode::OnApproval));
    wanted.retain(|file| seen.insert(file.sha1));
    let rows = app.store.content_rows().await?;
    Ok(needs::missing(&wanted, &rows, &HashSet::new()).into_iter().cloned().collect())
}
