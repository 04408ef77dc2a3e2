//! Digests in one pass, sealed cookies, and signatures.
//!
//! Nothing here does IO or reads a clock: the time is an argument, and so is every key.

mod cookie;
mod digest;
mod keys;
pub mod pem;
mod signing;

pub use cookie::{AuthorizationCookie, CookieError, Marks, ServerCookie, SessionCookie};
pub use digest::{DigestBoth, DigestSha256};
pub use keys::{KeyRing, KeyRingError, random_key};
pub use signing::{Fingerprint, Signature, SigningError, SigningKey, VerifyingKey};
