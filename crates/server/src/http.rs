//! What clients reach over HTTP: an accept loop with limits, connections, and a table of paths.

mod connection;
mod content;
mod gate;
mod head;
mod lend;
mod listen;
mod route;
mod send;

pub(crate) use listen::serve_connections;
