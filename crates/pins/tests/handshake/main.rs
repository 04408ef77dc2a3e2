//! Handshakes over real sockets, each with TLS 1.2 and with TLS 1.3: who is trusted, and what is said of who is not.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod altered;
mod judged;
mod keys;
mod revoked;
mod stage;
