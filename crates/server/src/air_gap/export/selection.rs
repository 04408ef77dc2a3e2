//! An archive of some products or classifications only.

use std::collections::{BTreeSet, HashSet};

use catalog::{Chosen, Listing, Snapshot};
use model::{RevisionId, Sha1, Sha256, UpdateId, UpdateIdentity};
use trust::DigestSha256;

use crate::air_gap::AirGapError;
use crate::app::App;

/// What goes along: updates in one of the products and in one of the classifications, what they bundle, and all that these
/// need, up to the last detectoid.
pub(super) struct Selection {
    pub(super) revisions: HashSet<UpdateIdentity>,
    /// The files that these name.
    pub(super) files: HashSet<Sha1>,
    /// Of what was chosen: an archive says that it is limited by it.
    pub(super) digest: Sha256,
}

impl Selection {
    pub(super) async fn read(
        app: &App,
        products: Vec<UpdateId>,
        classifications: Vec<UpdateId>,
    ) -> Result<Self, AirGapError> {
        let snapshot = app.publisher.refresh(app).await.map_err(|error| AirGapError::Api(error.into()))?;
        let unknown = products.iter().chain(&classifications).find(|id| snapshot.latest(**id).is_none());
        if let Some(unknown) = unknown {
            return Err(AirGapError::NoCategory(*unknown));
        }
        let digest = digest(&products, &classifications);
        let listed = listed(&snapshot, products, classifications);
        let revisions: HashSet<UpdateIdentity> = snapshot.with_needed(&listed).into_iter().collect();
        let numbers: Vec<RevisionId> =
            revisions.iter().filter_map(|identity| snapshot.revision_of(*identity)).collect();
        let files = app.store.files_of(&numbers).await?.into_iter().map(|(_, file)| file.sha1).collect();
        Ok(Self { revisions, files, digest })
    }
}

/// Only one kind given, the other does not narrow: unlike a filter between servers, which yields nothing then.
fn listed(snapshot: &Snapshot, products: Vec<UpdateId>, classifications: Vec<UpdateId>) -> Vec<UpdateIdentity> {
    let chosen = |ids: Vec<UpdateId>| -> Vec<Chosen> {
        ids.into_iter().map(|update| Chosen { update, only_newer: false }).collect()
    };
    let (products, classifications) = (chosen(products), chosen(classifications));
    let (categories, classifications) = match (products.is_empty(), classifications.is_empty()) {
        (true, _) => (classifications.clone(), classifications),
        (_, true) => (products.clone(), products),
        _ => (products, classifications),
    };
    snapshot.listing(&Listing { facts: false, since: None, categories, classifications })
}

fn digest(products: &[UpdateId], classifications: &[UpdateId]) -> Sha256 {
    let mut digest = DigestSha256::new();
    for (kind, ids) in [("product", products), ("classification", classifications)] {
        for id in ids.iter().map(|id| id.0).collect::<BTreeSet<_>>() {
            digest.update(format!("{kind} {id}\n").as_bytes());
        }
    }
    digest.finish().0
}
