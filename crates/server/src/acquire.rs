//! Content that is wanted and not here gets here.
//!
//! What is wanted follows from the store (`needs`, and `choice` of what is of use), the queue fetches it (`queue`), a file at a time from several sources
//! (`download`, `sources`), each request checked by itself (`transfer`), no faster and no fuller than allowed (`pace`,
//! `room`). Clients that ask for what is on its way are given it as it comes (`arriving`).

mod address;
mod arriving;
mod blame;
mod choice;
mod collect;
mod download;
mod lacking;
mod needs;
mod pace;
pub(crate) mod queue;
mod room;
mod sources;
mod status;
mod transfer;

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use model::{ContentFile, Sha1};
use reqwest::Url;
use store::{ContentState, JudgedAs, RequestOrigin, StoreError};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use uuid::Uuid;

pub(crate) use arriving::Arriving;
pub(crate) use choice::{OfUse, choice};
pub(crate) use collect::collect;
pub(crate) use lacking::{Awaited, awaited, lacking};
pub use sources::{AskFor, UpstreamContent};
pub(crate) use status::{fetch_now, status};

use crate::app::App;
use crate::config::{ContentConfig, ContentMode};
use address::AddressError;
use blame::Blame;
use download::{Downloads, Failure};
use queue::Queue;
use sources::Source;
use transfer::Transfers;

/// Most requests to sources at once for readers who wait, beside those of the queue.
const URGENT_MAX: usize = 64;

/// Everything that fetching needs.
pub(crate) struct Acquire {
    config: ContentConfig,
    /// Made on first use, which for most commands is never: it reads the system's certificates. Or why there are none.
    transfers: OnceLock<Result<Transfers, String>>,
    configured: Vec<Url>,
    upstream: ArcSwap<UpstreamContent>,
    downloads: Downloads,
    blame: Blame,
    queue: Queue,
    urgent: Semaphore,
}

impl Acquire {
    pub(crate) fn new(config: &ContentConfig) -> Self {
        Self {
            config: config.clone(),
            transfers: OnceLock::new(),
            // Checked with the configuration.
            configured: config.sources.iter().filter_map(|base| Url::parse(base).ok()).collect(),
            upstream: ArcSwap::default(),
            downloads: Downloads::default(),
            blame: Blame::default(),
            queue: Queue::default(),
            urgent: Semaphore::new(URGENT_MAX),
        }
    }

    fn transfers(&self) -> Result<&Transfers, String> {
        let made = self.transfers.get_or_init(|| {
            Transfers::new(&self.config).map_err(|error| {
                let reason = format!("content cannot be fetched: {}", crate::admin::chain(&error));
                tracing::error!(reason, "look at content.proxy and at the certificates of this system");
                reason
            })
        });
        made.as_ref().map_err(Clone::clone)
    }

    /// Looks again what is wanted: something changed that the generation does not tell.
    pub(crate) fn poke(&self) {
        self.queue.poke();
    }

    /// Notes that a file is not in its place, whatever its row says: it is fetched again if it is wanted.
    pub(crate) fn vanished(&self, sha1: Sha1) {
        if self.queue.note_vanished(sha1) {
            tracing::error!(file.sha1 = %sha1, "a content file is gone from the content folder");
            self.queue.poke();
        }
    }

    /// What is at an address that was named by whoever is trusted with no more than that: all of it, as far as it is small.
    ///
    /// # Errors
    /// Why not, for the administrator.
    pub(crate) async fn small(&self, address: &str, bytes_max: usize) -> Result<Vec<u8>, String> {
        let url = address::publisher(address, self.config.allow_private_sources).map_err(|error| error.to_string())?;
        self.transfers()?.small(url, bytes_max).await
    }

    /// Asks the server above to fetch files that it does not have.
    fn ask_upstream(&self, digests: &[Sha1]) {
        if let Some(ask) = &self.upstream.load().ask_for {
            ask(digests);
        }
    }

    /// Where a file may come from, in order, without those that lied about it; and what is wrong with its publisher's
    /// address, if anything is.
    async fn sources_of(&self, app: &App, file: &ContentFile) -> Result<(Vec<Source>, Option<AddressError>), Failure> {
        self.transfers().map_err(Failure::NoClient)?;
        let location = app.store.file_locations(&[file.sha1]).await?.pop().map(|(_, url)| url);
        let allow_private = app.config.content.allow_private_sources;
        let upstream = self.upstream.load();
        let (sources, refused) =
            sources::of_file(file, &self.configured, &upstream, location.as_deref(), allow_private);
        Ok((self.blame.without_liars(file.sha1, sources), refused))
    }
}

impl App {
    /// Says what is known of the server above; what is missing is asked for there from now on.
    pub fn set_upstream_content(&self, upstream: UpstreamContent) {
        self.acquire.upstream.store(Arc::new(upstream));
        self.acquire.queue.forget_failures();
        self.acquire.queue.poke();
    }

    /// Notes that somebody asks for files, which are then fetched in every mode but `none`. Answers with those that no
    /// update names; of them nothing is noted.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn request_content(&self, digests: &[Sha1], origin: RequestOrigin) -> Result<Vec<Sha1>, StoreError> {
        let known: HashSet<Sha1> = self.store.files_by_sha1(digests).await?.into_iter().map(|file| file.sha1).collect();
        let (known, unknown): (Vec<Sha1>, Vec<Sha1>) = digests.iter().partition(|digest| known.contains(digest));
        if !known.is_empty() {
            self.store.request_content(&known, origin, self.now()).await?;
            self.acquire.queue.poke();
        }
        Ok(unknown)
    }
}

/// A file that a client asks for and that is not held, if it is to be fetched for him: with what is promised of it.
///
/// Only in the mode `on-demand`, only of updates that are here, and only if a source is known and there is room.
pub(crate) async fn on_demand(app: &Arc<App>, main: &Handle, sha1: Sha1) -> Option<(ContentFile, Arriving)> {
    if app.config.content.mode != ContentMode::OnDemand {
        return None;
    }
    let (app, handle) = (Arc::clone(app), main.clone());
    let begun = main.spawn(async move {
        match begin(&app, sha1).await {
            Ok(download) => download.map(|download| {
                (download.file.clone(), Arriving::new(Arc::clone(&app), handle, Arc::clone(&download)))
            }),
            Err(error) => {
                let reason = crate::admin::chain(&error);
                tracing::warn!(file.sha1 = %sha1, reason, "a file that a computer asks for cannot be fetched");
                None
            }
        }
    });
    begun.await.ok().flatten()
}

async fn begin(app: &App, sha1: Sha1) -> Result<Option<Arc<download::Download>>, Failure> {
    if let Some(download) = app.acquire.downloads.find(sha1).await {
        return Ok(Some(download));
    }
    let Some(file) = app.store.files_by_sha1(&[sha1]).await?.pop() else { return Ok(None) };
    if may_not(app, &file).await? {
        return Ok(None);
    }
    if file.size > content::FILE_BYTES_MAX || app.acquire.sources_of(app, &file).await?.0.is_empty() {
        return Ok(None);
    }
    if let Ok(transfers) = app.acquire.transfers() {
        let free = app.files.free_bytes().await.map_err(transfer::TransferError::from)?;
        let held = app.acquire.queue.seen().held_bytes;
        transfers.room.fits(free, held, file.size).map_err(transfer::TransferError::from)?;
    }
    if app.acquire.queue.is_new_wish(sha1) {
        // So that the rest of it comes, too, and does after a restart.
        app.store.request_content(&[sha1], RequestOrigin::Client, app.now()).await?;
        app.acquire.queue.poke();
    }
    app.acquire.downloads.open(app, &file).await.map(Some)
}

/// True of a file that came already and may not be given away, or not yet; and of one that went since, but of which is known that.
async fn may_not(app: &App, file: &ContentFile) -> Result<bool, StoreError> {
    let row = app.store.content_by_sha1(file.sha1).await?;
    if row.is_some_and(|row| row.state.is_intact() && row.state != ContentState::Held) {
        return Ok(true);
    }
    let known = app.store.content_verdicts(file.sha256.as_slice()).await?;
    Ok(known.iter().any(|verdict| verdict.outcome != JudgedAs::Allowed && verdict.released.is_none()))
}

/// About so long: between half of it and one and a half, so that those who failed together do not come back together.
fn jittered(time: Duration) -> Duration {
    let [byte, ..] = Uuid::new_v4().into_bytes();
    time.mul_f64(0.5 + f64::from(byte) / 256.0)
}
