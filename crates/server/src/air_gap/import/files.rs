//! Puts the content files of an archive into the content folder.

use std::collections::HashSet;
use std::io::{self, Read as _};

use archive::{Archive, CarriedFile, FileReader, Verified};
use bytes::{Bytes, BytesMut};
use content::Expected;
use futures::stream;
use model::{Sha1, Sha256};
use store::{NewContent, RequestOrigin};
use tokio::io::AsyncRead;
use tokio::sync::mpsc;
use tokio_util::io::StreamReader;

use crate::admin::api::ArchiveStep;
use crate::admin::content::set_aside;
use crate::air_gap::{AirGapError, Telling};
use crate::app::App;

/// Bytes of a file that are read at a time,
const CHUNK_BYTES: usize = 256 * 1024;
/// and so many of these may wait to be written.
const CHUNKS_WAITING: usize = 4;
const MIB: u64 = 1024 * 1024;
/// Files that are noted in one transaction.
const NOTED: usize = 64;

/// What was put.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Put {
    pub(super) files: u64,
    pub(super) bytes: u64,
}

/// Puts the files that are not held, each whole and verified before it counts. They are asked for until
/// [`let_go`], so that none is collected before its update is here.
pub(super) async fn put(app: &App, verified: &Verified, telling: &Telling) -> Result<Put, AirGapError> {
    let noted = noted(app).await?;
    let (mut here, mut missing, mut needed) = (Vec::new(), Vec::new(), 0);
    for file in verified.archive().files() {
        telling.go_on()?;
        let is_in_place = is_in_place(app, &file).await;
        if is_in_place && noted.contains(&file.sha256) {
            here.push(file.sha1);
        } else {
            // One that an import put which was cut short before it could be noted takes no more room.
            needed += if is_in_place { 0 } else { file.size };
            missing.push(file);
        }
    }
    refuse_full(app, needed).await?;
    app.store.request_content(&here, RequestOrigin::Archive, app.now()).await?;
    put_all(app, verified, telling, missing).await
}

/// Which files of an archive that was imported were lost or damaged here: rows say they are held, or were set aside, or an
/// approval wants them, and they are not what they should be. What is held is read again to know.
pub(super) async fn lost(app: &App, archive: &Archive, telling: &Telling) -> Result<Vec<CarriedFile>, AirGapError> {
    let lacking = crate::acquire::lacking(app).await.map_err(AirGapError::Api)?;
    let mut wanted: HashSet<Sha1> = lacking.into_iter().map(|file| file.sha1).collect();
    let carried: HashSet<Sha256> = archive.files().map(|file| file.sha256).collect();
    let mut sound = HashSet::new();
    for row in app.store.content_rows().await? {
        telling.go_on()?;
        // What it does not carry it cannot put back.
        if !carried.contains(&row.sha256) {
            continue;
        }
        let file = CarriedFile { sha256: row.sha256, sha1: row.sha1, size: row.size };
        let is_held = row.state.is_intact() && is_in_place(app, &file).await;
        if is_held && set_aside(app, &row).await.map_err(AirGapError::Api)?.is_none() {
            sound.insert(row.sha256);
        } else {
            wanted.insert(row.sha1);
        }
    }
    Ok(archive.files().filter(|file| wanted.contains(&file.sha1) && !sound.contains(&file.sha256)).collect())
}

/// Puts files of an archive, each whole and verified before it counts.
pub(super) async fn put_all(
    app: &App,
    verified: &Verified,
    telling: &Telling,
    missing: Vec<CarriedFile>,
) -> Result<Put, AirGapError> {
    let total = missing.iter().map(|file| file.size).sum();
    let (mut put, mut noted) = (Put::default(), Vec::new());
    for file in missing {
        telling.progress(ArchiveStep::Taking, put.bytes, total)?;
        // Others write as well.
        refuse_full(app, if is_in_place(app, &file).await { 0 } else { file.size }).await?;
        put_one(app, verified, &file, telling.clone()).await?;
        put.files += 1;
        put.bytes += file.size;
        noted.push(NewContent { sha1: file.sha1, sha256: file.sha256, size: file.size });
        if noted.len() == NOTED {
            note(app, &mut noted).await?;
        }
    }
    note(app, &mut noted).await?;
    let _ = telling.progress(ArchiveStep::Taking, total, total);
    Ok(put)
}

/// Takes back that the files of an archive are asked for: from now on they are kept for whatever the catalog wants.
pub(super) async fn let_go(app: &App, verified: &Verified) -> Result<(), AirGapError> {
    let files: Vec<Sha1> = verified.archive().files().map(|file| file.sha1).collect();
    app.store.withdraw_content(&files, RequestOrigin::Archive).await?;
    Ok(())
}

/// Files that are here and were as they should be when they were last read, whoever signed them.
async fn noted(app: &App) -> Result<HashSet<Sha256>, AirGapError> {
    let rows = app.store.content_rows().await?;
    Ok(rows.into_iter().filter(|row| row.state.is_intact()).map(|row| row.sha256).collect())
}

async fn is_in_place(app: &App, file: &CarriedFile) -> bool {
    matches!(app.files.open_file(&file.sha256, file.size).await, Ok(Some(_)))
}

/// Better at once than after an hour. As much stays free as downloads leave.
async fn refuse_full(app: &App, needed: u64) -> Result<(), AirGapError> {
    let free = app.files.free_bytes().await?;
    let floor = app.config.content.disk_floor_mib * MIB;
    if needed == 0 || needed.saturating_add(floor) <= free {
        return Ok(());
    }
    Err(AirGapError::NoRoom { needed, free, floor })
}

async fn put_one(app: &App, verified: &Verified, file: &CarriedFile, telling: Telling) -> Result<(), AirGapError> {
    let reader = streamed(verified.open_file(&file.sha256)?, telling.clone());
    let expected = Expected { size: Some(file.size), sha1: Some(file.sha1), sha256: Some(file.sha256) };
    match app.files.put(reader, expected).await {
        Ok(_) => Ok(()),
        Err(source) => {
            // Reading was broken off: that is not the file's fault.
            telling.go_on()?;
            Err(AirGapError::Put { file: file.sha256, source })
        }
    }
}

/// Asked for first: what is held and not asked for may be collected.
async fn note(app: &App, noted: &mut Vec<NewContent>) -> Result<(), AirGapError> {
    let digests: Vec<Sha1> = noted.iter().map(|file| file.sha1).collect();
    app.store.request_content(&digests, RequestOrigin::Archive, app.now()).await?;
    // Who signed them is asked when it is known what their updates say they are.
    app.store.content_arrived(noted, app.now()).await?;
    app.content_rows.changed();
    noted.clear();
    Ok(())
}

/// A file of an archive, read on a thread that may block, for whoever must not. Its end comes only if all of it is what it
/// should be.
fn streamed(mut file: FileReader, telling: Telling) -> impl AsyncRead {
    let (send, mut receive) = mpsc::channel::<io::Result<Bytes>>(CHUNKS_WAITING);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut chunk = BytesMut::zeroed(CHUNK_BYTES);
            let read = telling.go_on().map_err(io::Error::other).and_then(|()| file.read(&mut chunk));
            let (chunk, ends) = match read {
                Ok(0) => return,
                Ok(read) => (Ok(chunk.split_to(read).freeze()), false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => (Err(error), true),
            };
            // Whoever reads it may have given up.
            if send.blocking_send(chunk).is_err() || ends {
                return;
            }
        }
    });
    StreamReader::new(stream::poll_fn(move |context| receive.poll_recv(context)))
}
