//! An archive as answers name it.

use archive::Manifest;

use crate::admin::api::ArchiveSummary;

impl From<&Manifest> for ArchiveSummary {
    fn from(manifest: &Manifest) -> Self {
        Self {
            server: manifest.server.name.clone(),
            sequence: manifest.sequence,
            made_at: manifest.made_at,
            follows: manifest.follows.map(|base| base.sequence),
            is_limited: manifest.needs.is_some(),
            has_decisions: manifest.streams.decisions.is_some(),
            manifest: manifest.digest(),
            carries: manifest.carries,
        }
    }
}
