//! HTTPS: which certificates the server shows, where they come from, and how they are renewed while it runs.
//!
//! Each server has certificates of its own, in its data folder: their private keys need not leave the machine, and what is lost
//! with the folder is made again. The authority that issues them is kept in the store instead, as session keys are: servers that
//! share one have the same, so that computers trust them all.

mod acceptor;
mod authority;
mod complaint;
mod error;
mod export;
mod files;
mod handshake;
mod host;
mod internal;
mod renewal;
mod resolver;
mod source;
mod state;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use pki::{Identity, Name};

pub(crate) use acceptor::acceptor;
pub(crate) use authority::authority;
pub use error::HttpsError;
pub(crate) use export::export;
pub(crate) use handshake::{Handshakes, shake_hands};
pub(crate) use renewal::{WallClock, complain, reload, renew, step};
pub(crate) use source::{import, install, request};
pub(crate) use state::state;

use crate::app::App;
use crate::told::Told;

/// What of HTTPS changes while the server runs.
#[derive(Default)]
pub(crate) struct Https {
    serving: ArcSwapOption<Serving>,
    /// One at a time looks for certificates, makes them, or puts them in place.
    pub(crate) changing: tokio::sync::Mutex<()>,
    /// Whether the clock makes leaps.
    pub(crate) wall_clock: WallClock,
    /// What was wrong the last time that certificates were looked at.
    trouble: ArcSwapOption<String>,
    /// Handshakes that failed, in the log.
    failed: Told,
    /// Metadata over plain HTTP that was refused, in the log.
    pub(crate) plain: Told,
}

/// Certificates in service.
pub(crate) struct Serving {
    /// One for each kind of key, the preferred one first.
    identities: Vec<Identity>,
    source: Source,
    /// The names that computers are told.
    names: Vec<Name>,
}

/// Where the certificates come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Files that the configuration names.
    Configured,
    /// What `vanne pki import` or `install` put into the data folder.
    Installed,
    /// The internal authority.
    Internal,
}

impl Https {
    /// What is shown now; nothing before the server started.
    pub(crate) fn serving(&self) -> Option<Arc<Serving>> {
        self.serving.load_full()
    }

    /// True unless somebody asks for a host that this is not: one that neither a certificate names nor an address is.
    pub(crate) fn serves(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() || host.parse::<std::net::IpAddr>().is_ok() {
            return true;
        }
        self.serving().is_none_or(|serving| serving.names().any(|name| name.covers(host)))
    }
}

impl Serving {
    /// All names that clients may use, those that computers are told first.
    fn names(&self) -> impl Iterator<Item = &Name> {
        self.names.iter().chain(self.identities.iter().flat_map(|identity| &identity.certificate().names))
    }
}

/// True if servers below find content where metadata is (MS-WSUSSS 2.1).
pub(crate) fn is_usual_pair(http: u16, https: u16) -> bool {
    http == if https == 443 { 80 } else { https.saturating_sub(1) }
}

/// Finds the certificates, makes them if there are none, and takes them into service: before the server listens.
///
/// # Errors
/// [`HttpsError`]. What ended or has not begun by the clock is shown all the same: a wrong clock must not keep a server down.
pub(crate) async fn start(app: &Arc<App>) -> Result<(), HttpsError> {
    let serving = source::find(app, source::Strictness::AsLongAsItHoldsTogether).await?;
    tracing::info!(
        source = serving.source.as_str(),
        names = serving.names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        certificates = serving.identities.len(),
        "certificates are in service"
    );
    renewal::take(app, serving);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_looked_for_one_port_below() {
        assert!(is_usual_pair(8530, 8531) && is_usual_pair(80, 443));
        assert!(!is_usual_pair(442, 443) && !is_usual_pair(8530, 443) && !is_usual_pair(0, 8531));
    }
}
