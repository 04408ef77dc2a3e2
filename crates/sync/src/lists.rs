//! Lists of revoked certificates, fetched where the authorities of an upstream say they are.
//!
//! They come over plain HTTP, as RFC 5280 has it: a list is signed, and counts for nothing if its issuer did not sign it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use pins::{LIST_BYTES_MAX, Lists, Strictness};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, Url};

use crate::error::SyncError;
use crate::upstream::Upstream;

/// A list that takes longer is not waited for: those that are out of date are refused, and the next try comes.
const TIME: Duration = Duration::from_secs(30);
/// Lists of one chain: the server's issuer, and those above it.
const FETCHES_MAX: usize = 8;

/// Lists that were fetched, until the next ones are due.
#[derive(Clone, Debug, Default)]
pub struct Learned(Arc<Mutex<Lists>>);

impl Learned {
    /// Those that are not out of date at `now`.
    pub fn fresh(&self, now: Timestamp) -> Lists {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fresh(now)
    }

    fn add(&self, lists: &Lists, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = known.fresh(now);
        // One that turned out to be forged makes room as well: it has the name of the one that comes.
        known.replace(lists);
    }
}

/// Fetches the lists that are missing according to `error`; how many came.
///
/// Asked are the addresses in the server's own certificate, which a pinned authority signed, and in those of the pinned
/// authorities: nothing that anybody could have sent along.
pub(crate) async fn fetch(upstream: &Upstream, error: &SyncError) -> usize {
    if upstream.pins.strictness() != Strictness::Deny {
        return 0;
    }
    let presented = error.untrusted().map(|untrusted| &untrusted.presented);
    let own = presented.and_then(|presented| presented.own());
    let mut addresses: Vec<String> = own.map(|own| own.lists.clone()).unwrap_or_default();
    addresses.extend(upstream.pins.lists_at());
    addresses.sort_unstable();
    addresses.dedup();
    let Some(client) = client(upstream) else { return 0 };
    let mut fetched = Vec::new();
    for address in addresses.iter().filter_map(|address| plain(address)).take(FETCHES_MAX) {
        fetched.push((address.to_string(), get(&client, address).await));
    }
    // Ten megabytes take a while to read.
    let mut lists = tokio::task::spawn_blocking(|| read(fetched)).await.unwrap_or_default();
    // Others would be kept until their own next ones are due, and crowd these out.
    let chain = presented.iter().flat_map(|presented| &presented.0).map(|one| one.issuer.to_string());
    let issuers: Vec<String> = chain.chain(upstream.pins.authorities().map(str::to_owned)).collect();
    lists.keep(|issuer| issuers.iter().any(|known| known == issuer));
    upstream.learned.add(&lists, upstream.clock.now());
    lists.len()
}

/// Those of the texts that came that are lists.
fn read(fetched: Vec<(String, Result<Vec<u8>, String>)>) -> Lists {
    let mut lists = Lists::new();
    for (address, came) in fetched {
        match came.and_then(|der| lists.add(der).map_err(|error| error.to_string())) {
            Ok(()) => tracing::info!(address, "fetched a list of revoked certificates"),
            Err(error) => tracing::warn!(address, error, "could not fetch a list of revoked certificates"),
        }
    }
    lists
}

/// Plain HTTP only: TLS would need lists of its own.
fn plain(address: &str) -> Option<Url> {
    Url::parse(address).ok().filter(|url| url.scheme() == "http" && url.has_host())
}

fn client(upstream: &Upstream) -> Option<Client> {
    let builder = Client::builder().redirect(Policy::none()).no_proxy().http1_only().timeout(TIME);
    let builder = match &upstream.proxy {
        Some(proxy) => builder.proxy(Proxy::all(proxy.clone()).ok()?),
        None => builder,
    };
    // Not that it would speak TLS: but what is not said is looked up in the system.
    let tls = pins::client_config(pins::PinnedVerifier::new(pins::Pins::none()), upstream.clock.clone()).ok()?;
    builder.tls_backend_preconfigured(tls).build().ok()
}

async fn get(client: &Client, address: Url) -> Result<Vec<u8>, String> {
    let failed = |error: reqwest::Error| error.without_url().to_string();
    let mut response = client.get(address).send().await.map_err(failed)?;
    if !response.status().is_success() {
        return Err(format!("status {}", response.status()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if bytes.len() + chunk.len() > LIST_BYTES_MAX {
            return Err(format!("longer than {LIST_BYTES_MAX} bytes"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
