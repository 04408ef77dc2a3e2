//! kill -9, full disks, locks, and databases that go away: the old state or the new one, and a clear word.

mod disk;
mod kill;
mod places;
mod postgres;

use std::collections::HashSet;

use model::{RevisionId, UpdateIdentity};
use store::{ContentState, FragmentKind};

use crate::harness::{Site, files_below};

/// Every revision that is there has its document and fragments, and everything acknowledged is there.
async fn assert_catalog_is_whole(site: &Site, acknowledged: &HashSet<UpdateIdentity>) -> usize {
    let store = site.store().await;
    let entries = store.catalog().await.unwrap().entries;
    let ids: Vec<RevisionId> = entries.iter().map(|entry| entry.id).collect();
    for kind in [FragmentKind::Core, FragmentKind::Extended] {
        assert_eq!(store.fragments(kind, &ids, &[]).await.unwrap().len(), ids.len(), "{kind:?}");
    }
    for id in ids.iter().step_by(97) {
        assert!(store.document(*id).await.unwrap().is_some());
    }
    let here: HashSet<UpdateIdentity> = entries.iter().map(|entry| entry.revision.identity).collect();
    assert_eq!(here.len(), entries.len());
    assert!(acknowledged.is_subset(&here), "everything that was acknowledged is here");
    entries.len()
}

/// Every file that counts as held is there and matches; nothing half-received is left.
async fn assert_content_is_whole(site: &Site) -> usize {
    let rows = site.store().await.content_rows().await.unwrap();
    for row in &rows {
        assert_eq!(row.state, ContentState::Held);
        let digest = row.sha256.to_string();
        let bytes = std::fs::read(site.data_dir().join("content/files").join(&digest[..2]).join(&digest)).unwrap();
        let mut digests = trust::DigestBoth::new();
        digests.update(&bytes);
        assert_eq!(digests.finish(), (row.sha1, row.sha256, row.size));
    }
    assert!(files_below(&site.data_dir().join("content/incoming")).is_empty(), "what was interrupted is swept");
    rows.len()
}
