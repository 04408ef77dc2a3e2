//! `[https]`: which certificates are shown.

use std::path::PathBuf;

use pki::Name;
use serde::{Deserialize, Serialize};

/// Most pairs of files: one for each kind of key, and some to spare.
pub(super) const CERTIFICATES_MAX: usize = 4;

/// `[https]`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpsConfig {
    /// The names in certificates that are made here, the first of which computers are told; none: the host's own. Certificates from
    /// elsewhere must have them all.
    pub names: Vec<Name>,
    /// The organisation's certificates, the preferred kind of key first; none: those that were installed, or made here.
    pub certificates: Vec<CertificateFiles>,
    /// Make a certificate with an RSA key as well, for clients that do not know ECDSA.
    pub rsa: bool,
}

/// A certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateFiles {
    /// PEM of the certificate and those above it.
    pub chain: PathBuf,
    /// PEM of its private key; it may be the same file.
    pub key: PathBuf,
}
