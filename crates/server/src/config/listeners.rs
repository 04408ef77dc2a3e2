//! `[server]`: where the server listens.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize, Serializer};

/// `[server]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port for metadata and content over TLS, if they are named; port 0 takes a free one.
    #[serde(serialize_with = "https_in_effect")]
    pub https: Option<SocketAddr>,
    /// Address and port for content over plain HTTP; port 0 takes a free one.
    pub http: SocketAddr,
    /// Hand out metadata over plain HTTP as well, where whoever is on the way can change it; if anything is said of that.
    #[serde(serialize_with = "metadata_in_effect")]
    pub allow_http_metadata: Option<bool>,
    /// How long open requests may go on after a request to stop, in seconds.
    pub drain_secs: u64,
}

impl ServerConfig {
    /// Where HTTPS is: what was named, or the usual place.
    pub fn https(&self) -> SocketAddr {
        self.https.unwrap_or(SocketAddr::from(([0, 0, 0, 0], 8531)))
    }

    /// Whether metadata goes over plain HTTP as well: not unless somebody said so.
    pub fn allows_http_metadata(&self) -> bool {
        self.allow_http_metadata.unwrap_or(false)
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self { https: None, http: SocketAddr::from(([0, 0, 0, 0], 8530)), allow_http_metadata: None, drain_secs: 30 }
    }
}

/// Who reads a configuration wants to know what counts.
fn https_in_effect<S: Serializer>(named: &Option<SocketAddr>, out: S) -> Result<S::Ok, S::Error> {
    let config = ServerConfig { https: *named, ..ServerConfig::default() };
    config.https().serialize(out)
}

fn metadata_in_effect<S: Serializer>(said: &Option<bool>, out: S) -> Result<S::Ok, S::Error> {
    let config = ServerConfig { allow_http_metadata: *said, ..ServerConfig::default() };
    config.allows_http_metadata().serialize(out)
}
