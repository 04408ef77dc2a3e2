//! The catalog becomes what the archive makes of it: one change, with the note that this archive was imported.

use std::collections::HashSet;
use std::sync::Arc;

use archive::{Document, Items, Location, Verified};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use model::{Sha1, UpdateId};
use store::Applying;
use tokio::sync::mpsc;

use crate::admin::api::{
    ArchiveImportRequest, ArchiveImported, ArchiveStep, DocumentOutcome, ImportedArchive, Outcome,
};
use crate::air_gap::lineage::{self, IMPORTED};
use crate::air_gap::{AirGapError, NAMED_MAX, Telling, blocking, decisions};
use crate::app::App;
use crate::import::stream::{SET_BYTES, SET_DOCUMENTS};
use crate::import::{self, Joint, Offered, Set};
use crate::sync::{RefusedRevision, settings};

/// Addresses and keys that are written at once.
const LOCATIONS: usize = 10_000;

/// `before` is what was imported when the archive was found to come next.
pub(super) async fn all(
    app: &Arc<App>,
    verified: &Verified,
    request: &ArchiveImportRequest,
    before: Vec<ImportedArchive>,
    telling: &Telling,
) -> Result<ArchiveImported, AirGapError> {
    let decided = match request.decisions {
        true => Some(read_decisions(verified).await?),
        false => None,
    };
    let mut done = ArchiveImported::default();
    let mut joint = Joint::begin(app).await.map_err(AirGapError::Api)?;
    let mut applying = app.store.apply(app.now()).await?;
    // From here on nobody else imports into this database.
    if lineage::imported(&app.store).await? != before {
        return Err(AirGapError::Overtaken);
    }
    let withdrawn = documents(app, verified, &mut joint, &mut applying, telling, &mut done).await?;
    match &decided {
        Some(state) => done.mirrored = Some(applying.mirror(state).await?.into()),
        // Who takes over what is decided declines what the exporting server declines.
        None => done.expired = applying.decline(&withdrawn).await?,
    }
    locations(verified, &mut applying).await?;
    let imported = lineage::with(before, ImportedArchive::new(verified.archive().signed(), app.now()));
    applying.set_setting(IMPORTED, &settings::to_json(&imported)?).await?;
    telling.go_on()?;
    let mark = applying.mark();
    if applying.finish().await? {
        joint.keep(mark);
    }
    Ok(done)
}

async fn read_decisions(verified: &Verified) -> Result<store::ReplicaState, AirGapError> {
    let verified = verified.clone();
    blocking(move || decisions::state(&verified)?.ok_or(AirGapError::NoDecisions)).await
}

/// Takes all documents, set by set, and returns the updates that are new here and that their publisher withdrew.
async fn documents(
    app: &Arc<App>,
    verified: &Verified,
    joint: &mut Joint<'_>,
    applying: &mut Applying,
    telling: &Telling,
    done: &mut ArchiveImported,
) -> Result<Vec<UpdateId>, AirGapError> {
    let total = verified.archive().manifest().carries.documents;
    let (mut count, mut new) = (0, HashSet::new());
    let each = |outcome: DocumentOutcome| {
        count += 1;
        match outcome.outcome {
            Outcome::Added { .. } => {
                done.taken += 1;
                new.extend(outcome.identity.map(|identity| identity.update_id));
            }
            Outcome::Refused { reason } => refuse(done, outcome.name, reason),
            Outcome::Unchanged { .. } => {}
        }
        // Whether to go on is asked between sets.
        let _ = telling.progress(ArchiveStep::Applying, count, total);
    };
    let mut withdrawn = joint.take_all(applying, sets(app, verified, telling)?, each).await?.withdrawn;
    if count != total {
        return Err(AirGapError::Documents { expected: total, found: count });
    }
    applying.note_expired(&withdrawn).await?;
    // What was here before and is not declined, an administrator wants.
    withdrawn.retain(|update| new.contains(update));
    Ok(withdrawn)
}

fn refuse(done: &mut ArchiveImported, revision: String, reason: String) {
    done.refused_in_all += 1;
    tracing::warn!(revision, reason, "a revision of an archive was refused");
    if done.refused.len() < NAMED_MAX {
        done.refused.push(RefusedRevision { revision, reason });
    }
}

/// The documents in sets, read on a thread that may block and then parsed and compressed.
fn sets(
    app: &Arc<App>,
    verified: &Verified,
    telling: &Telling,
) -> Result<BoxStream<'static, Result<Set, AirGapError>>, AirGapError> {
    let (send, receive) = mpsc::channel(1);
    let (mut documents, telling) = (verified.documents()?, telling.clone());
    tokio::task::spawn_blocking(move || {
        while let Some(set) = next_set(&mut documents, &telling).transpose() {
            let ends = set.is_err();
            if send.blocking_send(set).is_err() || ends {
                return;
            }
        }
    });
    let sets = stream::unfold((Arc::clone(app), receive), |(app, mut receive)| async move {
        let set = match receive.recv().await? {
            Ok(offered) => import::prepare(&app, offered).await.map_err(AirGapError::Api),
            Err(error) => Err(error),
        };
        Some((set, (app, receive)))
    });
    Ok(sets.boxed())
}

/// The next documents; none at the end.
fn next_set(documents: &mut Items<Document>, telling: &Telling) -> Result<Option<Vec<Offered>>, AirGapError> {
    telling.go_on()?;
    let (mut set, mut bytes) = (Vec::new(), 0);
    while set.len() < SET_DOCUMENTS && bytes < SET_BYTES {
        let Some(Document { identity, body }) = documents.next().transpose()? else { break };
        bytes += body.len();
        set.push(Offered { name: identity.to_string(), bytes: body, expected: Some(identity) });
    }
    Ok(Some(set).filter(|set| !set.is_empty()))
}

/// What is known of files.
#[derive(Default)]
struct Known {
    urls: Vec<(Sha1, String)>,
    keys: Vec<(Sha1, Vec<u8>)>,
}

/// Notes where files are served, and what opens them.
async fn locations(verified: &Verified, applying: &mut Applying) -> Result<(), AirGapError> {
    let mut locations = verified.locations()?;
    loop {
        let (rest, known) = blocking(move || next_known(locations)).await?;
        if known.urls.is_empty() && known.keys.is_empty() {
            return Ok(());
        }
        applying.set_file_locations(&known.urls).await?;
        applying.set_decryption_keys(&known.keys).await?;
        locations = rest;
    }
}

/// The next of it, and where that is read on; nothing at the end.
fn next_known(mut locations: Items<Location>) -> Result<(Items<Location>, Known), AirGapError> {
    let mut known = Known::default();
    for location in locations.by_ref().take(LOCATIONS) {
        match location? {
            Location::Url { sha1, url } => known.urls.push((sha1, url)),
            Location::Key { sha1, key } => known.keys.push((sha1, key)),
        }
    }
    Ok((locations, known))
}
