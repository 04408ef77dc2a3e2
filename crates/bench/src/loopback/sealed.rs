use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, IpAddr, ServerName};
use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore, StreamOwned};

use super::{Connection, SILENCE_MAX};

/// A socket with TLS over it.
pub(crate) type Sealed = StreamOwned<ClientConnection, TcpStream>;

/// What clients of a bench trust and remember.
#[derive(Clone)]
pub(crate) struct Trust(Arc<ClientConfig>);

impl Trust {
    /// Clients that trust this authority and resume sessions.
    pub(crate) fn new(authority: CertificateDer<'static>) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(authority)?;
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
        let builder = builder.with_safe_default_protocol_versions()?;
        Ok(Self(Arc::new(builder.with_root_certificates(roots).with_no_client_auth())))
    }

    /// The same, that forget each session.
    pub(crate) fn forgetful(&self) -> Self {
        let mut config = ClientConfig::clone(&self.0);
        config.resumption = Resumption::disabled();
        Self(Arc::new(config))
    }
}

impl Connection<Sealed> {
    /// To a port of 127.0.0.1, with hands shaken.
    pub(crate) fn sealed(port: u16, trust: &Trust) -> io::Result<Self> {
        let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(SILENCE_MAX))?;
        socket.set_write_timeout(Some(SILENCE_MAX))?;
        let name = ServerName::IpAddress(IpAddr::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST)));
        let mut session = ClientConnection::new(Arc::clone(&trust.0), name).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut socket)?;
        }
        Ok(Self::new(StreamOwned::new(session, socket)))
    }

    /// Whether the session was one from before.
    pub(crate) fn is_resumed(&self) -> bool {
        self.socket.conn.handshake_kind() == Some(HandshakeKind::Resumed)
    }
}
