//! Who must stand behind a TLS connection: chains, revocation and the pinned issuer.
//!
//! [`Pins`] say whom an upstream's certificate must come from; [`PinnedVerifier`] holds a handshake against them, twice: the
//! chain must lead to a pinned root with names, dates, purposes and revocation in order, and the certificate must have been
//! issued *directly* by a pinned authority. What the operating system trusts counts for nothing here.
//!
//! Nothing here does IO, and the time is handed in: certificates, lists of revoked ones and files of pins are bytes. Whoever
//! is not trusted is an [`Untrusted`], which says what was presented, what was expected, and whether somebody in between is
//! the likely reason. [`problem`] finds it in an error that came through a client's layers.
//!
//! Source of the rules: Microsoft asks for a genuine Windows Update issuer beside trust, dates, revocation and names
//! (*Windows Update security*, learn.microsoft.com); RFC 5280 for chains and lists, RFC 7469 section 2.4 for keys' names.

mod certificate;
mod client;
mod key;
mod pem;
mod pins;
mod problem;
mod refusal;
mod revocation;
mod set;
mod suspicion;
mod untrusted;
mod verifier;

pub use certificate::{Certificate, Name, Presented};
pub use client::{ALPN, Clock, TLS_VERSIONS, client_config, provider};
pub use key::{InvalidKeyId, KeyId};
pub use pins::{InvalidAuthority, Issuer, Pins, Validity};
pub use problem::{Problem, problem};
pub use refusal::Refusal;
pub use revocation::{InvalidList, LIST_BYTES_MAX, Lists, Strictness};
pub use set::{Expiring, FILE_BYTES_MAX, ImportError, InvalidSet, PinSet, SignedSet};
pub use suspicion::Suspicion;
pub use untrusted::{Expected, Untrusted};
pub use verifier::{CHAIN_MAX, PinnedVerifier};
