use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls::server::NoServerSessionStorage;
use rustls::version::{TLS12, TLS13};
use rustls::{CipherSuite, ServerConfig};
use tokio_rustls::TlsAcceptor;

use super::HttpsError;
use super::resolver::Resolver;
use crate::app::App;

/// TLS as it is spoken here: versions 1.2 and 1.3 with the library's suites, all of them with forward secrecy; no renegotiation, which
/// the library does not know; no early data, which could be replayed.
///
/// Sessions are resumed by tickets, whose keys the library changes every six hours and forgets after twelve; nothing is kept for
/// each client.
pub(crate) fn acceptor(app: &Arc<App>) -> Result<TlsAcceptor, HttpsError> {
    let builder = ServerConfig::builder_with_provider(Arc::new(provider()));
    let builder = builder.with_protocol_versions(&[&TLS13, &TLS12])?.with_no_client_auth();
    let mut config = builder.with_cert_resolver(Arc::new(Resolver::new(app)));
    config.ignore_client_order = true;
    config.ticketer = Ticketer::new()?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The usual suites, those with SHA-256 before those with SHA-384, which clients ask for first: processors do the one in hardware,
/// and the other takes a seventh of a handshake (docs/benchmarks.md). Whoever insists on AES-256 gets it.
fn provider() -> CryptoProvider {
    let mut provider = default_provider();
    let with_sha384 = [
        CipherSuite::TLS13_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ];
    provider.cipher_suites.sort_by_key(|suite| with_sha384.contains(&suite.suite()));
    provider
}
