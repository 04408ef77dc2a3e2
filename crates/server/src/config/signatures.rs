//! `[signatures]`: who must have signed the files that are given away.

use std::path::PathBuf;

use authenticode::Reviewed;
use serde::{Deserialize, Serialize};

/// `[signatures]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignaturesConfig {
    /// Certificates (PEM or DER) of the authorities below which this organization's own publishers sign: for updates that were
    /// published locally, and for nothing else.
    pub publishers: Vec<PathBuf>,
    /// Authorities and purposes that somebody looked at because the policy does not know them yet.
    pub reviewed: Vec<Reviewed>,
    /// A folder of lists of revoked certificates (PEM or DER).
    pub revocation_lists: Option<PathBuf>,
    /// Fetch the lists that certificates of signers name, over plain HTTP; absent: if the upstream is Microsoft's.
    pub fetch_revocation_lists: Option<bool>,
    /// Refuse what is signed by somebody of whom no list at hand says that his certificate was not revoked.
    pub require_revocation: bool,
    /// Accept files that can carry no signature when an update document names them by their SHA-256.
    pub by_reference: bool,
}

impl Default for SignaturesConfig {
    fn default() -> Self {
        Self {
            publishers: Vec::new(),
            reviewed: Vec::new(),
            revocation_lists: None,
            // A server that reaches Microsoft reaches its lists; others are not to look for a way out by themselves.
            fetch_revocation_lists: None,
            // Networks without a way out have no current lists.
            require_revocation: false,
            // Ranges (PSF), images (WIM, ESD) and texts are signed by nobody.
            by_reference: true,
        }
    }
}
