//! Keys of files that are published encrypted: asked for with the documents that name them.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;

use model::{Sha1, UpdateIdentity};

use super::{BATCH, Page};
use crate::documents::{Locked, Refused};
use crate::error::{Reason, SyncError};
use crate::session::Session;

impl Session {
    /// Puts the keys of `locked` revisions onto their page. A revision of which a key cannot be had is taken from it and
    /// returned: without the key, nobody could install it, and nothing would ever ask for the key again.
    pub(super) async fn unlock(
        &self,
        page: &mut Page,
        locked: Vec<(UpdateIdentity, Locked)>,
        at_once: Option<NonZeroU32>,
    ) -> Result<Vec<Refused>, SyncError> {
        let at_once = at_once.map_or(BATCH, |max| usize::try_from(max.get()).unwrap_or(BATCH).clamp(1, BATCH));
        let mut refused = Vec::new();
        for batch in locked.chunks(at_once) {
            let asked: Vec<UpdateIdentity> = batch.iter().map(|(identity, _)| *identity).collect();
            match self.decryption(&asked).await {
                Ok(told) => {
                    let files = told.into_iter().flat_map(|update| update.files);
                    let keys = files.filter_map(|file| Some((file.file_digest, file.decryption_key?)));
                    let keys: HashMap<Sha1, Vec<u8>> = keys.collect();
                    refused.extend(batch.iter().filter_map(|(identity, locked)| without_key(*identity, locked, &keys)));
                    let own: HashSet<Sha1> = batch.iter().flat_map(|(_, locked)| locked.files.clone()).collect();
                    page.keys.extend(keys.into_iter().filter(|(file, _)| own.contains(file)));
                }
                Err(SyncError { reason: Reason::Refused(fault), step, .. }) => {
                    let reason = format!("what opens its files cannot be had: {step}: {}", Reason::Refused(fault));
                    refused.extend(asked.into_iter().map(|identity| Refused { identity, reason: reason.clone() }));
                }
                Err(error) => return Err(error),
            }
        }
        let left_out: HashSet<UpdateIdentity> = refused.iter().map(|refused| refused.identity).collect();
        page.documents.retain(|document| !left_out.contains(&document.identity));
        Ok(refused)
    }
}

fn without_key(identity: UpdateIdentity, locked: &Locked, keys: &HashMap<Sha1, Vec<u8>>) -> Option<Refused> {
    let file = locked.encrypted.iter().find(|file| !keys.contains_key(file))?;
    let reason = format!("the upstream has no key for its encrypted file {file}");
    Some(Refused { identity, reason })
}
