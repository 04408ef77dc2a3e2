//! The attack register, `docs/security.md`: a test for each attack that stands there without a row of its own elsewhere. Names say
//! which: `sec_p12_…` is SEC-P12, once with honest input that must pass and once with hostile input that must not.

mod caches;
mod cookies;
mod digests;
mod envelopes;
mod events;
mod identity;
mod injection;
mod logs;
mod names;
mod newcomers;
mod page;
mod paths;
mod scope;
mod slow;
mod smuggling;
mod xml;

use std::net::{SocketAddr, TcpListener};

/// A listener that nobody has any business with: whoever connects was led astray.
pub(crate) struct Canary(TcpListener);

impl Canary {
    /// `None` where this account may not listen there, or somebody else does.
    pub(crate) fn at(address: SocketAddr) -> Option<Self> {
        let listener = TcpListener::bind(address).ok()?;
        listener.set_nonblocking(true).unwrap();
        Some(Self(listener))
    }

    pub(crate) fn new() -> Self {
        Self::at(([127, 0, 0, 1], 0).into()).unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    pub(crate) fn was_asked(&self) -> bool {
        self.0.accept().is_ok()
    }
}
