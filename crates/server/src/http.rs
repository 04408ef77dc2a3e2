//! What clients reach over HTTP and HTTPS: an accept loop with limits, connections, threads that send files, and a table of paths.

mod connection;
mod content;
mod fetch;
pub(crate) mod gate;
mod head;
mod lanes;
mod lend;
mod listen;
mod reading;
mod route;
mod send;
mod transport;

pub(crate) use lanes::Lanes;
pub(crate) use listen::{Listeners, serve_connections};
pub(crate) use transport::Secured;

/// Who asks, and over what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visitor {
    /// Where the request came from.
    pub(crate) peer: std::net::SocketAddr,
    /// It came over TLS.
    pub(crate) is_secure: bool,
    /// When the client connected it asked for a host that this is not.
    pub(crate) is_misdirected: bool,
}
