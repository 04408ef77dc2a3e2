use std::fmt;
use std::sync::{Arc, Weak};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::app::App;

/// Shows each client the first certificate whose key it can check. Looks at what is in service with each handshake, so that new
/// certificates need no restart.
pub(super) struct Resolver(Weak<App>);

impl Resolver {
    /// The application owns what holds the resolver, and must not be owned by it.
    pub(super) fn new(app: &Arc<App>) -> Self {
        Self(Arc::downgrade(app))
    }
}

impl ResolvesServerCert for Resolver {
    /// A client that asks for another host is shown the certificate all the same: it says by itself what is wrong with it, and an
    /// administrator understands that better than a connection that breaks off.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let serving = self.0.upgrade()?.https.serving()?;
        let known = serving.identities.iter().map(|identity| identity.certified());
        let mut keys = known.peekable();
        let first = keys.peek().cloned();
        // The schemes are those that fit the client's cipher suites as well.
        keys.find(|one| one.key.choose_scheme(hello.signature_schemes()).is_some()).or(first)
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Resolver").finish_non_exhaustive()
    }
}
