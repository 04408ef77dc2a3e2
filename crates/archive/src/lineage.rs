use model::Sha256;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::manifest::{Manifest, ServerName};

/// An archive that was imported: what the importing server remembers of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Who exported it.
    pub server: Uuid,
    /// Its sequence number.
    pub sequence: u64,
    /// The SHA-256 of its manifest.
    pub manifest: Sha256,
}

/// Why an archive does not come next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineageError {
    /// The very same was imported.
    #[error("archive {sequence} of {server} was imported already; there is nothing to do")]
    Again {
        /// The exporting server.
        server: ServerName,
        /// Its number.
        sequence: u64,
    },
    /// A newer one was imported: this one would take the server back.
    #[error(
        "archive {sequence} of {server} is older than archive {last}, which was imported last; \
         import a newer one, or export a new one there"
    )]
    Older {
        /// The exporting server.
        server: ServerName,
        /// Its number.
        sequence: u64,
        /// The number of the one imported last.
        last: u64,
    },
    /// Another one with this number was imported: a server never gives a number twice.
    #[error(
        "archive {sequence} of {server} is not the archive {sequence} that was imported: that server gave its number \
         twice, as one does that was restored from a backup or copied; export a new archive there"
    )]
    Twin {
        /// The exporting server.
        server: ServerName,
        /// The number.
        sequence: u64,
    },
    /// What it goes on from was never imported.
    #[error(
        "archive {sequence} of {server} follows archive {base} (manifest {manifest}), which was never imported here; \
         import that one first, or export one without --since"
    )]
    Gap {
        /// The exporting server.
        server: ServerName,
        /// Its number.
        sequence: u64,
        /// The number of the one that is missing.
        base: u64,
        /// The SHA-256 of that one's manifest.
        manifest: Sha256,
    },
}

/// Refuses an archive that does not come next after those that were `imported`, in any order and of any server.
///
/// The archive that one follows need not be the last one: whatever changed since is in it, and importing what is
/// known changes nothing.
pub(crate) fn admit(manifest: &Manifest, digest: Sha256, imported: &[Link]) -> Result<(), LineageError> {
    let (server, sequence) = (&manifest.server, manifest.sequence);
    let name = || server.name.clone();
    let mut known = imported.iter().filter(|link| link.server == server.id);
    if known.clone().any(|link| link.manifest == digest) {
        return Err(LineageError::Again { server: name(), sequence });
    }
    if known.clone().any(|link| link.sequence == sequence) {
        return Err(LineageError::Twin { server: name(), sequence });
    }
    let last = known.clone().map(|link| link.sequence).max().unwrap_or(0);
    if sequence < last {
        return Err(LineageError::Older { server: name(), sequence, last });
    }
    match &manifest.follows {
        Some(base) if !known.any(|link| link.manifest == base.manifest) => {
            Err(LineageError::Gap { server: name(), sequence, base: base.sequence, manifest: base.manifest })
        }
        _ => Ok(()),
    }
}
