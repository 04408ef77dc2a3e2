use std::path::Path;

use axum::body::Body;
use http::Method;
use server::admin::api::{ArchiveEvent, ArchiveKey, ExportAnswer, ExportRequest};

use super::{holds, import, import_refused, text, update};
use crate::harness::{Estate, Site};

/// Exports from a server whose clock the test moves.
async fn export(estate: &Estate, to: &Path, since: Option<&Path>) -> ExportAnswer {
    let since = since.map(Path::to_owned);
    let request = ExportRequest { to: to.to_owned(), since, ..ExportRequest::default() };
    let body = Body::from(serde_json::to_vec(&request).unwrap());
    let (_, answer) = estate.try_api(Method::POST, "/api/v1/archive/export", body).await;
    let answer = String::from_utf8(answer).unwrap();
    match serde_json::from_str(answer.lines().last().unwrap()).unwrap() {
        ArchiveEvent::Exported(answer) => *answer,
        event => panic!("{event:?}"),
    }
}

#[tokio::test]
async fn what_came_since_an_archive_follows_it_and_nothing_else() {
    let (one, first) = update("first", 20_000);
    let (two, second) = update("second", 20_000);
    let paris = Estate::with_catalog(&one).await;
    let disks = [(); 4].map(|()| tempfile::tempdir().unwrap());
    paris.advance_mins(5);
    let [full, next, later, other] = disks.each_ref().map(tempfile::TempDir::path);
    assert_eq!(export(&paris, full, None).await.archive.carries.documents, 2);
    paris.advance_mins(5);
    paris.import(&two).await;
    paris.advance_mins(5);
    // Only its manifest stayed here.
    for folder in ["parts", "files"] {
        std::fs::rename(full.join(folder), other.join(folder)).unwrap();
    }
    let exported = export(&paris, next, Some(full)).await.archive;
    assert_eq!((exported.carries.documents, exported.carries.files, exported.follows), (2, 1, Some(1)));
    for folder in ["parts", "files"] {
        std::fs::rename(other.join(folder), full.join(folder)).unwrap();
    }
    paris.advance_mins(5);
    let nothing = export(&paris, later, Some(next)).await.archive;
    assert_eq!((nothing.carries.documents, nothing.carries.files), (0, 0));

    let kerguelen = Site::new();
    std::fs::create_dir_all(kerguelen.data_dir()).unwrap();
    let key: ArchiveKey = paris.api(Method::GET, "/api/v1/archive/key", &()).await;
    assert_eq!(kerguelen.run(&["archive", "trust", &key.fingerprint.to_string()]).code, 0);
    let ran = import_refused(&kerguelen, next, &[]).await;
    assert!(ran.err.contains("follows archive 1") && ran.err.contains("import that one first"), "{}", ran.err);
    import(&kerguelen, full, &[]);
    holds(&kerguelen, &[&first]).await;
    let ran = import_refused(&kerguelen, later, &[]).await;
    assert!(ran.err.contains("follows archive 2"), "{}", ran.err);
    assert_eq!(import(&kerguelen, next, &[]).done.taken, 2);
    import(&kerguelen, later, &[]);
    holds(&kerguelen, &[&first, &second]).await;
}

#[tokio::test]
async fn only_an_archive_of_its_own_that_it_can_know_is_gone_on_from() {
    let (made, _) = update("mine", 1_000);
    let (paris, lyon) = (super::exporter(&made), super::exporter(&made));
    let foreign = tempfile::tempdir().unwrap();
    super::export(&lyon, foreign.path(), &[]);
    let to = tempfile::tempdir().unwrap();
    let ran = super::export_refused(&paris, to.path(), &["--since", text(foreign.path())]);
    assert!(ran.err.contains("was not exported by this server: it is signed by another key"), "{}", ran.err);

    // The database is put back to before the archive, and then as many generations are made as were lost.
    let backup = paris.path("backup.db");
    assert_eq!(paris.run(&["archive", "key"]).code, 0);
    paris.store().await.close().await;
    std::fs::copy(paris.data_dir().join("vanne.db"), &backup).unwrap();
    let later = tempfile::tempdir().unwrap();
    super::export(&paris, later.path(), &[]);
    paris.store().await.close().await;
    std::fs::copy(&backup, paris.data_dir().join("vanne.db")).unwrap();
    let (more, _) = update("later", 1_000);
    super::take(&paris, &more);
    let ran = super::export_refused(&paris, to.path(), &["--since", text(later.path())]);
    assert!(ran.err.contains("has number 1, and the last number that this server gave is 0"), "{}", ran.err);
    assert!(ran.err.contains("was restored to an earlier state; export without --since"), "{}", ran.err);
}
