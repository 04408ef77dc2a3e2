//! Documents, in as large batches as the upstream answers, several at once.

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::num::NonZeroU32;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use model::{Sha1, UpdateIdentity};
use wire::ErrorCode;
use wire::server::{FileUrl, GetUpdateData, Request, Response, Updates};

use crate::documents::{self, Document, Locked, Refused, text};
use crate::error::{Reason, Step, SyncError};
use crate::session::Session;

/// Calls under way at once: Microsoft's service tolerates 16 (native-behaviour §6.5), and four fill a line.
const AT_ONCE: usize = 4;
/// Documents asked for at once when the upstream does not say how many it allows.
const BATCH: usize = 100;
/// Revisions refused one after the other, without one that came, before the upstream counts as broken.
const REFUSED_IN_A_ROW_MAX: usize = 50;
/// Revisions of one synchronisation that cannot be had, before the upstream counts as broken unless more of them came: one
/// that invents a list is not asked for all of it, and one that lost some of very many is put up with.
pub const REFUSED_MAX: usize = 1_000;
/// Documents of one answer are unpacked until they have so many bytes; the others are asked for again. Real answers have 30
/// MB at most, but a hundred cabinets of 1 MB could hold 12 GB.
const PAGE_BYTES_MAX: usize = 64 << 20;
/// Longest address of a file that is kept.
const ADDRESS_BYTES_MAX: usize = 2_048;

/// How much an upstream takes in one call, if it says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AtOnce {
    /// Revisions whose documents are asked for.
    pub documents: Option<NonZeroU32>,
    /// Revisions whose keys are asked for.
    pub keys: Option<NonZeroU32>,
}

/// Where fetched pages go.
pub trait Keep: Sync {
    /// Keeps a page for good: it is not fetched again.
    fn keep(&self, page: Page) -> impl Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send;
}

/// What one call brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Documents, in no order.
    pub documents: Vec<Document>,
    /// Where files may be had from their publisher. Where that is, is for the one who goes there to check.
    pub locations: Vec<(Sha1, String)>,
    /// What opens files that are published encrypted.
    pub keys: Vec<(Sha1, Vec<u8>)>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Revisions that were fetched or refused.
    pub done: usize,
    /// Revisions that are wanted.
    pub total: usize,
    /// Bytes of documents so far, unpacked.
    pub bytes: u64,
}

/// What became of all that was wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Documents that were kept.
    pub documents: usize,
    /// Their bytes, unpacked.
    pub bytes: u64,
    /// Revisions that could not be had.
    pub refused: Vec<Refused>,
}

/// A revision and its place in the list.
type Wanted = (i32, UpdateIdentity);

/// What became of one call.
struct Batch {
    asked: Vec<Wanted>,
    outcome: Result<Brought, SyncError>,
}

struct Brought {
    documents: usize,
    bytes: u64,
    refused: Vec<Refused>,
    /// Those asked for that did not come.
    missing: Vec<Wanted>,
}

impl Session {
    /// Fetches the documents of `wanted`, each with its place in the upstream's list, and hands them to `keep` page by page.
    ///
    /// Upstreams answer fewer than asked without a word, and native ones refuse a whole call for one revision: what is
    /// missing is asked for again, and what is refused is narrowed down to the revision it is about.
    ///
    /// # Errors
    /// [`SyncError`]: what was kept stays kept.
    pub async fn fetch<K: Keep>(
        &self,
        wanted: &[Wanted],
        at_once: AtOnce,
        keep: &K,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Fetched, SyncError> {
        let mut work = Work::new(wanted, at_once.documents);
        let mut calls = FuturesUnordered::new();
        loop {
            while calls.len() < AT_ONCE
                && let Some(batch) = work.next()
            {
                calls.push(self.batch(batch, at_once.keys, keep));
            }
            let Some(Batch { asked, outcome }) = calls.next().await else { return Ok(work.fetched) };
            match outcome {
                Ok(brought) => work.take(asked.len(), brought),
                Err(error) => work.narrow(asked, error)?,
            }
            if let Some(reason) = work.withheld() {
                return Err(self.failed(Step::GetUpdateData, reason));
            }
            let Fetched { documents, bytes, refused } = &work.fetched;
            progress(Progress { done: documents + refused.len(), total: wanted.len(), bytes: *bytes });
        }
    }

    async fn batch<K: Keep>(&self, asked: Vec<Wanted>, keys_at_once: Option<NonZeroU32>, keep: &K) -> Batch {
        let outcome = self.bring(&asked, keys_at_once, keep).await;
        Batch { asked, outcome }
    }

    async fn bring<K: Keep>(
        &self,
        asked: &[Wanted],
        keys_at_once: Option<NonZeroU32>,
        keep: &K,
    ) -> Result<Brought, SyncError> {
        let step = Step::GetUpdateData;
        let question = |cookie| {
            let update_ids = Some(asked.iter().map(|(_, identity)| *identity).collect());
            Request::GetUpdateData(GetUpdateData { cookie: Some(cookie), update_ids })
        };
        let Response::GetUpdateData(updates) = self.ask(step, question).await? else {
            return Err(self.confused(step));
        };
        let places = asked.iter().map(|(position, identity)| (*identity, *position)).collect();
        let sorted = tokio::task::spawn_blocking(move || sort(updates, places)).await;
        let Sorted { mut page, mut refused, missing, locked } =
            sorted.map_err(|error| self.failed(step, Reason::Unreadable(Box::new(error))))?;
        refused.extend(self.unlock(&mut page, locked, keys_at_once).await?);
        let documents = page.documents.len();
        let bytes = page.documents.iter().map(|document| document.text.len() as u64).sum();
        if documents > 0 {
            keep.keep(page).await.map_err(|error| self.failed(Step::Keeping, Reason::NotKept(error)))?;
        }
        Ok(Brought { documents, bytes, refused, missing })
    }
}

/// What is still to be asked for.
struct Work {
    queue: VecDeque<Vec<Wanted>>,
    /// Not cut into batches yet, the last first.
    rest: Vec<Wanted>,
    size: usize,
    size_max: usize,
    refused_in_a_row: usize,
    fetched: Fetched,
}

impl Work {
    fn new(wanted: &[Wanted], at_once: Option<NonZeroU32>) -> Self {
        let size_max = at_once.map_or(BATCH, |max| usize::try_from(max.get()).unwrap_or(BATCH).clamp(1, BATCH));
        let rest = wanted.iter().rev().copied().collect();
        let fetched = Fetched::default();
        Self { queue: VecDeque::new(), rest, size: size_max, size_max, refused_in_a_row: 0, fetched }
    }

    fn next(&mut self) -> Option<Vec<Wanted>> {
        self.queue.pop_front().or_else(|| {
            let keep = self.rest.len().saturating_sub(self.size);
            let mut batch = self.rest.split_off(keep);
            batch.reverse();
            (!batch.is_empty()).then_some(batch)
        })
    }

    /// Takes what a call for `asked` revisions brought; what did not come along is asked for again.
    fn take(&mut self, asked: usize, brought: Brought) {
        let Brought { documents, bytes, refused, missing } = brought;
        let came = documents + refused.len();
        self.fetched.documents += documents;
        self.fetched.bytes += bytes;
        self.fetched.refused.extend(refused);
        if missing.is_empty() {
            self.size = (self.size + self.size / 8 + 1).min(self.size_max);
            self.refused_in_a_row = 0;
        } else if came == 0 {
            let never =
                |(_, identity)| Refused { identity, reason: "the upstream lists it and does not send it".into() };
            self.fetched.refused.extend(missing.into_iter().map(never));
        } else {
            // As many as fit into an answer: the next calls ask for that.
            self.size = came.clamp(1, self.size.max(1));
            self.refused_in_a_row = 0;
            self.queue.push_back(missing);
        }
        debug_assert!(came <= asked, "only what was asked for is taken");
    }

    /// That the upstream does not send what it lists, if there is too much of that.
    fn withheld(&self) -> Option<Reason> {
        let Fetched { documents: came, refused, .. } = &self.fetched;
        let is_too_much = refused.len() > REFUSED_MAX && refused.len() > *came;
        let first = refused.first().filter(|_| is_too_much)?.clone();
        Some(Reason::Withholds { refused: refused.len(), came: *came, first })
    }

    /// Asks for halves of what was refused as a whole, down to single revisions, which are left out.
    fn narrow(&mut self, mut asked: Vec<Wanted>, error: SyncError) -> Result<(), SyncError> {
        let Reason::Refused(fault) = &error.reason else { return Err(error) };
        if !matches!(fault.code, ErrorCode::InternalServerError | ErrorCode::InvalidParameters) {
            return Err(error);
        }
        if asked.len() > 1 {
            let second = asked.split_off(asked.len() / 2);
            self.queue.extend([asked, second]);
            return Ok(());
        }
        self.refused_in_a_row += 1;
        if self.refused_in_a_row > REFUSED_IN_A_ROW_MAX {
            return Err(error);
        }
        let reason = error.reason.to_string();
        self.fetched
            .refused
            .extend(asked.into_iter().map(|(_, identity)| Refused { identity, reason: reason.clone() }));
        Ok(())
    }
}

/// What came, against what was asked for.
struct Sorted {
    page: Page,
    refused: Vec<Refused>,
    missing: Vec<Wanted>,
    /// The revisions whose keys are to be asked for.
    locked: Vec<(UpdateIdentity, Locked)>,
}

/// Sorts what came. What nobody asked for is left out, and what would be too much to unpack at once counts as missing.
fn sort(updates: Updates, mut places: HashMap<UpdateIdentity, i32>) -> Sorted {
    let (mut page, mut refused, mut locked, mut bytes) = (Page::default(), Vec::new(), Vec::new(), 0);
    for data in updates.updates {
        if bytes > PAGE_BYTES_MAX {
            break;
        }
        let Some(position) = places.remove(&data.id) else { continue };
        let (identity, files) = (data.id, data.file_digests.clone());
        match text(data) {
            Ok(text) => {
                bytes += text.len();
                locked.extend(documents::locked(&text).map(|one| (identity, one)));
                page.documents.push(Document { identity, position, text, files });
            }
            Err(error) => refused.push(Refused { identity, reason: whole(&error) }),
        }
    }
    page.locations = updates.file_urls.into_iter().filter_map(location).collect();
    let mut missing: Vec<Wanted> = places.into_iter().map(|(identity, position)| (position, identity)).collect();
    missing.sort_unstable();
    Sorted { page, refused, missing, locked }
}

fn location(url: FileUrl) -> Option<(Sha1, String)> {
    let address = url.mu_url?;
    let usable = address.len() <= ADDRESS_BYTES_MAX
        && ["http://", "https://"]
            .iter()
            .any(|scheme| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    usable.then_some((url.file_digest, address))
}

/// An error with all its sources.
fn whole(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

mod keys;
#[cfg(test)]
mod tests;
