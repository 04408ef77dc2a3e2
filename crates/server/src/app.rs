//! The running application: what every handler reaches, made once.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use arc_swap::ArcSwap;
use content::Files;
use model::Timestamp;
use store::{Location, Store, StoreError};
use trust::KeyRing;

use crate::acceptance::{InOffice, Passes, Wanted};
use crate::acquire::Acquire;
use crate::admission::Admission;
use crate::air_gap::AirGap;
use crate::background::publish::Publisher;
use crate::computers::Computers;
use crate::config::{Config, ConfigError};
use crate::content_rows::ContentRows;
use crate::fragments::FragmentCache;
use crate::https::Https;
use crate::import::Imports;
use crate::metrics::Metrics;
use crate::report_writer::ReportWriter;
use crate::rollup::Rollups;
use crate::soap::PackedDocuments;
use crate::sync::Syncs;

/// Tells the time; handed in, so that tests can move it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Everything a handler may need. Shared by all of them behind an `Arc`.
pub struct App {
    /// The configuration it was started with.
    pub config: Config,
    pub(crate) clock: Clock,
    /// The folder of its state, and of the database unless that is a server's.
    pub(crate) data_dir: PathBuf,
    pub(crate) store: Store,
    pub(crate) files: Files,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) acquire: Acquire,
    /// Who says which files may be given away,
    pub(crate) judges: InOffice,
    /// and when they last looked.
    pub(crate) passes: Passes,
    pub(crate) lists: Wanted,
    pub(crate) admission: Admission,
    pub(crate) sessions: Sessions,
    pub(crate) publisher: Publisher,
    pub(crate) computers: Computers,
    pub(crate) fragments: FragmentCache,
    pub(crate) packed: PackedDocuments,
    pub(crate) content_rows: ContentRows,
    pub(crate) imports: Imports,
    pub(crate) reports: ReportWriter,
    pub(crate) syncs: Syncs,
    pub(crate) air_gap: AirGap,
    pub(crate) rollups: Rollups,
    /// Lists of revoked certificates that were fetched.
    pub(crate) learned: ::sync::Learned,
    pub(crate) https: Https,
    /// The ports clients reach, for plain HTTP and for HTTPS; 0 until listeners are bound.
    ports: [AtomicU16; 2],
}

/// What cookies are made and judged with.
pub(crate) struct Sessions {
    /// Keys by epoch.
    pub(crate) keys: ArcSwap<KeyRing>,
    /// `LastChange` of the configuration, as clients echo it.
    pub(crate) config_changed: ArcSwap<Timestamp>,
}

/// Why an application cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration is not usable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder cannot be made or used.
    #[error("could not use the data folder {}; name another one with --data-dir, or give this user the right to write there", path.display())]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error("could not open the database of {}", data_dir.display())]
    Store {
        /// The data folder it belongs to.
        data_dir: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// The keys of sessions in the database are not usable.
    #[error("the session keys in the database are damaged; restore it from a backup")]
    Keys(#[from] trust::KeyRingError),
    /// The folder of content files cannot be opened.
    #[error("could not open the content folder")]
    Content(#[from] content::FileError),
}

impl App {
    /// Opens the state in `data_dir`, making it on first use.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(data_dir: &Path, config: Config, clock: Clock) -> Result<Arc<Self>, OpenError> {
        std::fs::create_dir_all(data_dir).map_err(|source| OpenError::DataDir { path: data_dir.into(), source })?;
        let location = match &config.database.url {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::Sqlite(data_dir.join("vanne.db")),
        };
        let now = clock();
        let failed = |source| OpenError::Store { data_dir: data_dir.into(), source };
        let store = Store::open(&location, now).await.map_err(failed)?;
        let content_dir = config.content.directory.clone().unwrap_or_else(|| data_dir.join("content"));
        let files = Files::open(content_dir)?;
        let identity = store.identity().await.map_err(failed)?;
        let keys = session_keys(&store, now).await.map_err(failed)?;
        let ring = KeyRing::new(identity.incarnation, keys.iter().map(|key| (key.epoch, key.key)))?;
        let judges = InOffice::new(&config.signatures, &store.revocation_list_bodies().await.map_err(failed)?);
        let metrics = Arc::new(Metrics::default());
        let fragments = FragmentCache::new(config.limits.fragment_cache_mib * 1024 * 1024);
        Ok(Arc::new(Self {
            ports: Default::default(),
            https: Https::default(),
            packed: PackedDocuments::default(),
            acquire: Acquire::new(&config.content),
            judges,
            passes: Passes::default(),
            lists: Wanted::default(),
            admission: Admission::new(&config.limits, Arc::clone(&metrics)),
            sessions: Sessions {
                keys: ArcSwap::from_pointee(ring),
                config_changed: ArcSwap::from_pointee(identity.config_changed),
            },
            publisher: Publisher::default(),
            computers: Computers::default(),
            content_rows: ContentRows::default(),
            imports: Imports::default(),
            reports: ReportWriter::default(),
            syncs: Syncs::default(),
            air_gap: AirGap::default(),
            rollups: Rollups::default(),
            learned: ::sync::Learned::default(),
            config,
            clock,
            data_dir: data_dir.to_owned(),
            store,
            files,
            metrics,
            fragments,
        }))
    }

    /// The time now, by the clock that was handed in.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// This computer's name, as servers above are told: what no host name has is left out.
    pub(crate) fn host_name(&self) -> String {
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let plain = |character: &char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-');
        let name: String = name.chars().filter(plain).take(255).collect();
        if name.is_empty() { "vanne".to_owned() } else { name }
    }

    /// The port in the addresses of content files.
    pub(crate) fn content_port(&self) -> u16 {
        self.config.content.announced_port.or(self.listening_port()).unwrap_or_default()
    }

    /// The port clients reach over plain HTTP, when a server runs.
    pub(crate) fn listening_port(&self) -> Option<u16> {
        let [http, _] = &self.ports;
        Some(http.load(Ordering::Relaxed)).filter(|port| *port != 0)
    }

    /// The port clients reach over HTTPS, when a server runs.
    pub(crate) fn https_port(&self) -> Option<u16> {
        let [_, https] = &self.ports;
        Some(https.load(Ordering::Relaxed)).filter(|port| *port != 0)
    }

    /// Told by the listeners.
    pub(crate) fn bound_to(&self, http: u16, https: u16) {
        self.ports.iter().zip([http, https]).for_each(|(port, bound)| port.store(bound, Ordering::Relaxed));
    }
}

/// The keys in the store; the first one is made here. Servers that share a store share its keys.
async fn session_keys(store: &Store, now: Timestamp) -> Result<Vec<store::SessionKey>, StoreError> {
    let keys = store.session_keys().await?;
    if !keys.is_empty() {
        return Ok(keys);
    }
    store.add_session_key(trust::random_key(), now).await?;
    store.session_keys().await
}
