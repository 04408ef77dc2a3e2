//! An import from beginning to end.

mod apply;
mod files;
mod read;

use std::sync::Arc;

use archive::{Archive, CarriedList, Manifest, Signed, Verified};
use model::Sha1;
use store::ListPlace;
use trust::Fingerprint;

use super::export::refuse_relative;
use super::{AirGapError, NAMED_MAX, Telling, blocking, keys, lineage, untidy};
use crate::acceptance;
use crate::admin::api::{ArchiveImportAnswer, ArchiveImportRequest, ArchiveImported, LearnedKey};
use crate::app::App;
use read::Found;

/// Takes an archive in, or only checks it. All of it is in effect when this returns; after an error nothing is, and the same
/// request goes on from the files that were put.
///
/// # Errors
/// Each names the archive and what was done with it.
pub(crate) async fn run(
    app: &Arc<App>,
    request: ArchiveImportRequest,
    telling: Telling,
) -> Result<ArchiveImportAnswer, AirGapError> {
    let _running = app.air_gap.begin()?;
    if request.from.is_empty() {
        return Err(AirGapError::NoFolder);
    }
    request.from.iter().try_for_each(|folder| refuse_relative("the folder", folder))?;
    if request.decisions {
        crate::admin::decides_here(app).await.map_err(AirGapError::Api)?;
    }
    let before = lineage::imported(&app.store).await?;
    let Found { archive, signed, learned, is_known } = read::find(app, &request, &before).await?;
    let answer = |learned, done| ArchiveImportAnswer {
        learned,
        archive: (&signed.manifest).into(),
        is_known,
        is_only_verified: request.verify_only,
        done,
    };
    let step = Step::new(&signed, request.verify_only);
    // What was imported before is not read as a whole, so that it teaches nothing.
    let Some(archive) = archive else { return Ok(answer(None, ArchiveImported::default())) };
    if is_known && !request.verify_only {
        let healed = step.of("putting back what was lost here", heal(app, archive, &telling).await)?;
        return Ok(answer(None, healed));
    }
    let verified = step.of("reading its parts", read::verify(archive, telling.clone()).await)?;
    if request.verify_only {
        let would_learn = match learned {
            Some((old, new)) => Some(keys::would_learn(&app.store, old, new).await?),
            None => None,
        };
        return Ok(answer(would_learn, ArchiveImported::default()));
    }
    // All of it was read: one that is damaged or made up teaches nothing.
    let learned = step.of("trusting the key that signed it", learn(app, learned).await)?;
    tracing::info!(server = %signed.manifest.server.name, archive.sequence = signed.manifest.sequence, "importing an archive");
    // Files first: one without its update is in nobody's way, an update without its files would be.
    let put = step.of("putting its files into the content folder", files::put(app, &verified, &telling).await)?;
    let applied = apply::all(app, &verified, &request, before, &telling).await;
    let mut done = step.of("taking it into the catalog", applied)?;
    (done.files, done.file_bytes) = (put.files, put.bytes);
    // Before its files are judged.
    done.lists = lists(app, &verified).await.unwrap_or_else(|error| {
        untidy(error);
        0
    });
    tidy(app, &verified).await.unwrap_or_else(untidy);
    tracing::info!(
        server = %signed.manifest.server.name, archive.sequence = signed.manifest.sequence, taken = done.taken,
        refused = done.refused_in_all, files = done.files, "imported an archive"
    );
    Ok(answer(learned, done))
}

/// Takes over the lists of revoked certificates that it carries. How many were news.
async fn lists(app: &App, verified: &Verified) -> Result<u64, AirGapError> {
    let carried = verified.clone();
    let brought = blocking(move || {
        let place = |list: CarriedList| {
            let CarriedList { address, authority, authority_key, list } = list;
            (ListPlace { address, authority_key, authority }, list)
        };
        let lists = carried.lists()?.take(store::LISTS_MAX).map(|list| list.map(place));
        lists.collect::<Result<Vec<_>, _>>().map_err(AirGapError::from)
    })
    .await?;
    let taken = acceptance::lists::learn(app, brought).await.map_err(AirGapError::Api)?;
    Ok(taken as u64)
}

/// Trusts a key for which one that is trusted vouches, if there is one.
async fn learn(app: &App, learned: Option<(Fingerprint, Fingerprint)>) -> Result<Option<LearnedKey>, AirGapError> {
    match learned {
        Some((old, new)) => keys::learn(app, old, new).await.map(Some),
        None => Ok(None),
    }
}

/// Puts back the files of an archive that was imported and that were lost or damaged here since. It is read as a whole
/// before, if there are any.
async fn heal(app: &App, archive: Archive, telling: &Telling) -> Result<ArchiveImported, AirGapError> {
    // An import that was cut short behind its end has not judged them.
    acceptance::again::all(app).await.map_err(AirGapError::Api)?;
    let lost = files::lost(app, &archive, telling).await?;
    let mut done = ArchiveImported::default();
    if lost.is_empty() {
        return Ok(done);
    }
    let digests: Vec<Sha1> = lost.iter().map(|file| file.sha1).collect();
    let verified = read::verify(archive, telling.clone()).await?;
    let put = files::put_all(app, &verified, telling, lost).await?;
    acceptance::again::all(app).await.map_err(AirGapError::Api)?;
    files::let_go(app, &verified).await.unwrap_or_else(untidy);
    (done.files, done.file_bytes) = (put.files, put.bytes);
    let named = app.store.files_by_sha1(&digests).await?;
    for file in &named {
        tracing::warn!(file.sha1 = %file.sha1, file.name = %file.name, "a content file that was lost or damaged was put back from an archive");
    }
    done.healed = named.into_iter().take(NAMED_MAX).map(|file| file.name.to_string()).collect();
    Ok(done)
}

/// What remains to be done once it is in effect: its files are kept for what the catalog wants from now on, and computers see
/// it now instead of within a second.
async fn tidy(app: &App, verified: &Verified) -> Result<(), AirGapError> {
    files::let_go(app, verified).await?;
    app.publisher.refresh(app).await.map_err(|error| AirGapError::Api(error.into()))?;
    // Of what its updates just came to name it can be said now who has to have signed it.
    acceptance::again::all(app).await.map(drop).map_err(AirGapError::Api)
}

/// Says of an error which archive it is about, and what was done with it.
struct Step<'a> {
    manifest: &'a Manifest,
    action: &'static str,
}

impl<'a> Step<'a> {
    fn new(signed: &'a Signed, verify_only: bool) -> Self {
        Self { manifest: &signed.manifest, action: if verify_only { "verified" } else { "imported" } }
    }

    fn of<T>(&self, step: &'static str, done: Result<T, AirGapError>) -> Result<T, AirGapError> {
        done.map_err(|source| AirGapError::Of {
            server: self.manifest.server.name.clone(),
            sequence: self.manifest.sequence,
            action: self.action,
            step,
            source: Box::new(source),
        })
    }
}
