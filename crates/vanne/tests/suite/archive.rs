//! Archives: what one server writes on a disk, and another one, which nothing else reaches, takes in.

mod crossing;
mod cut_short;
mod full_disk;
mod healing;
mod narrowed;
mod needs;
mod refusals;
mod renewal;
mod since;

use std::path::Path;

use model::Timestamp;
use server::admin::api::{ArchiveImportAnswer, ArchiveKey, ExportAnswer};
use store::{CatalogRows, ContentState};
use testkit::documents::{Made, MadeFile};
use uuid::Uuid;

use crate::content::update_with;
use crate::harness::{Ran, Site};

/// An update with one file.
fn update(name: &str, size: usize) -> (Vec<Made>, MadeFile) {
    let file = MadeFile::of_size(&format!("{name}.cab"), size);
    (update_with(name, std::slice::from_ref(&file)), file)
}

/// A server that has these documents and their files.
fn exporter(made: &[Made]) -> Site {
    let site = Site::new();
    take(&site, made);
    site
}

/// Gives a server documents and their files.
fn take(site: &Site, made: &[Made]) {
    site.write_catalog(made);
    std::fs::create_dir_all(site.path("files")).unwrap();
    let ran = site.run(&["catalog", "import", "documents", "--content", "files"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// An empty server that trusts another one's archives.
pub(crate) fn isolated(exporter: &Site) -> Site {
    let site = Site::new();
    std::fs::create_dir_all(site.data_dir()).unwrap();
    leaving(&site, 0);
    trust(&site, exporter);
    site
}

/// Has a server leave so many MiB of its disk alone.
fn leaving(site: &Site, floor_mib: u32) {
    std::fs::write(site.data_dir().join("vanne.toml"), format!("[content]\ndisk_floor_mib = {floor_mib}\n")).unwrap();
}

fn trust(site: &Site, exporter: &Site) {
    let key: ArchiveKey = exporter.json(&["archive", "key"]);
    let ran = site.run(&["archive", "trust", &key.fingerprint.to_string(), "--name", "Paris"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Exports, which must succeed.
pub(crate) fn export(site: &Site, to: &Path, more: &[&str]) -> ExportAnswer {
    site.json(&[&["archive", "export", "--to", text(to)], more].concat())
}

/// Exports in vain.
fn export_refused(site: &Site, to: &Path, more: &[&str]) -> Ran {
    let ran = site.run(&[&["archive", "export", "--to", text(to)], more].concat());
    assert!(![0, 3].contains(&ran.code) && ran.out.is_empty(), "{ran:?}");
    ran
}

/// Imports, which must succeed.
pub(crate) fn import(site: &Site, from: &Path, more: &[&str]) -> ArchiveImportAnswer {
    site.json(&[&["archive", "import", text(from)], more].concat())
}

/// Imports in vain: nothing that anybody is offered may change.
async fn import_refused(site: &Site, from: &Path, more: &[&str]) -> Ran {
    let before = state(site).await;
    let ran = site.run(&[&["archive", "import", text(from)], more].concat());
    assert!(![0, 3].contains(&ran.code) && ran.out.is_empty(), "{ran:?}");
    assert_eq!(state(site).await, before, "state is before or after, never between");
    ran
}

/// All that an import changes at once.
#[derive(Debug, PartialEq)]
struct State {
    catalog: CatalogRows,
    licences: Vec<(Uuid, Timestamp)>,
    imported: Option<String>,
}

async fn state(site: &Site) -> State {
    let store = site.store().await;
    State {
        catalog: store.catalog().await.unwrap(),
        licences: store.accepted_licences().await.unwrap(),
        imported: store.setting("archive.imported").await.unwrap(),
    }
}

/// Both servers have the same revisions, with the same documents.
async fn same_catalog(one: &Site, other: &Site) {
    let documents = async |site: &Site| {
        let store = site.store().await;
        let entries = store.catalog().await.unwrap().entries;
        let names: Vec<_> = entries.iter().map(|entry| entry.revision.identity).collect();
        let found = store.documents_as(&names, |bytes| bytes).await.unwrap();
        let mut documents: Vec<_> = found.into_iter().map(|one| (one.identity, one.document)).collect();
        documents.sort();
        documents
    };
    let (one, other) = (documents(one).await, documents(other).await);
    assert!(!one.is_empty());
    assert!(one == other, "{} and {} documents", one.len(), other.len());
}

/// These files, and no others, are held, and are what they should be.
async fn holds(site: &Site, files: &[&MadeFile]) {
    let rows = site.store().await.content_rows().await.unwrap();
    let mut held: Vec<_> = rows.iter().map(|row| row.sha256).collect();
    let mut expected: Vec<_> = files.iter().map(|file| file.sha256()).collect();
    held.sort_unstable();
    expected.sort_unstable();
    assert_eq!(held, expected);
    assert!(rows.iter().all(|row| row.state == ContentState::Held));
    for file in files {
        let digest = file.sha256().to_string();
        let kept = std::fs::read(site.data_dir().join("content/files").join(&digest[..2]).join(&digest)).unwrap();
        assert!(kept == file.bytes, "{}", file.name);
    }
}
