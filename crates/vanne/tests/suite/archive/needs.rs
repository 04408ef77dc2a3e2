use archive::Needs;
use server::admin::api::CollectAnswer;
use testkit::documents::{Draft, Made};

use super::{export, exporter, holds, import, isolated, text, update};
use crate::harness::{Computer, Site};

fn without_files(made: &[Made]) -> Vec<Made> {
    made.iter().map(|made| Made { files: Vec::new(), ..made.clone() }).collect()
}

#[tokio::test]
async fn what_is_missing_is_listed_carried_and_then_not_missing_any_more() {
    let (one, first) = update("needed", 40_000);
    let (two, second) = update("not needed", 40_000);
    let paris = exporter(&[one.clone(), two.clone()].concat());
    let kerguelen = isolated(&paris);
    // It has the documents, but of the bundle not what it bundles.
    let bundle = &one[1];
    kerguelen.write("documents/bundle.xml", &bundle.document);
    for made in without_files(&two) {
        kerguelen.write(&format!("documents/{}", made.file_name), made.document);
    }
    assert_eq!(kerguelen.run(&["catalog", "import", "documents"]).code, 0);
    let server = kerguelen.serve();
    let _computer = Computer::join(server.url(), "secret-name").await;
    assert_eq!(kerguelen.run(&["approve", "--all", "--group", "All Computers"]).code, 0);
    let list = kerguelen.path("needs.json");
    let ran = kerguelen.run(&["archive", "needs", "--to", text(&list)]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("1 files and 1 revisions are missing here"), "{}", ran.err);
    let written = std::fs::read_to_string(&list).unwrap();
    assert!(!written.contains("secret-name") && !written.contains("All Computers"), "{written}");
    let needs = Needs::open(&list).unwrap();
    assert_eq!(needs.files[0].sha1, second.sha1());
    assert_eq!(kerguelen.json::<Needs>(&["archive", "needs"]).revisions, needs.revisions);

    let disk = tempfile::tempdir().unwrap();
    let exported = export(&paris, disk.path(), &["--needs", text(&list)]);
    let carries = exported.archive.carries;
    assert_eq!((carries.documents, carries.files, exported.archive.is_limited), (1, 1, true));
    let imported = import(&kerguelen, disk.path(), &[]);
    assert_eq!((imported.done.taken, imported.done.files), (1, 1));
    holds(&kerguelen, &[&second]).await;
    // The member that came names a file of its own.
    let needs: Needs = kerguelen.json(&["archive", "needs"]);
    assert_eq!((needs.revisions.len(), needs.files.len()), (0, 1));
    assert_eq!(needs.files[0].sha1, first.sha1());
    let refused = super::export_refused(&paris, &disk.path().join("more"), &["--since", text(disk.path())]);
    assert!(refused.err.contains("it was limited to a list of needs"), "{}", refused.err);
}

#[tokio::test]
async fn what_the_exporting_server_lacks_is_wanted_there_until_a_later_archive_has_it() {
    let (made, file) = update("awaited", 30_000);
    let paris = exporter(&without_files(&made));
    let kerguelen = isolated(&paris);
    let first = tempfile::tempdir().unwrap();
    export(&paris, first.path(), &[]);
    import(&kerguelen, first.path(), &[]);
    assert_eq!(kerguelen.run(&["approve", "--all", "--group", "All Computers"]).code, 0);
    let list = kerguelen.path("needs.json");
    assert_eq!(kerguelen.run(&["archive", "needs", "--to", text(&list)]).code, 0);

    let nothing = tempfile::tempdir().unwrap();
    let exported = export(&paris, nothing.path(), &["--needs", text(&list)]);
    assert_eq!((exported.awaited_files, exported.archive.carries.files), (1, 0));
    assert!(paris.run(&["content", "status"]).out.contains("missing  1 files"), "it is wanted now");
    paris.write("files/awaited.cab", &file.bytes);
    assert_eq!(paris.run(&["content", "add", "files"]).code, 0);
    let collected: CollectAnswer = paris.json(&["content", "collect"]);
    assert!(collected.files.is_empty(), "it waits for the archive");
    let disk = tempfile::tempdir().unwrap();
    let exported = export(&paris, disk.path(), &["--needs", text(&list)]);
    assert_eq!((exported.awaited_files, exported.archive.carries.files), (0, 1));
    import(&kerguelen, disk.path(), &[]);
    holds(&kerguelen, &[&file]).await;
    let collected: CollectAnswer = paris.json(&["content", "collect"]);
    assert_eq!(collected.files.len(), 1, "nothing wants it any more");
}

#[tokio::test]
async fn a_server_that_fetches_nothing_lists_what_it_lacks_all_the_same() {
    let site = Site::new();
    site.write("data/vanne.toml", "[content]\nmode = \"none\"\n");
    let (made, file) = update("none", 1_000);
    for made in without_files(&made) {
        site.write(&format!("documents/{}", made.file_name), made.document);
    }
    assert_eq!(site.run(&["catalog", "import", "documents"]).code, 0);
    assert!(site.json::<Needs>(&["archive", "needs"]).files.is_empty(), "nothing is approved");
    assert_eq!(site.run(&["approve", "--all", "--group", "All Computers"]).code, 0);
    assert_eq!(site.json::<Needs>(&["archive", "needs"]).files[0].sha1, file.sha1());
}

#[tokio::test]
async fn a_list_that_is_none_is_refused_and_unknown_needs_are_counted() {
    let paris = exporter(&[Draft::detectoid("lonely").finish()]);
    let folder = tempfile::tempdir().unwrap();
    let list = paris.write("needs.json", "{\"format\":\"something else\",\"version\":1}");
    let ran = super::export_refused(&paris, folder.path(), &["--needs", text(&list)]);
    assert!(ran.err.contains("its format is \"something else\""), "{}", ran.err);
    let (_, file) = update("unknown", 10);
    let identity = Draft::detectoid("nowhere").identity();
    let promised = model::ContentFile {
        sha1: file.sha1(),
        sha256: Some(file.sha256()),
        size: 10,
        name: "unknown.cab".parse().unwrap(),
    };
    let needs = Needs::new(model::Timestamp::UNIX_EPOCH, vec![identity], vec![promised]);
    let list = paris.write("needs.json", needs.to_bytes());
    let ran = paris.run(&["archive", "export", "--to", text(folder.path()), "--needs", text(&list)]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("1 files and 1 revisions that were asked for are unknown here"), "{}", ran.out);
}
