//! One file on its way here: from which sources, how far it is, and what becomes of it when it is whole.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use content::range::ByteRange;
use content::{Claim, Expected, Look, Partial, PutError, Stored, Verdict};
use model::{ContentFile, Sha1};
use store::{NewContent, StoreError};
use tokio::runtime::Handle;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::{Instant, sleep, timeout};

use super::address::AddressError;
use super::jittered;
use super::sources::{Source, SourceKind};
use super::transfer::TransferError;
use crate::acceptance::{self, Taken};
use crate::app::App;

/// How often a source is asked again that broke off without having sent anything since.
const TRIES: u32 = 3;
/// How long before it is.
const PAUSE: Duration = Duration::from_millis(300);
/// How often a file is begun anew because it was not what was promised.
const BEGINNINGS_MAX: usize = 12;
/// How often, and after how long, a file is looked at again that somebody else seems to fetch.
const CLOSING_TRIES: u32 = 5;
const CLOSING: Duration = Duration::from_millis(10);
/// How long nobody asks the sources again for a reader after all of them failed.
const GAVE_UP: Duration = Duration::from_secs(5);
/// How long somebody waits for what others fetch before he looks again whether they do.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// A file that is being fetched. There is one for a file, however many want it.
#[derive(Debug)]
pub(crate) struct Download {
    pub(crate) file: ContentFile,
    pub(super) partial: Partial,
    started: Instant,
    notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    /// Who is asked now.
    source: Option<String>,
    /// Who sent anything of it.
    contributors: Vec<Source>,
    /// All sources failed, and how the last one did.
    gave_up: Option<(Instant, String)>,
}

/// Why a file did not come.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Nobody is known to have it.
    #[error("no source is known for it{}", detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default())]
    NoSource {
        /// What is wrong with the one address that is known.
        detail: Option<String>,
    },
    /// Every source failed; this is how the last one did.
    #[error(transparent)]
    Source(#[from] TransferError),
    /// Another server that shares the folder fetches it.
    #[error("another server that shares the content folder is fetching it")]
    Elsewhere,
    /// It is not what was promised, and was discarded; another beginning may do better.
    #[error("{0}")]
    Wrong(String),
    /// It is what was promised, and given to nobody because of who signed it.
    #[error("it came, and is withheld: {0}; `vanne content quarantine` shows it")]
    Withheld(String),
    /// Nobody could look who signed it.
    #[error("it came, and nobody could look who signed it: {0}")]
    Unjudged(String),
    /// The file could not be kept.
    #[error("could not keep it")]
    Keep(#[source] PutError),
    /// The database does not answer.
    #[error("the database does not answer")]
    Store(#[from] StoreError),
    /// There is no client: it could not be made.
    #[error("{0}")]
    NoClient(String),
}

impl Failure {
    /// True when the disk is full, or as full as it may be.
    pub(super) fn is_full(&self) -> bool {
        match self {
            Self::Source(error) => error.is_full(),
            Self::Keep(error) => matches!(error, PutError::Full { .. }),
            _ => false,
        }
    }
}

/// The files on their way.
#[derive(Default)]
pub(super) struct Downloads {
    open: AsyncMutex<HashMap<Sha1, Weak<Download>>>,
}

impl Downloads {
    /// The download of `file`, which goes on where it stopped if it was begun before.
    pub(super) async fn open(&self, app: &App, file: &ContentFile) -> Result<Arc<Download>, Failure> {
        let mut open = self.open.lock().await;
        if let Some(download) = open.get(&file.sha1).and_then(Weak::upgrade) {
            return Ok(download);
        }
        open.retain(|_, download| download.strong_count() > 0);
        let mut opened = app.files.partial(&file.sha1, file.size).await.map_err(TransferError::from)?;
        for _ in 0..CLOSING_TRIES {
            if opened.is_some() {
                break;
            }
            // Perhaps the last one to hold it is just letting it go.
            sleep(CLOSING).await;
            opened = app.files.partial(&file.sha1, file.size).await.map_err(TransferError::from)?;
        }
        let partial = opened.ok_or(Failure::Elsewhere)?;
        let download =
            Arc::new(Download { file: file.clone(), partial, started: Instant::now(), notes: Mutex::default() });
        open.insert(file.sha1, Arc::downgrade(&download));
        Ok(download)
    }

    /// The download of a file, if it is on its way.
    pub(super) async fn find(&self, sha1: Sha1) -> Option<Arc<Download>> {
        self.open.lock().await.get(&sha1).and_then(Weak::upgrade)
    }

    /// Lets the next one begin anew.
    async fn forget(&self, sha1: Sha1) {
        self.open.lock().await.remove(&sha1);
    }

    /// All of them.
    pub(super) async fn all(&self) -> Vec<Arc<Download>> {
        self.open.lock().await.values().filter_map(Weak::upgrade).collect()
    }
}

/// Fetches a file, until it is held or all sources failed.
pub(super) async fn fetch(app: &App, file: &ContentFile) -> Result<(), Failure> {
    if is_here_already(app, file).await? {
        return Ok(());
    }
    let mut beginnings = 0;
    loop {
        // Asked first: nothing is begun that nobody can send.
        let (sources, refused) = app.acquire.sources_of(app, file).await?;
        if sources.is_empty() {
            return Err(no_source(app, file, refused));
        }
        let download = app.acquire.downloads.open(app, file).await?;
        match download.complete(app).await {
            Err(Failure::Wrong(_)) if beginnings < BEGINNINGS_MAX => beginnings += 1,
            done => return done,
        }
    }
}

/// True when the file lies in its place, though nothing says so: a crash between the two, or a folder that was copied.
async fn is_here_already(app: &App, file: &ContentFile) -> Result<bool, Failure> {
    let Some(sha256) = file.sha256 else { return Ok(false) };
    match app.files.verify(&sha256, &Expected::from(file)).await.map_err(TransferError::from)? {
        Verdict::Sound(stored) => {
            take_in(app, stored).await?;
            Ok(true)
        }
        Verdict::Missing | Verdict::Quarantined(_) => Ok(false),
    }
}

/// Takes in a file that lies in its place. One that is withheld came all the same, and is not asked for again.
async fn take_in(app: &App, stored: Stored) -> Result<(), Failure> {
    let file = NewContent { sha1: stored.sha1, sha256: stored.sha256, size: stored.size };
    match acceptance::take_in(app, file).await.map_err(|error| Failure::Unjudged(error.error))? {
        Taken::Held => Ok(()),
        Taken::Withheld { reason } => Err(Failure::Withheld(reason)),
    }
}

/// Why nobody is asked for a file.
fn no_source(app: &App, file: &ContentFile, refused: Option<AddressError>) -> Failure {
    let have_lied = app.acquire.blame.is_anyone_avoided(file.sha1);
    let lied = have_lied.then(|| "who is known sent another file; `vanne content fetch` asks once more".to_owned());
    Failure::NoSource { detail: lied.or_else(|| refused.map(|error| error.to_string())) }
}

impl Download {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who is asked now.
    pub(super) fn source(&self) -> Option<String> {
        self.notes().source.clone()
    }

    /// Bytes that came since it was begun or taken up again, a second.
    pub(super) fn bytes_per_sec(&self) -> u64 {
        let came = self.partial.here_bytes().saturating_sub(self.partial.resumed_bytes());
        came * 1_000 / u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
    }

    /// Fetches what is missing, and keeps the file if it is what was promised.
    async fn complete(&self, app: &App) -> Result<(), Failure> {
        while !self.partial.is_whole() {
            if self.partial.look(0) == Look::Gone {
                return Err(Failure::Wrong("it was begun anew".to_owned()));
            }
            let change = self.partial.change();
            match self.partial.claim() {
                Some(mut claim) => self.fetch(app, &mut claim, false).await?,
                // Others fetch the rest.
                None => drop(timeout(LOOK_AGAIN, change).await),
            }
        }
        let expected = Expected::from(&self.file);
        match app.files.keep_partial(&self.partial, &expected).await {
            Ok(stored) => {
                let taken = take_in(app, stored).await;
                // Only now: whoever asks in between reads on from this one.
                app.acquire.downloads.forget(self.file.sha1).await;
                app.acquire.blame.forget(self.file.sha1);
                taken?;
                tracing::info!(
                    file.sha1 = %stored.sha1, file.name = %self.file.name, bytes = stored.size,
                    source = self.source(), "a content file came and is held"
                );
                Ok(())
            }
            Err(_) if self.partial.look(0) == Look::Gone => Err(Failure::Wrong("it was begun anew".to_owned())),
            Err(error @ (PutError::OtherSha1 { .. } | PutError::OtherSha256 { .. })) => {
                Err(self.reject(app, &expected, &error).await?)
            }
            Err(error) => Err(Failure::Keep(error)),
        }
    }

    /// Discards the file, and finds out who is to blame: the only one who sent anything of it. If several did, the next
    /// beginning is left to one of them alone.
    async fn reject(&self, app: &App, expected: &Expected, error: &PutError) -> Result<Failure, Failure> {
        let contributors = self.notes().contributors.clone();
        let shown: Vec<String> = contributors.iter().map(Source::shown).collect();
        let reason = format!("{} from {}: {error}", self.file.name, shown.join(" and "));
        app.files.reject_partial(&self.partial, expected, &reason, &shown).await.map_err(TransferError::from)?;
        app.acquire.downloads.forget(self.file.sha1).await;
        app.metrics.content_lies.inc();
        match contributors.as_slice() {
            [liar] if self.partial.resumed_bytes() == 0 => {
                app.acquire.blame.avoid(self.file.sha1, liar);
                tracing::error!(
                    file.sha1 = %self.file.sha1, file.name = %self.file.name, source = liar.shown(), reason = %error,
                    "a source sent a file that is not what was promised; it is not asked for it again"
                );
            }
            _ => {
                app.acquire.blame.one_at_a_time(self.file.sha1);
                tracing::warn!(
                    file.sha1 = %self.file.sha1, file.name = %self.file.name, sources = shown.join(" "), reason = %error,
                    "a file that came in parts is not what was promised; it is fetched anew from one source at a time"
                );
            }
        }
        Ok(Failure::Wrong(reason))
    }

    /// Fetches what is left of a claim from the first source that has it.
    async fn fetch(&self, app: &App, claim: &mut Claim, now: bool) -> Result<(), Failure> {
        let (sources, refused) = app.acquire.sources_of(app, &self.file).await?;
        let alone = app.acquire.blame.is_alone(self.file.sha1);
        let mut last = None;
        for source in &sources {
            match self.fetch_from(app, source, claim, now).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_ours() => return Err(error.into()),
                Err(error) => {
                    tracing::debug!(file.sha1 = %self.file.sha1, error = %error, "a source failed");
                    if matches!(error, TransferError::NotThere { .. }) && source.kind == SourceKind::Upstream {
                        app.acquire.ask_upstream(&[self.file.sha1]);
                    }
                    last = Some(error);
                }
            }
            if alone && let Some(error) = last.take() {
                return Err(self.leave_to_another(app, source, error, sources.len() > 1).await);
            }
        }
        Err(match last {
            Some(error) => error.into(),
            None => no_source(app, &self.file, refused),
        })
    }

    /// Gives up what came from a source that was to send all of it and did not, so that the next one can.
    async fn leave_to_another(&self, app: &App, source: &Source, error: TransferError, has_others: bool) -> Failure {
        let sha1 = self.file.sha1;
        if has_others {
            app.acquire.blame.pass_over(sha1, source);
        } else {
            app.acquire.blame.next_round(sha1);
        }
        app.acquire.downloads.forget(sha1).await;
        match app.files.abandon_partial(&self.partial).await {
            Ok(()) if has_others => Failure::Wrong(error.to_string()),
            Ok(()) => error.into(),
            Err(error) => TransferError::from(error).into(),
        }
    }

    async fn fetch_from(&self, app: &App, source: &Source, claim: &mut Claim, now: bool) -> Result<(), TransferError> {
        let Ok(transfers) = app.acquire.transfers() else { return Ok(()) };
        let mut tries = 0;
        while claim.left().is_some() {
            self.notes().source = Some(source.shown());
            let mut came = 0;
            let here = (&app.files, &*app.clock);
            let done = transfers.run(source, claim, self.file.size, now, &mut came, here).await;
            app.metrics.fetched(source.kind.as_str(), came);
            if came > 0 {
                tries = 0;
                let mut notes = self.notes();
                if !notes.contributors.contains(source) {
                    notes.contributors.push(source.clone());
                }
            }
            match done {
                Ok(()) if came > 0 => {}
                // Nothing, and no reason: it plays with us.
                Ok(()) => tries += 1,
                Err(error @ TransferError::Failed { .. }) => {
                    tries += 1;
                    if tries >= TRIES {
                        return Err(error);
                    }
                    sleep(jittered(PAUSE * 2_u32.pow(tries))).await;
                }
                Err(error) => return Err(error),
            }
            if tries >= TRIES {
                let what = "answers without sending anything".to_owned();
                return Err(TransferError::Wrong { address: source.shown(), what });
            }
        }
        Ok(())
    }

    /// Has the bytes of `part` fetched for a reader, unless they are here or on their way.
    ///
    /// # Errors
    /// Why not, when all sources failed a moment ago.
    pub(super) fn urge(self: &Arc<Self>, app: &Arc<App>, main: &Handle, part: ByteRange) -> Result<(), String> {
        if let Some((at, why)) = &self.notes().gave_up
            && at.elapsed() < GAVE_UP
        {
            return Err(why.clone());
        }
        if let Some(mut claim) = self.partial.claim_urgently(part) {
            let (app, download) = (Arc::clone(app), Arc::clone(self));
            main.spawn(async move {
                let _turn = app.acquire.urgent.acquire().await;
                if let Err(error) = download.fetch(&app, &mut claim, true).await {
                    let why = crate::admin::chain(&error);
                    tracing::warn!(
                        file.sha1 = %download.file.sha1, file.name = %download.file.name, reason = why,
                        "a part of a file that a computer waits for could not be fetched"
                    );
                    // The claim goes after that, so that whoever waits sees why.
                    download.notes().gave_up = Some((Instant::now(), why));
                }
            });
        }
        Ok(())
    }
}
