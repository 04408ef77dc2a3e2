use std::fs;
use std::path::{Path, PathBuf};

use http::Method;
use server::admin::api::{ArchiveEvent, ArchiveImportRequest, ExportRequest, TrustedKey};

use super::{
    export, export_refused, exporter, holds, import, import_refused, isolated, same_catalog, state, text, trust, update,
};
use crate::harness::{Site, administer_raw, files_below};

/// A server, an archive of it, and another one that trusts it.
fn carried() -> (Site, tempfile::TempDir, Site) {
    let (made, _) = update("carried", 100_000);
    let paris = exporter(&made);
    let disk = tempfile::tempdir().unwrap();
    export(&paris, disk.path(), &[]);
    let kerguelen = isolated(&paris);
    (paris, disk, kerguelen)
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    let at = at.min(bytes.len() - 1);
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn sec_w7_a_flipped_bit_anywhere_is_named_and_nothing_is_taken() {
    let (_paris, disk, kerguelen) = carried();
    let files = files_below(disk.path());
    assert!(files.len() >= 5, "{files:?}");
    for path in files {
        let whole = fs::read(&path).unwrap();
        flip(&path, whole.len() / 2);
        let ran = import_refused(&kerguelen, disk.path(), &[]).await;
        let name = path.file_name().unwrap().to_str().unwrap();
        let says = ["is damaged", "was changed after it was signed", "is not an Ed25519", "manifest.sig"];
        assert!(says.iter().any(|says| ran.err.contains(says)), "{name}: {}", ran.err);
        assert!(ran.err.contains(name) || name.starts_with("manifest"), "{name}: {}", ran.err);
        assert!(ran.err.contains(text(disk.path())), "{}", ran.err);
        assert_eq!(ran.code, 1);
        // What cannot be imported does not pass verification either.
        let verified = kerguelen.run(&["archive", "import", text(disk.path()), "--verify-only"]);
        assert_eq!(verified.code, 1, "{verified:?}");
        fs::write(&path, whole).unwrap();
    }
    assert!(!import(&kerguelen, disk.path(), &[]).is_known);
}

#[tokio::test]
async fn a_damaged_part_is_said_with_archive_server_step_and_item() {
    let (_paris, disk, kerguelen) = carried();
    flip(&disk.path().join("parts/metadata-00001.zst"), 30);
    let ran = import_refused(&kerguelen, disk.path(), &[]).await;
    let begins = ran.err.lines().find(|line| line.starts_with("error: ")).unwrap();
    assert!(begins.starts_with("error: archive 1 of "), "{begins}");
    assert!(begins.contains(" was not imported (reading its parts): part metadata-00001.zst of"), "{begins}");
    assert!(begins.contains("copy it again from where it was exported"), "{begins}");
}

#[tokio::test]
async fn a_missing_part_is_named() {
    let (_paris, disk, kerguelen) = carried();
    let file = files_below(&disk.path().join("files")).pop().unwrap();
    let aside = disk.path().join("aside");
    fs::rename(&file, &aside).unwrap();
    let ran = import_refused(&kerguelen, disk.path(), &[]).await;
    assert!(ran.err.contains(file.file_name().unwrap().to_str().unwrap()), "{}", ran.err);
    assert!(ran.err.contains("is missing (100000 bytes)"), "{}", ran.err);
    assert!(ran.err.contains(" was not imported (looking for its parts): part "), "{}", ran.err);
    fs::rename(&aside, &file).unwrap();
    import(&kerguelen, disk.path(), &[]);
}

#[tokio::test]
async fn an_archive_of_a_stranger_is_refused_with_the_command_that_would_trust_it() {
    let (paris, disk, _) = carried();
    let kerguelen = Site::new();
    fs::create_dir_all(kerguelen.data_dir()).unwrap();
    let ran = import_refused(&kerguelen, disk.path(), &[]).await;
    let key: server::admin::api::ArchiveKey = paris.json(&["archive", "key"]);
    assert!(ran.err.contains(&format!("run `vanne archive trust {}`", key.fingerprint)), "{}", ran.err);

    // A file with the key does as well, and trust can be taken back.
    let file = kerguelen.write("paris.json", paris.run(&["archive", "key", "--output", "json"]).out);
    let keys: Vec<TrustedKey> = kerguelen.json(&["archive", "trust", text(&file)]);
    assert_eq!((keys[0].fingerprint, keys[0].name.as_ref()), (key.fingerprint, Some(&key.name)));
    assert_eq!(kerguelen.json::<Vec<TrustedKey>>(&["archive", "trust", "--list"]), keys);
    assert_eq!(kerguelen.json::<Vec<TrustedKey>>(&["archive", "trust", "--remove", text(&file)]), []);
    import_refused(&kerguelen, disk.path(), &[]).await;
    assert_eq!(kerguelen.run(&["archive", "trust", "--remove", text(&file)]).code, 4);
    assert_eq!(kerguelen.run(&["archive", "trust", "nonsense"]).code, 2);
    trust(&kerguelen, &paris);
    import(&kerguelen, disk.path(), &[]);
}

#[tokio::test]
async fn sec_w7_an_older_archive_is_refused_and_the_same_again_changes_nothing() {
    let (paris, first, kerguelen) = carried();
    let second = tempfile::tempdir().unwrap();
    assert_eq!(export(&paris, second.path(), &[]).archive.sequence, 2);
    import(&kerguelen, second.path(), &[]);
    let ran = import_refused(&kerguelen, first.path(), &[]).await;
    assert!(ran.err.contains("archive 1 of ") && ran.err.contains("is older than archive 2"), "{}", ran.err);

    let ran = kerguelen.run(&["archive", "list"]);
    assert!(ran.out.lines().count() == 2 && ran.out.contains("  2  "), "{}", ran.out);
    let before = state(&kerguelen).await;
    let again = kerguelen.run(&["archive", "import", text(second.path())]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.out.contains("was imported before; nothing was changed"), "{}", again.out);
    assert_eq!(state(&kerguelen).await, before);
    let verified = kerguelen.run(&["archive", "import", text(second.path()), "--verify-only"]);
    assert!(verified.out.contains("is whole; it was imported before"), "{verified:?}");
}

#[tokio::test]
async fn an_archive_with_a_number_that_was_given_twice_is_refused() {
    let (paris, first, kerguelen) = carried();
    import(&kerguelen, first.path(), &[]);
    // The exporting server is restored to what it was before it exported.
    paris.store().await.set_setting("archive.sequence", "0").await.unwrap();
    let twin = tempfile::tempdir().unwrap();
    assert_eq!(export(&paris, twin.path(), &["--decisions"]).archive.sequence, 1);
    let ran = import_refused(&kerguelen, twin.path(), &[]).await;
    assert!(ran.err.contains("gave its number twice"), "{}", ran.err);
}

#[tokio::test]
async fn verifying_reads_everything_and_changes_nothing() {
    let (_paris, disk, kerguelen) = carried();
    let before = state(&kerguelen).await;
    let answer = import(&kerguelen, disk.path(), &["--verify-only"]);
    assert!(answer.is_only_verified && !answer.is_known);
    assert_eq!(state(&kerguelen).await, before);
    holds(&kerguelen, &[]).await;
    assert!(files_below(&kerguelen.data_dir().join("content")).is_empty());
    import(&kerguelen, disk.path(), &[]);
}

#[tokio::test]
async fn what_is_no_archive_is_told_from_one_that_is_not_finished() {
    let (paris, disk, kerguelen) = carried();
    let empty = tempfile::tempdir().unwrap();
    let ran = import_refused(&kerguelen, empty.path(), &[]).await;
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("there is no archive in"), "{}", ran.err);
    fs::remove_file(disk.path().join("manifest.sig")).unwrap();
    let ran = import_refused(&kerguelen, disk.path(), &[]).await;
    assert!(ran.err.contains("is not finished: manifest.sig is missing; export it again"), "{}", ran.err);
    let finished = tempfile::tempdir().unwrap();
    export(&paris, finished.path(), &[]);
    let ran = export_refused(&paris, finished.path(), &[]);
    assert!(ran.err.contains("there is a finished archive in") && ran.err.contains("an empty folder"), "{}", ran.err);
}

#[tokio::test]
async fn a_document_that_contradicts_one_here_is_named_and_the_others_are_taken() {
    let (paris, disk, kerguelen) = carried();
    let document = fs::read_dir(paris.path("documents")).unwrap().next().unwrap().unwrap().path();
    let other = fs::read_to_string(document).unwrap().replace("</upd:Update>", " </upd:Update>");
    kerguelen.write("other.xml", &other);
    let taken = kerguelen.run(&["catalog", "import", "other.xml"]);
    assert_eq!(taken.code, 0, "{taken:?}");
    let ran = kerguelen.run(&["archive", "import", text(disk.path())]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.out.contains("1 revisions were refused:") && ran.out.contains("is here already with other content"));
    assert_eq!(state(&kerguelen).await.catalog.entries.len(), 2);
}

/// The last event of a request to the socket of a running server.
async fn last_event(site: &Site, path: &str, request: &impl serde::Serialize) -> ArchiveEvent {
    let body = serde_json::to_vec(request).unwrap();
    let (status, answer) = administer_raw(&site.data_dir(), Method::POST, path, body.into()).await.unwrap();
    assert_eq!(status, 200);
    let answer = String::from_utf8(answer.to_vec()).unwrap();
    serde_json::from_str(answer.lines().last().unwrap()).unwrap()
}

#[tokio::test]
async fn the_api_refuses_paths_that_depend_on_where_it_runs_and_limits_that_exclude_each_other() {
    let (paris, _disk, _) = carried();
    let _server = paris.serve();
    let relative = ExportRequest { to: PathBuf::from("here"), ..ExportRequest::default() };
    let both = ExportRequest {
        to: "/nowhere/archive".into(),
        since: Some("/nowhere/a".into()),
        needs: Some("/nowhere/n".into()),
        ..ExportRequest::default()
    };
    let narrowed = ExportRequest {
        to: "/nowhere/archive".into(),
        since: Some("/nowhere/a".into()),
        products: vec![model::UpdateId(uuid::Uuid::from_u128(1))],
        ..ExportRequest::default()
    };
    let bad_split =
        ExportRequest { to: "/nowhere/archive".into(), split: Some("4X".into()), ..ExportRequest::default() };
    for (request, says) in [
        (relative, "here is not a whole path"),
        (both, "not to two of these"),
        (narrowed, "not to two of these"),
        (bad_split, "is not a size for parts"),
    ] {
        let ArchiveEvent::Failed { status, error } = last_event(&paris, "/api/v1/archive/export", &request).await
        else {
            panic!("{request:?} was done");
        };
        assert!(status == 400 && error.error.contains(says), "{error:?}");
    }
    let nothing = ArchiveImportRequest::default();
    let event = last_event(&paris, "/api/v1/archive/import", &nothing).await;
    assert!(matches!(event, ArchiveEvent::Failed { status: 400, .. }), "{event:?}");
}

#[tokio::test]
async fn files_that_are_not_what_they_should_be_are_left_out_and_named() {
    let (made, file) = update("rotten", 50_000);
    let paris = exporter(&made);
    let digest = file.sha256().to_string();
    flip(&paris.data_dir().join("content/files").join(&digest[..2]).join(&digest), 7);
    let disk = tempfile::tempdir().unwrap();
    let ran = paris.run(&["archive", "export", "--to", text(disk.path())]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.out.contains("1 items could not be carried:") && ran.out.contains(&digest), "{}", ran.out);
    assert!(paris.run(&["content", "list"]).out.contains("quarantined"));
    // Healed, it is new, and an archive that goes on from that one has it.
    take_again(&paris);
    let next = tempfile::tempdir().unwrap();
    assert_eq!(export(&paris, next.path(), &["--since", text(disk.path())]).archive.carries.files, 1);
    let kerguelen = isolated(&paris);
    import(&kerguelen, disk.path(), &[]);
    import(&kerguelen, next.path(), &[]);
    same_catalog(&paris, &kerguelen).await;
    holds(&kerguelen, &[&file]).await;
}

fn take_again(site: &Site) {
    let ran = site.run(&["content", "add", "files"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}
