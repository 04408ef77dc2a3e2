use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls::server::NoServerSessionStorage;
use rustls::version::{TLS12, TLS13};
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
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_protocol_versions(&[&TLS13, &TLS12])?.with_no_client_auth();
    let mut config = builder.with_cert_resolver(Arc::new(Resolver::new(app)));
    config.ticketer = Ticketer::new()?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
