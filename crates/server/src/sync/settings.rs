//! What the administrator says of upstreams, and what is remembered of them: JSON in the store's settings.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::{UpdateId, UpdateIdentity};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::{Store, StoreError};
use sync::{InvalidUpstream, Kind, Upstream};
use uuid::Uuid;

use crate::config::UpstreamConfig;
use crate::import::Lacking;

const UPSTREAM: &str = "upstream";
const SUBSCRIPTION: &str = "subscription";
/// Written when a synchronisation is applied, and only then.
pub(super) const ANCHORS: &str = "sync.anchors";
/// The upstream that what is staged came from.
pub(super) const STAGED_FROM: &str = "sync.staged-from";

/// Where updates come from. The configuration file says the same and wins: see [`upstream`].
pub type UpstreamSettings = UpstreamConfig;

/// Which updates are wanted. Empty lists want all there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subscription {
    /// Products, families or companies.
    pub products: BTreeSet<UpdateId>,
    /// Classifications.
    pub classifications: BTreeSet<UpdateId>,
    /// Languages, as tags in lower case; empty for all. Files for others are not fetched here ([`policy::FileChoice`]). The
    /// upstream is told, and makes of it what it will: Vanne and, as far as is known, native WSUS list the same updates
    /// whatever the languages (MS-WSUSSS 3.1.4.5.3.1).
    pub languages: BTreeSet<String>,
    /// Hardware ids of devices whose drivers are wanted, whatever products and classifications say. Only Microsoft's
    /// service lists drivers so; others are not asked.
    pub devices: BTreeSet<String>,
    /// Hardware ids of computer models whose drivers are wanted (MS-WSUSSS 3.1.4.7.3.4, `ComputerIds`).
    pub models: BTreeSet<Uuid>,
}

impl Subscription {
    /// Nothing is chosen, which means all there is.
    pub fn is_empty(&self) -> bool {
        self.products.is_empty() && self.classifications.is_empty()
    }
}

/// How far this server has followed each upstream, by its address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Followed(pub(super) BTreeMap<String, Anchors>);

/// How far one was followed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Anchors {
    pub(super) categories: Option<String>,
    pub(super) updates: Option<String>,
    pub(super) deployments: Option<String>,
    /// Digest of the approvals that anchor covers.
    pub(super) approvals: Option<String>,
    /// Deployments of it that were of updates that are not here.
    pub(super) unknown: usize,
    /// Products and classifications the anchor of updates covers: others are asked for whole.
    pub(super) covered: BTreeSet<UpdateId>,
    /// The anchor covers all updates there are.
    pub(super) covers_all: bool,
    /// Languages the anchor of updates covers; none if it covers all.
    pub(super) languages: BTreeSet<String>,
    /// Revisions that were listed and could not be had.
    pub(super) owed: BTreeSet<UpdateIdentity>,
    /// How far drivers were followed.
    pub(super) drivers: Option<String>,
    /// Devices that anchor covers.
    pub(super) devices: BTreeSet<String>,
    /// Computer models that anchor covers.
    pub(super) models: BTreeSet<Uuid>,
    /// What revisions of the last synchronisation name and is not here: asked for once, by the next one.
    pub(super) lacking: Lacking,
}

impl Anchors {
    /// The upstream was followed before, so that it is asked with an anchor.
    pub(super) const fn is_any(&self) -> bool {
        self.categories.is_some() || self.updates.is_some()
    }
}

/// Where updates come from: what the configuration file says, else what was set by command.
///
/// # Errors
/// Those of the database.
pub async fn upstream(store: &Store, config: Option<&UpstreamConfig>) -> Result<Option<UpstreamSettings>, StoreError> {
    match config {
        Some(config) => Ok(Some(config.clone())),
        None => read(store, UPSTREAM).await,
    }
}

/// Sets where updates come from, or that they come from nowhere.
///
/// # Errors
/// Those of the database.
pub async fn set_upstream(store: &Store, upstream: Option<&UpstreamSettings>) -> Result<(), StoreError> {
    write(store, UPSTREAM, &upstream).await
}

/// Which updates are wanted.
///
/// # Errors
/// Those of the database.
pub async fn subscription(store: &Store) -> Result<Subscription, StoreError> {
    Ok(read(store, SUBSCRIPTION).await?.unwrap_or_default())
}

/// Sets which updates are wanted.
///
/// # Errors
/// Those of the database.
pub async fn set_subscription(store: &Store, subscription: &Subscription) -> Result<(), StoreError> {
    write(store, SUBSCRIPTION, subscription).await
}

pub(super) async fn followed(store: &Store) -> Result<Followed, StoreError> {
    Ok(read(store, ANCHORS).await?.unwrap_or_default())
}

/// Makes room for pages of an upstream: what is kept of another one is forgotten, which may have been left because it was
/// not to be trusted.
pub(super) async fn stage_from(store: &Store, upstream: &str) -> Result<(), StoreError> {
    if store.setting(STAGED_FROM).await?.as_deref() != Some(upstream) {
        store.clear_staged().await?;
        store.set_setting(STAGED_FROM, upstream).await?;
    }
    Ok(())
}

/// What the setting `key` says.
pub(crate) async fn read<T: DeserializeOwned>(store: &Store, key: &str) -> Result<Option<T>, StoreError> {
    store.setting(key).await?.map_or(Ok(None), |text| parse(key, &text))
}

/// What `text`, which was read from the setting `key`, says.
pub(crate) fn parse<T: DeserializeOwned>(key: &str, text: &str) -> Result<Option<T>, StoreError> {
    let damaged = |error| StoreError::Invalid { what: format!("the setting {key} is damaged ({error}): set it anew") };
    serde_json::from_str::<Option<T>>(text).map_err(damaged)
}

async fn write<T: Serialize>(store: &Store, key: &str, value: &T) -> Result<(), StoreError> {
    store.set_setting(key, &to_json(value)?).await
}

/// A setting's text.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Invalid { what: format!("cannot be written: {error}") })
}

impl UpstreamConfig {
    /// The upstreams it names, in the order in which they are to be asked.
    ///
    /// # Errors
    /// [`InvalidUpstream`].
    pub fn all(&self) -> Result<Vec<Upstream>, InvalidUpstream> {
        let first = match &self.url {
            Some(url) => Upstream::new(self.kind, url)?,
            None if self.kind == Kind::Microsoft => Upstream::microsoft(),
            // Says that there is none.
            None => Upstream::new(self.kind, "")?,
        };
        let others = self.fallback.iter().map(|url| Upstream::new(self.kind, url));
        let all = std::iter::once(Ok(first)).chain(others).collect::<Result<Vec<Upstream>, InvalidUpstream>>()?;
        all.into_iter().map(|upstream| self.dressed(upstream)).collect()
    }

    fn dressed(&self, mut upstream: Upstream) -> Result<Upstream, InvalidUpstream> {
        upstream.patience = self.patience_secs.map_or(upstream.patience, Duration::from_secs);
        match &self.proxy {
            Some(proxy) => upstream.through(proxy),
            None => Ok(upstream),
        }
    }
}
