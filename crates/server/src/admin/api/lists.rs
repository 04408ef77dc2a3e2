//! Lists of revoked certificates.

use model::{Sha256, Timestamp};
use serde::{Deserialize, Serialize};

/// `GET /api/v1/signatures/lists`: the lists that certificates of signers name, and what came of fetching them.
#[derive(Debug, Serialize, Deserialize)]
pub struct RevocationListsAnswer {
    /// This server fetches them.
    pub are_fetched: bool,
    /// Each place, by address.
    pub lists: Vec<RevocationListPlace>,
}

/// Where a list is, and what is known of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct RevocationListPlace {
    /// Its address.
    pub address: String,
    /// Whose it is.
    pub authority: String,
    /// SHA-256 of the public key that has to have signed it.
    pub key: Sha256,
    /// One came, and the next is not due yet.
    pub is_current: bool,
    /// When the one was made that came last.
    pub made_at: Option<Timestamp>,
    /// When the next is due.
    pub ends_at: Option<Timestamp>,
    /// When it was asked for last.
    pub tried_at: Option<Timestamp>,
    /// Why nothing came of that.
    pub failure: Option<String>,
    /// When it is asked for again, if lists are fetched.
    pub again_at: Timestamp,
}
