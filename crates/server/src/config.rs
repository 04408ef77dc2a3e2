//! Configuration: one TOML file, one struct per concern, unknown keys refused with their line.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use pins::KeyId;
use serde::{Deserialize, Serialize};
use sync::Kind;

mod content;
mod https;
mod listeners;
mod signatures;

pub use self::https::{CertificateFiles, HttpsConfig};
pub use content::{Bandwidth, ContentConfig, ContentMode, TimeOfDay};
pub use listeners::ServerConfig;
pub use signatures::SignaturesConfig;

/// The whole configuration. Every key has a default, so an empty file is a valid one.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the server listens.
    pub server: ServerConfig,
    /// Certificates.
    pub https: HttpsConfig,
    /// Where durable state lives.
    pub database: DatabaseConfig,
    /// How clients are treated.
    pub clients: ClientsConfig,
    /// Where updates come from; absent: what `vanne upstream set` said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<UpstreamConfig>,
    /// Files and their addresses.
    pub content: ContentConfig,
    /// Who must have signed files.
    pub signatures: SignaturesConfig,
    /// What a stranger may cost.
    pub limits: LimitsConfig,
    /// How long reports are kept.
    pub reports: ReportsConfig,
    /// What servers tell each other of computers.
    pub rollup: RollupConfig,
    /// Figures for a monitoring system.
    pub metrics: MetricsConfig,
    /// What is known of certificates of others.
    pub tls: TlsConfig,
}

/// `[database]`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `postgres://…`; absent: SQLite in the data folder.
    pub url: Option<String>,
}

/// `[clients]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientsConfig {
    /// How long a cookie is good for, in minutes; native WSUS: 60.
    pub cookie_minutes: u32,
}

impl Default for ClientsConfig {
    fn default() -> Self {
        Self { cookie_minutes: 60 }
    }
}

/// `[upstream]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamConfig {
    /// Microsoft's service, native WSUS, or a server of this kind.
    pub kind: Kind,
    /// Its address, `http://host:8530`; needless for Microsoft's service.
    #[serde(default)]
    pub url: Option<String>,
    /// Take over its groups, approvals and declines, and decide nothing here.
    #[serde(default)]
    pub replica: bool,
    /// The proxy to go through, `http://user:password@host:3128`; absent: none, whatever the environment says.
    #[serde(default)]
    pub proxy: Option<String>,
    /// Synchronise by itself, once in so many minutes; absent: only by command.
    #[serde(default)]
    pub every_minutes: Option<u32>,
    /// How long nothing may come before a call counts as failed, in seconds.
    #[serde(default)]
    pub patience_secs: Option<u64>,
    /// Servers of the same kind to ask, in this order, while the first cannot be reached.
    #[serde(default)]
    pub fallback: Vec<String>,
    /// Whom the certificates of these upstreams must come from; absent: what `vanne upstream trust` said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trust: Vec<TrustConfig>,
}

/// `[[upstream.trust]]`: whom the certificate of one upstream must come from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TrustConfig {
    /// The upstream's address.
    pub url: String,
    /// A file in PEM with the authority that it is below; trusted for this upstream alone.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Keys, of which the upstream or the authority that issued its certificate must have one.
    #[serde(default)]
    pub pins: Vec<KeyId>,
}

/// `[tls]`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// A folder of lists of revoked certificates (DER), heeded for every upstream.
    pub crls: Option<PathBuf>,
    /// Refuse upstreams with a private authority, too, while no list says that their certificates are not revoked.
    pub strict_revocation: bool,
}

/// `[limits]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Open connections in all.
    pub connections_max: usize,
    /// Open connections of one address.
    pub connections_per_address_max: usize,
    /// Computers of this server's own; beyond, those that never reported give way to newcomers.
    pub computers_max: usize,
    /// Time for a TLS handshake, in seconds.
    pub handshake_secs: u64,
    /// TLS handshakes under way, half of them at most of one address; more are turned away.
    pub handshakes_max: usize,
    /// Time for a request's head to arrive, in seconds.
    pub head_secs: u64,
    /// How long the body of a web-service request may come however slowly, in seconds;
    pub body_grace_secs: u64,
    /// then it comes at so many bytes a second or is refused; 0: however slowly.
    pub body_bytes_per_sec_min: u32,
    /// How long a connection is kept without a request, in seconds.
    pub idle_secs: u64,
    /// How long a client may take nothing of its answer, in seconds.
    pub stall_secs: u64,
    /// Time for a web-service request to arrive and be answered, in seconds.
    pub request_secs: u64,
    /// Web-service calls worked on at once; their answers are sent beside that.
    pub calls_at_once: usize,
    /// Web-service calls that wait for their turn; more are turned away.
    pub calls_waiting_max: usize,
    /// How long a call waits for its turn before it is turned away, in seconds.
    pub queue_secs: u64,
    /// Memory for the bodies of calls, in MiB: half for ordinary ones, half for large ones.
    pub bodies_mib: u32,
    /// Memory for fragments ready to be sent, in MiB.
    pub fragment_cache_mib: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            connections_max: 20_000,
            // Whole sites come through one address translation.
            connections_per_address_max: 4_096,
            // Five times the largest estate, and some 500 MB of database if somebody makes them up.
            computers_max: 500_000,
            handshake_secs: 10,
            // Twice the connections of one address, so that a whole site may come at once; 10 KB each.
            handshakes_max: 8_192,
            // Every head that stock clients send fits into one packet.
            head_secs: 10,
            body_grace_secs: 10,
            // Slower than any line; a sender of drops must not keep the room others wait for.
            body_bytes_per_sec_min: 1_024,
            idle_secs: 120,
            stall_secs: 60,
            request_secs: 60,
            // Far more than cores: those above are waiting for the database, which writes what waits in one go.
            calls_at_once: 64,
            // Every computer of a large company at once; a waiting call costs its connection and little more.
            calls_waiting_max: 16_384,
            // Stock clients give up after 60 seconds: the answer must still reach them.
            queue_secs: 45,
            bodies_mib: 64,
            fragment_cache_mib: 192,
        }
    }
}

/// `[reports]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportsConfig {
    /// Days the raw events are kept; the states drawn from them stay.
    pub keep_days: u32,
}

impl Default for ReportsConfig {
    fn default() -> Self {
        Self { keep_days: 90 }
    }
}

/// `[rollup]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RollupConfig {
    /// Servers below tell of each computer and its updates; otherwise figures only.
    pub detailed: bool,
    /// How often the server above is told, beside after each synchronisation, in minutes.
    pub every_minutes: u32,
}

impl Default for RollupConfig {
    fn default() -> Self {
        Self { detailed: true, every_minutes: 60 }
    }
}

/// `[metrics]`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// Address for `GET /metrics`; absent: only over the administration socket.
    pub listen: Option<SocketAddr>,
}

/// Why a configuration is not usable.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("could not read the configuration {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be; the source names line and key.
    #[error("the configuration {} is not valid", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, key and reason.
        source: Box<toml::de::Error>,
    },
    /// The upstream cannot be one.
    #[error("the configuration {} is not valid: {error}", path.display())]
    Upstream {
        /// The file.
        path: PathBuf,
        /// Which one, and why.
        error: sync::InvalidUpstream,
    },
    /// A value is out of its bounds.
    #[error("the configuration {} is not valid: {key} = {value}, but it must be {bounds}", path.display())]
    Bounds {
        /// The file.
        path: PathBuf,
        /// The key, with its section.
        key: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        bounds: &'static str,
    },
}

impl Config {
    /// Name of the configuration file in the data folder, read when no other is named.
    pub const FILE_NAME: &'static str = "vanne.toml";

    /// Reads `file`, or `vanne.toml` in `data_dir` if it is there, or takes the defaults.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(file: Option<&Path>, data_dir: &Path) -> Result<Self, ConfigError> {
        let in_data_dir = data_dir.join(Self::FILE_NAME);
        match file {
            Some(file) => Self::read(file),
            None if in_data_dir.exists() => Self::read(&in_data_dir),
            None => Ok(Self::default()),
        }
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.into(), source })?;
        let config: Self = toml::from_str(&text)
            .map_err(|source| ConfigError::Parse { path: path.into(), source: Box::new(source) })?;
        config.check(path)?;
        Ok(config)
    }

    fn check(&self, path: &Path) -> Result<(), ConfigError> {
        let within = |key, value: u64, lowest: u64, highest: u64, bounds| {
            if (lowest..=highest).contains(&value) {
                Ok(())
            } else {
                Err(ConfigError::Bounds { path: path.into(), key, value: value.to_string(), bounds })
            }
        };
        let limits = &self.limits;
        if let Some(upstream) = &self.upstream {
            upstream.all().map_err(|error| ConfigError::Upstream { path: path.into(), error })?;
            within("upstream.every_minutes", upstream.every_minutes.unwrap_or(60).into(), 5, 44_640, "5 to 44640")?;
            within("upstream.patience_secs", upstream.patience_secs.unwrap_or(300), 1, 3_600, "1 to 3600")?;
        }
        if self.https.certificates.len() > https::CERTIFICATES_MAX {
            return Err(ConfigError::Bounds {
                path: path.into(),
                key: "https.certificates",
                value: format!("{} pairs of files", self.https.certificates.len()),
                bounds: "4 at most: one for each kind of key",
            });
        }
        let content = &self.content;
        within("content.scrub_mib_per_sec", content.scrub_mib_per_sec, 0, 1_024, "0 to 1024")?;
        within("content.downloads_at_once", content.downloads_at_once as u64, 1, 64, "1 to 64")?;
        within("content.source_stall_secs", content.source_stall_secs, 1, 3_600, "1 to 3600")?;
        within("content.disk_quota_mib", content.disk_quota_mib, 0, 1_073_741_824, "0 to 1073741824")?;
        within("content.disk_floor_mib", content.disk_floor_mib, 0, 1_048_576, "0 to 1048576")?;
        within("content.keep_asked_days", content.keep_asked_days.into(), 1, 36_500, "1 to 36500")?;
        for cap in &content.bandwidth {
            within("content.bandwidth.mib_per_sec", cap.mib_per_sec, 0, 1_048_576, "0 to 1048576")?;
        }
        for address in content.sources.iter().chain(&content.proxy) {
            if !content::is_base(address) {
                return Err(ConfigError::Bounds {
                    path: path.into(),
                    key: "content.sources or content.proxy",
                    value: format!("{address:?}"),
                    bounds: "an address that begins with http:// or https://",
                });
            }
        }
        within("clients.cookie_minutes", self.clients.cookie_minutes.into(), 1, 10_080, "1 to 10080")?;
        within("limits.connections_max", limits.connections_max as u64, 1, 1_000_000, "1 to 1000000")?;
        within(
            "limits.connections_per_address_max",
            limits.connections_per_address_max as u64,
            1,
            1_000_000,
            "1 to 1000000",
        )?;
        within("limits.computers_max", limits.computers_max as u64, 10, 10_000_000, "10 to 10000000")?;
        within("limits.handshake_secs", limits.handshake_secs, 1, 3_600, "1 to 3600")?;
        within("limits.handshakes_max", limits.handshakes_max as u64, 1, 1_000_000, "1 to 1000000")?;
        within("limits.head_secs", limits.head_secs, 1, 3_600, "1 to 3600")?;
        within("limits.body_grace_secs", limits.body_grace_secs, 1, 3_600, "1 to 3600")?;
        let rate = limits.body_bytes_per_sec_min.into();
        within("limits.body_bytes_per_sec_min", rate, 0, 1_048_576, "0 to 1048576")?;
        within("limits.idle_secs", limits.idle_secs, 1, 3_600, "1 to 3600")?;
        within("limits.stall_secs", limits.stall_secs, 1, 3_600, "1 to 3600")?;
        within("limits.request_secs", limits.request_secs, 1, 3_600, "1 to 3600")?;
        within("limits.calls_at_once", limits.calls_at_once as u64, 1, 10_000, "1 to 10000")?;
        within("limits.calls_waiting_max", limits.calls_waiting_max as u64, 1, 1_000_000, "1 to 1000000")?;
        within("limits.queue_secs", limits.queue_secs, 1, 3_600, "1 to 3600")?;
        within("limits.bodies_mib", limits.bodies_mib.into(), 16, 65_536, "16 to 65536")?;
        within("limits.fragment_cache_mib", limits.fragment_cache_mib, 1, 1_048_576, "1 to 1048576")?;
        within("rollup.every_minutes", self.rollup.every_minutes.into(), 5, 44_640, "5 to 44640")?;
        within("reports.keep_days", self.reports.keep_days.into(), 1, 36_500, "1 to 36500")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vanne.toml");
        std::fs::write(&file, text).unwrap();
        Config::load(Some(&file), folder.path()).map_err(|error| {
            let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            format!("{error}: {source}")
        })
    }

    #[test]
    fn an_empty_file_is_valid() {
        let config = load("").unwrap().server;
        assert_eq!((config.http.port(), config.https().port(), config.allows_http_metadata()), (8530, 8531, false));
    }

    #[test]
    fn what_is_named_is_told_from_what_is_usual() {
        let usual = "[server]\nhttps = \"0.0.0.0:8531\"\nallow_http_metadata = false\n";
        for (text, is_named) in [("", false), (usual, true)] {
            let config = load(text).unwrap().server;
            assert_eq!((config.https.is_some(), config.allow_http_metadata.is_some()), (is_named, is_named));
            assert_eq!((config.https().port(), config.allows_http_metadata()), (8531, false));
        }
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_its_line() {
        let error = load("[server]\nhttp = \"127.0.0.1:80\"\nhtpp = 3\n").unwrap_err();
        assert!(error.contains("line 3") && error.contains("htpp"), "{error}");
    }

    #[test]
    fn certificates_and_names_are_read_and_checked() {
        let pair = "{ chain = \"/etc/a.pem\", key = \"/etc/a.key\" }";
        let config =
            load(&format!("[https]\nnames = [\"WSUS.example\"]\ncertificates = [{pair}]\nrsa = true\n")).unwrap();
        assert_eq!((config.https.names[0].to_string().as_str(), config.https.certificates.len()), ("wsus.example", 1));
        let error = load("[https]\nnames = [\"https://wsus.example\"]\n").unwrap_err();
        assert!(error.contains("line 2") && error.contains("without http://"), "{error}");
        let error = load(&format!("[https]\ncertificates = [{}]\n", [pair; 5].join(", "))).unwrap_err();
        assert!(error.contains("https.certificates"), "{error}");
    }

    #[test]
    fn what_is_fetched_and_when_is_read_and_checked() {
        let config = load(
            "[content]\nmode = \"on-demand\"\nsources = [\"http://paris:8530/Content\"]\n\
             bandwidth = [{ from = \"08:00\", to = \"18:00\", mib_per_sec = 2 }]\n",
        )
        .unwrap();
        assert_eq!((config.content.mode, config.content.bandwidth.len()), (ContentMode::OnDemand, 1));
        for (text, expected) in [
            ("mode = \"sometimes\"", "sometimes"),
            ("sources = [\"ftp://paris\"]", "content.sources"),
            ("bandwidth = [{ from = \"8\", to = \"18:00\", mib_per_sec = 2 }]", "not a time of day"),
        ] {
            let error = load(&format!("[content]\n{text}\n")).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_value_out_of_bounds_is_named() {
        let error = load("[clients]\ncookie_minutes = 0\n").unwrap_err();
        assert!(error.contains("clients.cookie_minutes = 0, but it must be 1 to 10080"), "{error}");
    }
}
