use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request as HttpRequest, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use metadata::CoreFragment;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use super::AgentError;

/// Idle connections are closed after that time, as Delivery Optimization does.
const IDLE: Duration = Duration::from_secs(30);
/// The longest answer that is read, once decoded as well.
pub(super) const ANSWER_BYTES_MAX: usize = 1 << 30;
/// Fragments kept for others; beyond that each agent reads its own.
const FRAGMENTS_MAX: usize = 100_000;

/// Connections to one server, shared by any number of agents; a clone shares them too.
///
/// Agents see the same fragments, so what one has read the others need not read again: that makes hundreds
/// of them in one process cheap.
#[derive(Clone)]
pub struct Network {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    base_url: Arc<str>,
    fragments: Arc<Mutex<HashMap<u64, Arc<CoreFragment>>>>,
    hasher: Arc<std::hash::RandomState>,
}

/// An answer that came in whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Network {
    /// Connections to the server at `base_url`: `http://host:port`, with or without a slash at the end. No authority is trusted.
    ///
    /// # Errors
    /// [`AgentError::Address`].
    pub fn new(base_url: &str) -> Result<Self, AgentError> {
        Self::trusting(base_url, "")
    }

    /// The same for `https://host:port` too, where `authorities`, in PEM, are trusted and no others.
    ///
    /// # Errors
    /// [`AgentError::Address`].
    pub fn trusting(base_url: &str, authorities: &str) -> Result<Self, AgentError> {
        let base_url = base_url.trim_end_matches('/');
        let uri: Uri = base_url.parse().map_err(|_| AgentError::Address(base_url.to_owned()))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
            return Err(AgentError::Address(base_url.to_owned()));
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(trusts(authorities).map_err(|_| AgentError::Address(base_url.to_owned()))?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self { client, base_url: base_url.into(), fragments: Arc::default(), hasher: Arc::default() })
    }

    /// The server's address, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Sends one request and reads all of its answer.
    pub(crate) async fn send(
        &self,
        method: Method,
        address: &str,
        headers: &[(header::HeaderName, String)],
        body: Bytes,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let mut request = HttpRequest::builder().method(method).uri(address);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = self.client.request(request.body(Full::new(body))?).await?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    /// The fragment `text` says; read once for all agents.
    pub(super) fn fragment(&self, text: &str) -> Result<Arc<CoreFragment>, metadata::DocumentError> {
        // A collision of 64 bits keyed at random would confuse a fake; it does not happen.
        let key = self.hasher.hash_one(text);
        let known = || self.fragments.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&key) {
            return Ok(Arc::clone(found));
        }
        let fragment = Arc::new(CoreFragment::parse(text)?);
        let mut fragments = known();
        if fragments.len() < FRAGMENTS_MAX {
            fragments.insert(key, Arc::clone(&fragment));
        }
        Ok(fragment)
    }
}

fn trusts(authorities: &str) -> Result<ClientConfig, Box<dyn std::error::Error>> {
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(authorities.as_bytes()) {
        roots.add(authority?)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
