//! What a server presents.

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Certificates, the server's own first, and its key.
#[derive(Clone)]
pub struct Credentials {
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
    serial: Vec<u8>,
    versions: Vec<&'static SupportedProtocolVersion>,
    protocols: Vec<Vec<u8>>,
}

impl Credentials {
    pub(super) fn new(chain: Vec<CertificateDer<'static>>, key: Vec<u8>, serial: Vec<u8>) -> Self {
        let versions = vec![&rustls::version::TLS12, &rustls::version::TLS13];
        Self { chain, key, serial, versions, protocols: vec![b"http/1.1".to_vec()] }
    }

    /// With these behind the server's own certificate, instead of the authority's.
    #[must_use]
    pub fn with_chain(mut self, chain: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        self.chain.truncate(1);
        self.chain.extend(chain);
        self
    }

    /// Speaking one version of TLS only.
    #[must_use]
    pub fn only(self, version: &'static SupportedProtocolVersion) -> Self {
        Self { versions: vec![version], ..self }
    }

    /// Speaking this protocol only.
    #[must_use]
    pub fn speaking(self, protocol: &[u8]) -> Self {
        Self { protocols: vec![protocol.to_vec()], ..self }
    }

    /// The server's own certificate.
    pub fn own(&self) -> &[u8] {
        self.chain.first().map_or(&[], |own| own.as_ref())
    }

    /// The key and the certificates as one text.
    pub fn pem(&self) -> String {
        let certificates = self.chain.iter().map(|one| section("CERTIFICATE", one));
        std::iter::once(section("PRIVATE KEY", &self.key)).chain(certificates).collect()
    }

    /// Its serial number.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The server's side of a handshake.
    ///
    /// # Errors
    /// When the client does not want what is presented.
    pub async fn accept(&self, socket: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&self.versions);
        let builder = builder.map_err(io::Error::other)?.with_no_client_auth();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()));
        let mut config = builder.with_single_cert(self.chain.clone(), key).map_err(io::Error::other)?;
        config.alpn_protocols.clone_from(&self.protocols);
        TlsAcceptor::from(Arc::new(config)).accept(socket).await
    }
}

fn section(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}
