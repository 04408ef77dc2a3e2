//! Where the upstream has files: told to those who fetch them.

use std::sync::{Arc, Weak};

use model::Sha1;
use sync::{Session, SyncError, Upstream};

use super::{lists, settings, trust};
use crate::acquire::{AskFor, UpstreamContent};
use crate::app::App;

/// Files that an upstream is asked to fetch in one call (MS-WSUSSS 3.1.4.11).
const AT_ONCE: usize = 100;

/// Says where the upstreams have files, as far as that is known before one is asked.
pub(crate) async fn announce_settings(app: &Arc<App>) {
    match settings::upstream(&app.store, app.config.upstream.as_ref()).await {
        Ok(Some(settings)) => match trust::upstreams(app, &settings).await {
            // Microsoft's service has none (native-behaviour §6.5); a server that has none says so when it is asked.
            Ok(upstreams) => announce(app, &upstreams, settings.kind == sync::Kind::Microsoft),
            Err(error) => tracing::warn!(%error, "files cannot be fetched from the upstream"),
        },
        Ok(None) => app.set_upstream_content(UpstreamContent::default()),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "could not find out where the upstream has files");
        }
    }
}

/// Says where the upstreams have files.
pub(super) fn announce(app: &Arc<App>, upstreams: &[Upstream], is_catalog_only: bool) {
    let bases = upstreams.iter().filter_map(Upstream::content_base).collect();
    let ask_for = asking(Arc::downgrade(app));
    app.set_upstream_content(UpstreamContent { bases, is_catalog_only, ask_for: Some(ask_for) });
}

/// Whom to trust is looked up each time: pins and lists of revoked certificates change without a word to this place.
fn asking(app: Weak<App>) -> AskFor {
    Arc::new(move |files| {
        let (Some(app), files) = (app.upgrade(), files.to_vec()) else { return };
        tokio::spawn(async move {
            let upstreams = match trust::upstreams_now(&app).await {
                Ok(upstreams) => upstreams,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "could not find out whom to ask for files; they are asked for again with the next try"
                    );
                    return;
                }
            };
            for upstream in upstreams {
                match ask(&app, &upstream, &files).await {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        files = files.len(),
                        "could not ask the upstream to fetch files; they are asked for again with the next try"
                    ),
                }
            }
        });
    })
}

async fn ask(app: &App, upstream: &Upstream, files: &[Sha1]) -> Result<(), SyncError> {
    let Ok(account) = lists::account(app).await else { return Ok(()) };
    let session = Session::open(upstream, account).await?;
    for files in files.chunks(AT_ONCE) {
        session.download_files(files).await?;
    }
    Ok(())
}
