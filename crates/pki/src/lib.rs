//! The internal certificate authority, server certificates, and what computers need to trust them.
//!
//! Nothing here does IO or reads a clock: certificates and keys come as bytes, the time is an argument. Private keys are made
//! by the generator of aws-lc, through rcgen; they are written by `to_pem` alone, and no `Debug` shows one.

mod authority;
mod certificate;
mod identity;
mod name;
mod pem;
mod pfx;
mod request;
mod validity;

pub mod export;

pub use authority::{Authority, AuthorityError, LIFETIME_DAYS};
pub use certificate::{Certificate, CertificateError, Key};
pub use identity::{Identity, IdentityError, Unfit};
pub use name::{InvalidName, Name, covers};
pub use pfx::{PFX_BYTES_MAX, from_pfx};
pub use request::{Request, RequestError};
pub use validity::{EARLIEST, Urgency, Validity};

/// Most bytes of certificates and keys in PEM that are read at once: a chain of ten RSA certificates has a twentieth of it.
pub const PEM_BYTES_MAX: usize = 512 * 1024;

/// The kind of key of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    /// ECDSA on P-256: what every Windows since 7 speaks, and the quickest to sign with.
    Ecdsa,
    /// RSA of 2048 bits, for clients that know no other.
    Rsa,
}
