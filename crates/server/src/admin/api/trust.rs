//! Whom upstreams' certificates must come from, and what `vanne doctor` asks.

use model::Timestamp;
use pins::{Certificate, KeyId, Suspicion};
use serde::{Deserialize, Serialize};
use sync::Kind;
use trust::Fingerprint;

/// `PUT /api/v1/upstream/trust`: whom the certificate of one upstream must come from, in the place of what was said before;
/// nothing at all forgets it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamTrustRequest {
    /// Its address.
    pub url: String,
    /// The proxy to go through, to see what it presents; absent: that of the upstream that is set.
    #[serde(default)]
    pub proxy: Option<String>,
    /// The authority that it is below, in PEM.
    #[serde(default)]
    pub authority: Option<String>,
    /// Keys, of which it or who issued its certificate must have one.
    #[serde(default)]
    pub keys: Vec<KeyId>,
    /// The same for a key that it must present at this moment.
    #[serde(default)]
    pub accept: Option<KeyId>,
}

/// `GET /api/v1/upstream/trust`: what was said of one upstream.
#[derive(Debug, Serialize, Deserialize)]
pub struct UpstreamTrust {
    /// Scheme, host and port.
    pub upstream: String,
    /// Authorities, and until when their certificates are valid.
    pub authorities: Vec<ExpiringPin>,
    /// Keys.
    pub keys: Vec<KeyId>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// A pinned certificate and its end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExpiringPin {
    /// Whose.
    pub name: String,
    /// Its end.
    pub at: Timestamp,
    /// The alarm it is under: 90, 30 or 7 days, 0 if it is over; absent if there is time.
    pub within_days: Option<i64>,
}

/// `POST /api/v1/upstream/probe`: who answers there?
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeRequest {
    /// An address.
    pub url: String,
    /// What kind of server it should be.
    pub kind: Kind,
}

/// Who answers.
#[derive(Debug, Serialize, Deserialize)]
pub struct ProbeAnswer {
    /// The address.
    pub upstream: String,
    /// Without TLS: nobody can say who it is.
    pub is_plain: bool,
    /// What it presents, its own certificate first.
    pub certificates: Vec<Certificate>,
    /// The key to pin for who trusts that.
    pub key_to_pin: Option<KeyId>,
    /// Why it is not trusted; absent if it is.
    pub refused: Option<String>,
    /// Who may be in between.
    pub suspicion: Option<Suspicion>,
    /// The command that accepts it.
    pub accept: Option<String>,
    /// What time it is there.
    pub date: Option<Timestamp>,
}

/// `GET /api/v1/upstream/pins`: the pins in force. `POST` takes a signed file of newer ones.
#[derive(Debug, Serialize, Deserialize)]
pub struct PinsAnswer {
    /// Their version.
    pub version: u32,
    /// They came with the program.
    pub is_built_in: bool,
    /// Until when they are in force.
    pub not_after: Timestamp,
    /// What is pinned.
    pub authorities: Vec<PinnedAuthority>,
    /// Whose files are taken.
    pub signers: Vec<Fingerprint>,
    /// What expires within 90 days.
    pub expiring: Vec<ExpiringPin>,
}

/// A pinned authority.
#[derive(Debug, Serialize, Deserialize)]
pub struct PinnedAuthority {
    /// For these hosts, and others of the same group.
    pub hosts: String,
    /// Its name.
    pub name: String,
    /// Its key; absent: only its name is known, and its certificates are refused.
    pub key: Option<KeyId>,
    /// The end of its certificate.
    pub not_after: Option<Timestamp>,
}

/// `POST /api/v1/upstream/pins/signers`: take files of pins that are signed with this key, or no longer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerRequest {
    /// The key.
    pub signer: Fingerprint,
    /// Whether they are taken.
    pub is_trusted: bool,
}

/// `GET /api/v1/facts`: what `vanne doctor` looks at.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    /// The program's version.
    pub version: String,
    /// This server's clock.
    pub now: Timestamp,
    /// Which database it is.
    pub database: String,
    /// The database's own clock.
    pub database_now: Option<Timestamp>,
    /// The port clients reach; absent when no server runs.
    pub http_port: Option<u16>,
    /// The port clients reach over TLS; absent when no server runs.
    pub https_port: Option<u16>,
    /// Room on the disk of the content folder.
    pub free_bytes: Option<u64>,
    /// Room that is to stay free there.
    pub floor_bytes: u64,
    /// The upstreams, in order.
    pub upstreams: Vec<UpstreamFacts>,
    /// The version of the pins in force.
    pub pins_version: u32,
    /// Authorities of Microsoft's hosts of which only the name is known; empty if Microsoft is not asked.
    pub pins_incomplete: Vec<String>,
    /// Clients are told of updates over plain HTTP as well.
    pub allow_http_metadata: bool,
    /// Certificates this server presents itself, and their end.
    pub certificates: Vec<ExpiringPin>,
}

/// One upstream.
#[derive(Debug, Serialize, Deserialize)]
pub struct UpstreamFacts {
    /// Its address.
    pub url: String,
    /// What kind of server it is.
    pub kind: Kind,
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Where its files are; absent for Microsoft's service, which has none.
    pub content: Option<String>,
    /// It is spoken to without TLS.
    pub is_plain: bool,
    /// It is known whom its certificate must come from.
    pub is_pinned: bool,
    /// The proxy's host and port.
    pub proxy: Option<(String, u16)>,
    /// Pinned certificates that expire soon.
    pub expiring: Vec<ExpiringPin>,
}
