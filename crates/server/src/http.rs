//! What clients reach over HTTP: an accept loop with limits, and a table of paths.

mod content;
mod listen;
mod route;

pub(crate) use listen::{Listening, serve_connections};
pub(crate) use route::answer;
