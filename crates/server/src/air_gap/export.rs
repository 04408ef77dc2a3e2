//! An export from beginning to end.

mod held;
mod order;
mod selection;
mod write;

use std::sync::Arc;

use archive::{CarriedFile, Manifest};
use content::FILE_BYTES_MAX;
use model::{Sha1, Sha256, Timestamp};
use store::{ContentRow, ContentState, RequestOrigin};

use super::{AirGapError, NAMED_MAX, Telling, blocking, untidy};
use crate::admin::ApiError;
use crate::admin::api::{ExportAnswer, ExportRequest};
use crate::app::App;
use order::Order;
pub(super) use order::refuse_relative;
use write::Writer;

// What is held fits into an archive.
const _: () = assert!(FILE_BYTES_MAX <= archive::limits::FILE_BYTES_MAX);
const _: () = assert!(authenticode::limits::CRL_BYTES_MAX <= archive::limits::LIST_BYTES_MAX);

/// How often an export is begun anew because licences or addresses changed while it was written.
const TRIES: usize = 3;

/// What was written.
struct Written {
    manifest: Manifest,
    /// Content files that an earlier run had written.
    resumed: u64,
    left_out: LeftOut,
    /// Content files that are not what they should be.
    damaged: Vec<CarriedFile>,
}

/// What could not be carried, each with the reason.
#[derive(Default)]
struct LeftOut {
    named: Vec<String>,
    in_all: u64,
}

impl LeftOut {
    fn note(&mut self, why: String) {
        tracing::warn!(why, "something was left out of an archive");
        self.in_all += 1;
        if self.named.len() < NAMED_MAX {
            self.named.push(why);
        }
    }
}

/// Writes the archive that was asked for. It is there, whole, when this returns; after an error the same request goes on from
/// what is finished.
///
/// What goes along is asked for until then, so that none of it is collected.
pub(crate) async fn run(app: &Arc<App>, request: ExportRequest, telling: Telling) -> Result<ExportAnswer, AirGapError> {
    let _running = app.air_gap.begin()?;
    let order = Arc::new(Order::read(app, request).await?);
    let lacked = held::ask_for_lacked(app, &order).await?;
    tracing::info!(to = %order.to.display(), "exporting an archive");
    let mut tries = 1;
    let written = loop {
        let writer = Writer::new(app, &order, &telling).await?;
        match blocking(move || writer.write()).await {
            Err(error) if error.is_changed() && tries < TRIES => tries += 1,
            written => break written?,
        }
    };
    tidy(app, &lacked.awaited, &written.damaged).await.unwrap_or_else(untidy);
    let Written { manifest, resumed, left_out, .. } = written;
    let (sequence, carries) = (manifest.sequence, manifest.carries);
    tracing::info!(
        archive.sequence = sequence,
        documents = carries.documents,
        files = carries.files,
        left_out = left_out.in_all,
        "exported an archive"
    );
    Ok(ExportAnswer {
        archive: (&manifest).into(),
        to: order.to.clone(),
        resumed,
        left_out: left_out.named,
        left_out_in_all: left_out.in_all,
        unknown_revisions: lacked.revisions,
        unknown_files: lacked.unknown_files,
        awaited_files: lacked.awaited.len() as u64,
    })
}

/// What remains to be done once the archive is there. Only what servers beyond the gap wait for stays asked for, for the next
/// archive.
async fn tidy(app: &App, awaited: &[Sha1], damaged: &[CarriedFile]) -> Result<(), AirGapError> {
    app.store.withdraw_all_content(RequestOrigin::Archive).await?;
    app.store.request_content(awaited, RequestOrigin::Archive, app.now()).await?;
    set_aside(app, damaged).await
}

/// Makes files that an export could not read, or found to be something else, count as new, so that the next archive has them;
/// and sets aside what is damaged, which counts as new once it is healed.
async fn set_aside(app: &App, damaged: &[CarriedFile]) -> Result<(), AirGapError> {
    let digests: Vec<Sha256> = damaged.iter().map(|file| file.sha256).collect();
    app.store.content_renewed(&digests, app.now()).await?;
    for file in damaged {
        let (sha1, sha256, size) = (file.sha1, file.sha256, file.size);
        let row = ContentRow { sha1, sha256, size, state: ContentState::Held, changed_at: Timestamp::UNIX_EPOCH };
        match crate::admin::content::set_aside(app, &row).await {
            // It was collected meanwhile.
            Err(ApiError { status: 404, .. }) | Ok(_) => {}
            Err(error) => return Err(AirGapError::Api(error)),
        }
    }
    Ok(())
}
