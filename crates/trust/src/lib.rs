//! Digests in one pass, and sealed cookies.
//!
//! Nothing here does IO or reads a clock: the time is an argument, and so is every key.

mod cookie;
mod digest;
mod keys;

pub use cookie::{AuthorizationCookie, CookieError, Marks, SessionCookie};
pub use digest::DigestBoth;
pub use keys::{KeyRing, KeyRingError, random_key};
