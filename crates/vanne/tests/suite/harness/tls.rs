use std::io;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, DigitallySignedStruct, ProtocolVersion, RootCertStore, SignatureScheme, SupportedProtocolVersion,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What the certificates of servers in tests name.
pub(crate) const TLS_NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// A client that speaks TLS and trusts one authority.
#[derive(Clone)]
pub(crate) struct Tls {
    config: ClientConfig,
    address: String,
    name: String,
}

/// An answer, and what was seen of the handshake.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Tls {
    /// A client of the server at `url`, with everything the library knows.
    pub(crate) fn new(url: &str, authority: &str) -> Self {
        Self::speaking(url, authority, rustls::ALL_VERSIONS)
    }

    /// The same with these versions only.
    pub(crate) fn speaking(url: &str, authority: &str, versions: &[&'static SupportedProtocolVersion]) -> Self {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
            roots.add(certificate.unwrap()).unwrap();
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
        let config =
            builder.with_protocol_versions(versions).unwrap().with_root_certificates(roots).with_no_client_auth();
        Self { config, address: url.trim_start_matches("https://").to_owned(), name: "localhost".to_owned() }
    }

    /// Asks for that host.
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    /// Offers these application protocols.
    pub(crate) fn offering(mut self, protocols: &[&str]) -> Self {
        self.config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        self
    }

    /// Knows RSA only, and takes whatever certificate it is shown.
    pub(crate) fn rsa_only(self) -> Self {
        self.careless(vec![SignatureScheme::RSA_PSS_SHA256, SignatureScheme::RSA_PKCS1_SHA256])
    }

    /// Knows ECDSA only, and takes whatever certificate it is shown.
    pub(crate) fn ecdsa_only(self) -> Self {
        self.careless(vec![SignatureScheme::ECDSA_NISTP256_SHA256])
    }

    fn careless(mut self, schemes: Vec<SignatureScheme>) -> Self {
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
        let verifier = Arc::new(AnyCertificate(schemes));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        self.config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
        self
    }

    pub(crate) async fn connect(&self) -> io::Result<TlsStream<TcpStream>> {
        let socket = TcpStream::connect(&self.address).await?;
        socket.set_nodelay(true)?;
        let name = ServerName::try_from(self.name.clone()).unwrap();
        TlsConnector::from(Arc::new(self.config.clone())).connect(name, socket).await
    }

    /// Sends one request on a connection of its own.
    pub(crate) async fn ask(&self, request: &str) -> io::Result<Told> {
        exchange(&mut self.connect().await?, request).await
    }

    /// The subject of the certificate that is shown, and the version that was agreed on.
    pub(crate) async fn seen(&self) -> io::Result<(pki::Certificate, ProtocolVersion)> {
        let stream = self.connect().await?;
        let (_, session) = stream.get_ref();
        let shown = session.peer_certificates().unwrap()[0].clone().into_owned();
        Ok((pki::Certificate::from_der(shown).unwrap(), session.protocol_version().unwrap()))
    }
}

/// Sends one request and reads its answer and not a byte more.
pub(crate) async fn exchange(stream: &mut TlsStream<TcpStream>, request: &str) -> io::Result<Told> {
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap_or("0");
    let mut body = vec![0; if request.starts_with("HEAD") { 0 } else { length.parse().unwrap() }];
    stream.read_exact(&mut body).await?;
    Ok(Told { status: head.split(' ').nth(1).unwrap().parse().unwrap(), head, body })
}

/// Takes whatever certificate is shown, of whoever has its key: this client is for seeing which one that is.
#[derive(Debug)]
struct AnyCertificate(Vec<SignatureScheme>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &algorithms())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &algorithms())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}

/// Those of the library.
fn algorithms() -> rustls::crypto::WebPkiSupportedAlgorithms {
    rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms
}
