//! Authorities that issue certificates, honest and otherwise, and the server's side of TLS.
//!
//! Keys are made anew each time (ECDSA P-256); dates are fixed, from 2020 to 2120 unless a test says otherwise.

mod authority;
mod credentials;

use tokio::io::{AsyncRead, AsyncWrite};

pub use authority::{Authority, Order};
pub use credentials::Credentials;
pub use rcgen::date_time_ymd as date;

/// A connection, with TLS or without.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}
