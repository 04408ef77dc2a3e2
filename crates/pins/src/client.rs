//! The client's side of a connection: TLS 1.2 and 1.3, one library for cryptography, no roots but the pinned ones.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, SupportedProtocolVersion};

use crate::PinnedVerifier;

/// What is spoken over TLS: nothing else is offered, so that nothing else is agreed upon.
pub const ALPN: &[u8] = b"http/1.1";
/// The versions that are spoken; older ones are broken (RFC 8996).
pub static TLS_VERSIONS: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

/// Tells the time by which certificates are judged; handed in, so that tests can move it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// One that asks `time`.
    pub fn new(time: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        Self(time)
    }

    /// What it says now.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Clock")
    }
}

impl TimeProvider for Clock {
    /// Before 1970 there is no time, and nothing is valid.
    fn current_time(&self) -> Option<UnixTime> {
        u64::try_from(self.now().as_second()).ok().map(|secs| UnixTime::since_unix_epoch(Duration::from_secs(secs)))
    }
}

/// The cryptography of all connections.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// A client that trusts whom `verifier` trusts, by `clock`. Sessions are resumed within what is made of it, and not beyond:
/// make another when pins or lists change.
///
/// # Errors
/// [`rustls::Error`] if the library was built without a version of TLS.
pub fn client_config(verifier: PinnedVerifier, clock: Clock) -> Result<ClientConfig, rustls::Error> {
    let builder =
        ClientConfig::builder_with_details(provider(), Arc::new(clock)).with_protocol_versions(TLS_VERSIONS)?;
    let verified = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = verified.with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}
