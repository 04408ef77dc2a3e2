//! What clients reach over HTTP: an accept loop with limits, connections, threads that send files, and a table of paths.

mod connection;
mod content;
mod fetch;
mod gate;
mod head;
mod lanes;
mod lend;
mod listen;
mod reading;
mod route;
mod send;

pub(crate) use lanes::Lanes;
pub(crate) use listen::serve_connections;
