//! Finds the archive, and reads all of it before anything is taken.

use std::ops::ControlFlow;
use std::path::PathBuf;

use archive::{Archive, Handovers, Link, OpenError, PartError, ReadError, Signed, Verified};
use trust::Fingerprint;

use super::Step;
use crate::admin::api::{ArchiveImportRequest, ArchiveStep, ImportedArchive};
use crate::air_gap::{AirGapError, Telling, blocking, keys};
use crate::app::App;

/// What lies in the folders.
pub(super) struct Found {
    pub(super) signed: Signed,
    /// A trusted key vouches for the one that signed it: the old one and the new one.
    pub(super) learned: Option<(Fingerprint, Fingerprint)>,
    /// This very archive was imported.
    pub(super) is_known: bool,
    /// `None`: there is nothing to do, or what was imported is not all there any more.
    pub(super) archive: Option<Archive>,
}

/// Opens the archive, which must be signed by a key that is trusted here and come next. One that was imported may be verified
/// again; to import it again only puts back files that are lost here.
pub(super) async fn find(
    app: &App,
    request: &ArchiveImportRequest,
    imported: &[ImportedArchive],
) -> Result<Found, AirGapError> {
    let mut trusted: Vec<Fingerprint> =
        keys::trusted(&app.store).await?.into_iter().map(|key| key.fingerprint).collect();
    let mut links: Vec<Link> = imported.iter().map(ImportedArchive::link).collect();
    let distrusted = keys::distrusted(&app.store).await?;
    let (folders, verify_only) = (request.from.clone(), request.verify_only);
    blocking(move || {
        let learned = introduced(&folders, &trusted, &distrusted)?;
        trusted.extend(learned.map(|(_, new)| new));
        let signed = Signed::open(&folders, &trusted)?;
        let is_known = links.contains(&signed.as_link());
        if is_known {
            // It is judged as it was before it was imported.
            links.retain(|link| link.server != signed.manifest.server.id || link.sequence < signed.manifest.sequence);
        }
        if is_known && !verify_only {
            let opened = left(Archive::open(&folders, &trusted, &links));
            let archive = Step::new(&signed, verify_only).of("looking for its parts", opened)?;
            return Ok(Found { signed, learned, is_known, archive });
        }
        let archive = match Archive::open(&folders, &trusted, &links) {
            // It says itself which archive it is about.
            Err(error @ OpenError::Lineage { .. }) => return Err(error.into()),
            opened => Step::new(&signed, verify_only).of("looking for its parts", opened.map_err(AirGapError::from))?,
        };
        Ok(Found { signed: archive.signed().clone(), learned, is_known, archive: Some(archive) })
    })
    .await
}

/// What is left of an archive that has done its work: the manifest may be all. What is there and cannot be read is told.
fn left(opened: Result<Archive, OpenError>) -> Result<Option<Archive>, AirGapError> {
    match opened {
        Ok(archive) => Ok(Some(archive)),
        // What it follows is remembered no longer.
        Err(
            OpenError::Lineage { .. } | OpenError::MissingParts { .. } | OpenError::Part(PartError::Missing { .. }),
        ) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The trusted key that vouches for the one that signed the archive, and that one; nothing if it is trusted itself, or nobody
/// vouches for it, or an administrator removed it.
fn introduced(
    folders: &[PathBuf],
    trusted: &[Fingerprint],
    distrusted: &[Fingerprint],
) -> Result<Option<(Fingerprint, Fingerprint)>, AirGapError> {
    match Signed::open(folders, trusted) {
        Err(OpenError::UnknownSigner { signer, .. }) => {
            let old = Handovers::open(folders)?.vouched(signer, trusted, distrusted);
            Ok(old.map(|old| (old, signer)))
        }
        // What is wrong with it is told when it is opened.
        _ => Ok(None),
    }
}

/// Reads every part of it, and tells how far that is.
pub(super) async fn verify(archive: Archive, telling: Telling) -> Result<Verified, AirGapError> {
    blocking(move || {
        let mut broken_off = None;
        let read = archive.verify(|progress| {
            match telling.progress(ArchiveStep::Verifying, progress.bytes_done, progress.bytes_total) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    broken_off = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        match (read, broken_off) {
            (Err(ReadError::BrokenOff { .. }), Some(error)) => Err(error),
            (read, _) => Ok(read?),
        }
    })
    .await
}
