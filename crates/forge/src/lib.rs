//! Publishers that never were: authorities, certificates, revocation lists, timestamps and signed files, right or wrong as a test asks.
//!
//! Nothing here is shared with the verifier: what both agree on, two programs worked out. Never part of the product.

pub mod cabinet;
pub mod catalog;
pub mod certificate;
pub mod cms;
pub mod compound;
pub mod crl;
pub mod der;
pub mod hostile;
pub mod image;
pub mod key;
pub mod publisher;
pub mod timestamp;

pub use certificate::{Authority, Draft, Identity};
pub use cms::{Attestation, Flaw, Signing};
pub use key::{Digest, Key};
pub use publisher::Publisher;
