//! Whom the certificates of upstreams must come from: pins that are built in or were imported for Microsoft's hosts, and for
//! every other upstream what the administrator said of it, in the configuration or by command.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::Timestamp;
use pins::{Clock, ImportError, InvalidAuthority, KeyId, LIST_BYTES_MAX, Lists, PinSet, Pins, SignedSet, Strictness};
use serde::{Deserialize, Serialize};
use store::{Store, StoreError};
use sync::{InvalidUpstream, Kind, Upstream};
use trust::Fingerprint;

use super::settings::{self, UpstreamSettings};
use crate::app::App;
use crate::config::TrustConfig;

/// What was said by command, as JSON, by upstream.
const TRUST: &str = "upstream.trust";
/// The file of pins that was imported last.
const PINS: &str = "upstream.pins";
/// Keys whose files of pins are taken.
const SIGNERS: &str = "upstream.pins.signers";
/// Upstreams of which something is remembered, and keys that are trusted for pins.
const REMEMBERED_MAX: usize = 100;
/// Files of a folder of lists.
const LISTS_MAX: usize = 64;

/// Whom the certificate of an upstream must come from, by command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Trusted {
    /// The authority that it is below, in PEM.
    pub(crate) authority: Option<String>,
    /// Keys, of which it or who issued its certificate must have one.
    pub(crate) keys: Vec<KeyId>,
    /// Since when.
    pub(crate) since: Option<Timestamp>,
}

/// Why it cannot be told whom to trust.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrustError {
    #[error(transparent)]
    InvalidUpstream(#[from] InvalidUpstream),
    #[error("could not read the authority of the upstream {upstream} from {}", path.display())]
    Read {
        /// Its address.
        upstream: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    #[error("the authority of the upstream {upstream} cannot be used: {error}")]
    Authority {
        /// Its address.
        upstream: String,
        /// Why.
        error: InvalidAuthority,
    },
    #[error(
        "{0} has pins that are built in or signed; they are changed by `vanne upstream pins import` and not by hand"
    )]
    Pinned(String),
    #[error(
        "[[upstream.trust]] in the configuration file says whom to trust for {0}, and it counts; change it there and restart the server"
    )]
    InFile(String),
    #[error("more than {REMEMBERED_MAX} of them are remembered; remove what is of no use")]
    TooMany,
    #[error("this file of pins is not taken: {0}")]
    Import(#[from] ImportError),
    #[error("could not find out whom to trust")]
    Store(#[from] StoreError),
}

/// The upstreams of `settings` in order, each with whom its certificate must come from.
pub(crate) async fn upstreams(app: &App, settings: &UpstreamSettings) -> Result<Vec<Upstream>, TrustError> {
    let known = Known::read(app).await?;
    let mut all = settings.all()?;
    let has_others = all.len() > 1;
    for upstream in &mut all {
        match known.dress(app, upstream, &settings.trust).await {
            // The others are as good as before.
            Err(error @ (TrustError::Read { .. } | TrustError::Authority { .. })) if has_others => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "nobody is trusted for this upstream; mend the file that `ca` names");
            }
            dressed => dressed?,
        }
    }
    Ok(all)
}

/// The upstreams that are set now, likewise; none if none is.
pub(crate) async fn upstreams_now(app: &App) -> Result<Vec<Upstream>, TrustError> {
    match settings::upstream(&app.store, app.config.upstream.as_ref()).await? {
        Some(settings) => upstreams(app, &settings).await,
        None => Ok(Vec::new()),
    }
}

/// The same for one address, which need not be that of an upstream yet, nor `proxy` that of the present one.
pub(crate) async fn upstream(app: &App, kind: Kind, url: &str, proxy: Option<String>) -> Result<Upstream, TrustError> {
    let mut upstream = Upstream::new(kind, url)?;
    let settings = settings::upstream(&app.store, app.config.upstream.as_ref()).await?;
    let present = || settings.as_ref().and_then(|settings| settings.proxy.clone());
    if let Some(proxy) = proxy.or_else(present) {
        upstream = upstream.through(&proxy)?;
    }
    let configured = settings.map(|settings| settings.trust).unwrap_or_default();
    Known::read(app).await?.dress(app, &mut upstream, &configured).await?;
    Ok(upstream)
}

/// What is known before an upstream is looked at.
struct Known {
    set: PinSet,
    trusted: BTreeMap<String, Trusted>,
    lists: Lists,
}

impl Known {
    async fn read(app: &App) -> Result<Self, TrustError> {
        let lists = match &app.config.tls.crls {
            Some(folder) => folder_of_lists(folder.clone()).await,
            None => Lists::new(),
        };
        Ok(Self { set: pin_set(&app.store).await?, trusted: trusted(&app.store).await?, lists })
    }

    async fn dress(&self, app: &App, upstream: &mut Upstream, configured: &[TrustConfig]) -> Result<(), TrustError> {
        upstream.clock = Clock::new(app.clock.clone());
        upstream.learned = app.learned.clone();
        if upstream.is_plain() {
            return Ok(());
        }
        let name = name_of(upstream);
        let pins = if is_microsofts(&self.set, upstream) {
            self.set.pins(upstream.host())
        } else if let Some(config) = of_file(upstream, configured) {
            self.by_hand(app, upstream, of_config(upstream, config).await?, &config.pins)?
        } else if let Some(trusted) = self.trusted.get(&name) {
            self.by_hand(app, upstream, trusted.authority.clone(), &trusted.keys)?
        } else {
            Pins::none()
        };
        upstream.pins = pins.with_lists(&self.lists);
        Ok(())
    }

    fn by_hand(
        &self,
        app: &App,
        upstream: &Upstream,
        authority: Option<String>,
        keys: &[KeyId],
    ) -> Result<Pins, TrustError> {
        let pins = match authority {
            Some(text) => Pins::authority(&text)
                .map_err(|error| TrustError::Authority { upstream: upstream.to_string(), error })?
                .and_keys(keys.iter().copied()),
            None => Pins::keys(keys.iter().copied()),
        };
        let strictness = if app.config.tls.strict_revocation { Strictness::Deny } else { Strictness::Allow };
        Ok(pins.strict(strictness))
    }
}

/// Says whom the certificate of an upstream must come from, from now on; nothing forgets what was said.
pub(crate) async fn set(app: &App, upstream: &Upstream, trusted: Trusted) -> Result<(), TrustError> {
    let name = name_of(upstream);
    if is_microsofts(&pin_set(&app.store).await?, upstream) {
        return Err(TrustError::Pinned(upstream.to_string()));
    }
    let settings = settings::upstream(&app.store, app.config.upstream.as_ref()).await?;
    if settings.is_some_and(|settings| of_file(upstream, &settings.trust).is_some()) {
        return Err(TrustError::InFile(upstream.to_string()));
    }
    if let Some(text) = &trusted.authority {
        let read = Pins::authority(text);
        read.map_err(|error| TrustError::Authority { upstream: upstream.to_string(), error })?;
    }
    let changed = app.store.change_setting(TRUST, |text| {
        let mut all: BTreeMap<String, Trusted> =
            text.map_or(Ok(None), |text| settings::parse(TRUST, &text))?.unwrap_or_default();
        if trusted.authority.is_none() && trusted.keys.is_empty() {
            all.remove(&name);
        } else {
            all.insert(name, trusted);
        }
        if all.len() > REMEMBERED_MAX {
            return Err(TrustError::TooMany);
        }
        Ok::<_, TrustError>(settings::to_json(&all)?)
    });
    changed.await.map(drop)
}

/// What was said by command, by upstream.
pub(crate) async fn trusted(store: &Store) -> Result<BTreeMap<String, Trusted>, StoreError> {
    Ok(settings::read(store, TRUST).await?.unwrap_or_default())
}

/// The pins in force: what was imported, if it is newer than what is built in and its signer is still trusted.
pub(crate) async fn pin_set(store: &Store) -> Result<PinSet, StoreError> {
    let built_in = PinSet::built_in();
    let Some(text) = store.setting(PINS).await? else { return Ok(built_in) };
    let signers = signers(store).await?;
    let opened = SignedSet::open(text.as_bytes());
    match opened.and_then(|signed| signed.accept(|signer| signers.contains(signer), built_in.version)) {
        Ok(set) => Ok(set),
        Err(ImportError::NotNewer { .. }) => Ok(built_in),
        Err(error) => {
            tracing::error!(%error, "the imported pins are set aside, and those that are built in are in force");
            Ok(built_in)
        }
    }
}

/// Takes a signed file of pins.
pub(crate) async fn import(store: &Store, file: &str) -> Result<PinSet, TrustError> {
    let signers = signers(store).await?;
    let here = pin_set(store).await?.version;
    let set = SignedSet::open(file.as_bytes())?.accept(|signer| signers.contains(signer), here)?;
    store.set_setting(PINS, file).await?;
    tracing::warn!(version = set.version, "pins of upstreams were imported and are in force");
    Ok(set)
}

/// Keys whose files of pins are taken.
pub(crate) async fn signers(store: &Store) -> Result<Vec<Fingerprint>, StoreError> {
    Ok(settings::read(store, SIGNERS).await?.unwrap_or_default())
}

/// Takes files of pins that are signed with that key, or no longer.
pub(crate) async fn trust_signer(store: &Store, signer: Fingerprint, is_trusted: bool) -> Result<(), TrustError> {
    let changed = store.change_setting(SIGNERS, |text| {
        let mut all: Vec<Fingerprint> =
            text.map_or(Ok(None), |text| settings::parse(SIGNERS, &text))?.unwrap_or_default();
        all.retain(|known| *known != signer);
        if is_trusted {
            all.push(signer);
        }
        if all.len() > REMEMBERED_MAX {
            return Err(TrustError::TooMany);
        }
        Ok::<_, TrustError>(settings::to_json(&all)?)
    });
    changed.await.map(drop)
}

/// An upstream by scheme, host and port: what a certificate is for.
pub(crate) fn name_of(upstream: &Upstream) -> String {
    upstream.url().origin().ascii_serialization()
}

fn is_microsofts(set: &PinSet, upstream: &Upstream) -> bool {
    set.knows(upstream.host())
}

/// What the configuration says of an upstream.
fn of_file<'a>(upstream: &Upstream, configured: &'a [TrustConfig]) -> Option<&'a TrustConfig> {
    let name = name_of(upstream);
    let is_named =
        |config: &&TrustConfig| Upstream::new(upstream.kind, &config.url).is_ok_and(|other| name_of(&other) == name);
    configured.iter().find(is_named)
}

async fn of_config(upstream: &Upstream, config: &TrustConfig) -> Result<Option<String>, TrustError> {
    let Some(path) = &config.ca else { return Ok(None) };
    let read = tokio::fs::read_to_string(path).await;
    read.map(Some).map_err(|source| TrustError::Read { upstream: upstream.to_string(), path: path.clone(), source })
}

/// The lists of a folder. One that cannot be read is told and left out: where it matters, what it would have said is missed.
async fn folder_of_lists(folder: PathBuf) -> Lists {
    let read = tokio::task::spawn_blocking(move || read_folder(&folder));
    read.await.unwrap_or_default()
}

fn read_folder(folder: &Path) -> Lists {
    let mut lists = Lists::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            tracing::error!(folder = %folder.display(), %error, "the folder of lists of revoked certificates cannot be read");
            return lists;
        }
    };
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).take(LISTS_MAX + 1) {
        // A longer one is refused by its length.
        let read = std::fs::File::open(&path).and_then(|file| {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut std::io::Read::take(file, LIST_BYTES_MAX as u64 + 1), &mut bytes)?;
            Ok(bytes)
        });
        let taken =
            read.map_err(|error| error.to_string()).and_then(|der| lists.add(der).map_err(|error| error.to_string()));
        if let Err(error) = taken {
            tracing::warn!(file = %path.display(), error, "a list of revoked certificates is left out");
        }
    }
    lists
}
