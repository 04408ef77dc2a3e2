//! Writes an archive of the server as it was at one moment.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;

use archive::{Carried, CarriedFile, CarriedList, Decision, Document, Export, ExportError, Location, Plan};
use model::{ChangeMark, RevisionId, Sha1, Timestamp, UpdateIdentity};
use store::{ListPlace, RequestOrigin, StoreError};
use tokio::runtime::Handle;

use super::order::Order;
use super::{LeftOut, Written, held};
use crate::admin::api::ArchiveStep;
use crate::admin::chain;
use crate::air_gap::telling::Told;
use crate::air_gap::{AirGapError, Telling, decisions, lineage};
use crate::app::App;

/// Names of revisions that are read at once.
const NAMES: u32 = 10_000;
/// Documents that are in memory at once: 10 KB each, but for a few.
const DOCUMENTS: usize = 256;

/// All that has to be known before the first byte is written.
pub(super) struct Writer {
    app: Arc<App>,
    order: Arc<Order>,
    telling: Telling,
    runtime: Handle,
    mark: ChangeMark,
    /// As of when `files` are all that were held.
    made_at: Timestamp,
    revisions: Vec<(RevisionId, UpdateIdentity)>,
    decisions: Option<Vec<Decision>>,
    files: Vec<CarriedFile>,
    left_out: LeftOut,
    damaged: Vec<CarriedFile>,
    resumed: u64,
}

impl Writer {
    /// Reads what the server is now, and asks for the files that go along.
    pub(super) async fn new(app: &Arc<App>, order: &Arc<Order>, telling: &Telling) -> Result<Self, AirGapError> {
        // No revision is above the highest number: only what is decided is read.
        let decided = app.store.catalog_since(RevisionId(i32::MAX), None, |_| ()).await?;
        let decisions = match order.decisions {
            true => Some(decisions::carried(&decided, app.store.accepted_licences().await?)?),
            false => None,
        };
        let made_at = app.now();
        let files = held::carried(app, order).await?;
        let digests: Vec<Sha1> = files.iter().map(|file| file.sha1).collect();
        app.store.request_content(&digests, RequestOrigin::Archive, made_at).await?;
        Ok(Self {
            app: Arc::clone(app),
            order: Arc::clone(order),
            telling: telling.clone(),
            runtime: Handle::current(),
            mark: decided.mark,
            made_at,
            revisions: revisions(app, order, decided.mark).await?,
            decisions,
            files,
            left_out: LeftOut::default(),
            damaged: Vec::new(),
            resumed: 0,
        })
    }

    /// Writes all of it. Blocks.
    pub(super) fn write(mut self) -> Result<Written, AirGapError> {
        let order = Arc::clone(&self.order);
        let mut export = Export::begin(&order.to, self.plan())?;
        self.documents(&mut export)?;
        for decision in self.decisions.take().into_iter().flatten() {
            let done = export.decision(&decision);
            self.carried(done)?;
        }
        self.needed_locations(&mut export)?;
        self.lists(&mut export)?;
        self.files(&mut export)?;
        self.telling.go_on()?;
        export.introduce(order.handovers.clone());
        let sequence = self.runtime.block_on(lineage::next_sequence(&self.app.store))?;
        let manifest = export.finish(&order.key, sequence, self.made_at)?;
        Ok(Written { manifest, resumed: self.resumed, left_out: self.left_out, damaged: self.damaged })
    }

    fn plan(&self) -> Plan {
        Plan {
            server: self.order.server.clone(),
            mark: self.mark,
            follows: self.order.since.map(|since| since.base),
            needs: self.order.limit(),
            decisions: self.order.decisions,
            split: self.order.split,
        }
    }

    /// What is wrong with one item leaves that out; anything else ends the export.
    fn carried<T>(&mut self, done: Result<T, ExportError>) -> Result<Option<T>, AirGapError> {
        match done {
            Ok(done) => Ok(Some(done)),
            Err(error) if error.is_of_one_item() => {
                self.left_out.note(chain(&error));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Documents by ascending number, and what is known of their files.
    fn documents(&mut self, export: &mut Export) -> Result<(), AirGapError> {
        let revisions = std::mem::take(&mut self.revisions);
        let (mut done, total) = (0, revisions.len() as u64);
        let mut located = HashSet::new();
        for page in revisions.chunks(DOCUMENTS) {
            let names: Vec<UpdateIdentity> = page.iter().map(|(_, identity)| *identity).collect();
            let numbers: Vec<RevisionId> = page.iter().map(|(revision, _)| *revision).collect();
            let found = self.runtime.block_on(self.app.store.documents_as(&names, |document| document))?;
            let mut found: HashMap<UpdateIdentity, Vec<u8>> =
                found.into_iter().map(|one| (one.identity, one.document)).collect();
            for identity in names {
                let Some(body) = found.remove(&identity) else {
                    let lost = StoreError::NotFound { what: format!("the document of {identity} is gone") };
                    return Err(lost.into());
                };
                let written = export.document(&Document { identity, body });
                self.carried(written)?;
                done += 1;
                self.telling.progress(ArchiveStep::Documents, done, total)?;
            }
            let files = self.runtime.block_on(self.app.store.files_of(&numbers))?;
            let mut files: Vec<Sha1> = files.into_iter().map(|(_, file)| file.sha1).collect();
            files.retain(|digest| located.insert(*digest));
            self.locations(export, &files)?;
        }
        Ok(())
    }

    /// What is known of files that a list of needs names: their documents may be where they are needed.
    fn needed_locations(&mut self, export: &mut Export) -> Result<(), AirGapError> {
        let order = Arc::clone(&self.order);
        let Some(needs) = &order.needs else { return Ok(()) };
        let mut files: Vec<Sha1> = needs.list.files.iter().map(|file| file.sha1).collect();
        files.sort_unstable();
        files.dedup();
        self.locations(export, &files)
    }

    /// Addresses and keys of files, in an order that depends on nothing else.
    fn locations(&mut self, export: &mut Export, files: &[Sha1]) -> Result<(), AirGapError> {
        let store = &self.app.store;
        let (mut urls, mut keys) = self.runtime.block_on(async {
            Ok::<_, StoreError>((store.file_locations(files).await?, store.decryption_keys(files).await?))
        })?;
        urls.sort_unstable();
        keys.sort_unstable();
        let urls = urls.into_iter().map(|(sha1, url)| Location::Url { sha1, url });
        for location in urls.chain(keys.into_iter().map(|(sha1, key)| Location::Key { sha1, key })) {
            let written = export.location(&location);
            self.carried(written)?;
        }
        Ok(())
    }

    /// Lists of revoked certificates: all, whatever the archive is limited to.
    fn lists(&mut self, export: &mut Export) -> Result<(), AirGapError> {
        for (place, list) in self.runtime.block_on(self.app.store.revocation_list_bodies())? {
            let ListPlace { address, authority_key, authority } = place;
            let written = export.list(&CarriedList { address, authority, authority_key, list });
            self.carried(written)?;
        }
        Ok(())
    }

    fn files(&mut self, export: &mut Export) -> Result<(), AirGapError> {
        let files = std::mem::take(&mut self.files);
        let total = files.iter().map(|file| file.size).sum();
        let mut before = 0;
        for file in files {
            let mut done = before;
            before += file.size;
            let written = export.file(file, || {
                let inner = self.open(&file)?;
                Ok(Told { inner, telling: &self.telling, step: ArchiveStep::Files, done: &mut done, total })
            });
            // That reading was broken off is not the file's fault.
            self.telling.progress(ArchiveStep::Files, before, total)?;
            match self.carried(written)? {
                Some(Carried::Kept) => self.resumed += 1,
                Some(Carried::Written | Carried::Already) => {}
                None => self.damaged.push(file),
            }
        }
        Ok(())
    }

    fn open(&self, file: &CarriedFile) -> io::Result<Arc<std::fs::File>> {
        let held =
            self.runtime.block_on(self.app.files.open_file(&file.sha256, file.size)).map_err(io::Error::other)?;
        let gone = || io::Error::new(io::ErrorKind::NotFound, "it is gone from the content folder");
        held.map(|held| held.file).ok_or_else(gone)
    }
}

/// The revisions that go along, by ascending number.
async fn revisions(
    app: &App,
    order: &Order,
    until: ChangeMark,
) -> Result<Vec<(RevisionId, UpdateIdentity)>, StoreError> {
    let after = order.since.map_or(ChangeMark(0), |since| since.mark);
    let mut revisions = Vec::new();
    let mut above = RevisionId(i32::MIN);
    loop {
        let page = app.store.revisions_between(above, after, until, NAMES).await?;
        let Some((last, _)) = page.last() else { return Ok(revisions) };
        above = *last;
        let goes = |identity: &UpdateIdentity| order.goes(identity);
        revisions.extend(page.into_iter().filter(|(_, identity)| goes(identity)));
    }
}
