//! A server that presents something, and a client with pins.

use std::sync::Arc;

use model::Timestamp;
use pins::{Clock, PinSet, PinnedVerifier, Pins, Problem, Untrusted, client_config, problem};
use rustls::SupportedProtocolVersion;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use testkit::tls::{Authority, Credentials, Order};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const HOST: &str = "updates.contoso.example";
/// The client's clock: 2026-06-01.
const NOW: i64 = 1_780_272_000;

/// A root with two authorities below it that are pinned, as for Microsoft's hosts.
pub(crate) struct Publisher {
    pub(crate) root: Authority,
    pub(crate) pinned: Authority,
    pub(crate) backup: Authority,
}

impl Publisher {
    pub(crate) fn new() -> Self {
        let root = Authority::root("Contoso Root 2020");
        let (pinned, backup) = (root.below("Contoso Update Server CA"), root.below("Contoso Update Server CA 2"));
        Self { root, pinned, backup }
    }

    /// What the pinned authority issues for the host.
    pub(crate) fn good(&self) -> Credentials {
        self.pinned.issue(&Order::server(HOST))
    }

    pub(crate) fn set(&self, not_after: &str) -> PinSet {
        let authority = |name: &str, authority: &Authority| {
            use base64::Engine as _;
            let der = base64::prelude::BASE64_STANDARD.encode(authority.der());
            serde_json::json!({ "name": name, "certificate": der })
        };
        let text = serde_json::json!({
            "version": 1, "not_before": "2020-01-01T00:00:00Z", "not_after": not_after,
            "upstreams": [{
                "hosts": ["*.contoso.example"],
                "roots": [authority("the root", &self.root)],
                "intermediates": [authority("the pinned one", &self.pinned), authority("the backup", &self.backup)],
            }],
        });
        PinSet::parse(text.to_string().as_bytes()).unwrap()
    }

    /// Its pins, with lists that say that nothing was revoked.
    pub(crate) fn pins(&self) -> Pins {
        self.bare_pins().with_lists(&lists(&[
            self.root.list(&[], 2030),
            self.pinned.list(&[], 2030),
            self.backup.list(&[], 2030),
        ]))
    }

    pub(crate) fn bare_pins(&self) -> Pins {
        self.set("2100-01-01T00:00:00Z").pins(HOST)
    }
}

pub(crate) fn lists(all: &[Vec<u8>]) -> pins::Lists {
    let mut lists = pins::Lists::new();
    for list in all {
        lists.add(list.clone()).unwrap();
    }
    lists
}

/// A handshake with a server that presents `credentials`, with one version of TLS.
async fn shake(
    pins: Pins,
    credentials: &Credentials,
    version: &'static SupportedProtocolVersion,
) -> Result<(), Problem> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let presented = credentials.clone().only(version);
    let serving = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let mut accepted = presented.accept(socket).await.ok()?;
        // Until the client has enough.
        let _ = tokio::io::copy(&mut accepted, &mut tokio::io::sink()).await;
        Some(())
    });
    let outcome = connect(pins, TcpStream::connect(address).await.unwrap()).await;
    let _ = serving.await;
    outcome
}

/// The client's side.
pub(crate) async fn connect(pins: Pins, socket: TcpStream) -> Result<(), Problem> {
    let clock = Clock::new(Arc::new(|| Timestamp::from_second(NOW).unwrap()));
    let config = client_config(PinnedVerifier::new(pins), clock).unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    match connector.connect(ServerName::try_from(HOST).unwrap(), socket).await {
        Ok(_) => Ok(()),
        Err(error) => Err(problem(&error).unwrap_or_else(|| panic!("no problem of TLS: {error:?}"))),
    }
}

/// Trusted, whatever version is spoken.
pub(crate) async fn trusted(pins: &Pins, credentials: &Credentials) {
    for version in [&TLS12, &TLS13] {
        assert_eq!(shake(pins.clone(), credentials, version).await, Ok(()), "{version:?}");
    }
}

/// Not trusted, for the same reason whatever version is spoken.
pub(crate) async fn untrusted(pins: &Pins, credentials: &Credentials) -> Untrusted {
    let mut refused = Vec::new();
    for version in [&TLS12, &TLS13] {
        match shake(pins.clone(), credentials, version).await {
            Err(Problem::Untrusted(untrusted)) => refused.push(*untrusted),
            other => panic!("{version:?}: {other:?}"),
        }
    }
    assert_eq!(refused[0], refused[1]);
    refused.remove(0)
}

/// The handshake fails before anybody is judged.
pub(crate) async fn fails(pins: &Pins, credentials: &Credentials) -> Problem {
    let problem = shake(pins.clone(), credentials, &TLS13).await.unwrap_err();
    assert_eq!(shake(pins.clone(), credentials, &TLS12).await.unwrap_err(), problem);
    problem
}
