use http::Method;
use model::ApprovalAction;
use server::admin::api::{Licence, UpdateSummary};
use testkit::documents::{Draft, MadeFile, Rule};

use super::{export, exporter, holds, import, isolated, same_catalog, state, text, update};
use crate::content::address;
use crate::harness::{Computer, Site, documents, fetch, files_below};

#[tokio::test]
async fn sec_w7_what_is_exported_without_a_server_is_in_service_where_it_is_imported() {
    let (made, file) = update("crossing", 300_000);
    let paris = exporter(&[documents(), made].concat());
    let disk = tempfile::tempdir().unwrap();
    let exported = export(&paris, disk.path(), &[]);
    assert_eq!((exported.archive.sequence, exported.archive.carries.files), (1, 1));
    assert_eq!((exported.left_out_in_all, exported.archive.has_decisions), (0, false));

    let kerguelen = isolated(&paris);
    let server = kerguelen.serve();
    let imported = import(&kerguelen, disk.path(), &[]);
    assert_eq!(imported.archive, exported.archive);
    assert_eq!(imported.done.taken, exported.archive.carries.documents);
    assert_eq!((imported.done.files, imported.done.refused_in_all), (1, 0));
    same_catalog(&paris, &kerguelen).await;
    holds(&kerguelen, &[&file]).await;

    // Computers see it at once.
    assert_eq!(kerguelen.run(&["approve", "--all", "--group", "All Computers"]).code, 0);
    let mut computer = Computer::join(server.url(), "on Kerguelen").await;
    assert!(!computer.scan().await.new.is_empty());
    let address = address(server.url(), &file.sha1(), "cab");
    assert_eq!(fetch(Method::GET, &address, &[]).await.body, file.bytes);
    let collected = kerguelen.run(&["content", "collect"]).out;
    assert!(collected.contains("0 files"), "what was approved stays: {collected}");
}

#[tokio::test]
async fn what_a_running_server_exports_is_imported_where_none_runs() {
    let (made, file) = update("running", 50_000);
    let paris = exporter(&made);
    let _server = paris.serve();
    let disk = tempfile::tempdir().unwrap();
    let ran = paris.run(&["archive", "export", "--to", text(disk.path())]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with("archive 1 of ") && ran.out.contains("(2 documents, 1 files, "), "{}", ran.out);
    let kerguelen = isolated(&paris);
    let ran = kerguelen.run(&["archive", "import", text(disk.path())]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("imported: 2 revisions and 1 content files ("), "{}", ran.out);
    assert!(ran.err.contains("MiB verified") && ran.err.contains("documents taken 2 of 2"), "{}", ran.err);
    same_catalog(&paris, &kerguelen).await;
    holds(&kerguelen, &[&file]).await;
}

#[tokio::test]
async fn an_archive_may_be_split_and_lie_on_several_disks() {
    let (made, file) = update("split", 500_000);
    let paris = exporter(&made);
    let disk = tempfile::tempdir().unwrap();
    export(&paris, disk.path(), &["--split", "64K"]);
    let others = [(); 2].map(|()| tempfile::tempdir().unwrap());
    for (index, path) in files_below(disk.path()).iter().enumerate() {
        assert!(path.metadata().unwrap().len() < 64 << 10, "{}", path.display());
        let to = others[index % 2].path().join(path.strip_prefix(disk.path()).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(path, to).unwrap();
    }
    let kerguelen = isolated(&paris);
    let both = others.each_ref().map(|disk| text(disk.path()));
    let ran = kerguelen.run(&["archive", "import", both[0], both[1]]);
    assert_eq!(ran.code, 0, "{ran:?}");
    holds(&kerguelen, &[&file]).await;
}

/// A server with groups, approvals, a declined update and an accepted licence.
fn decided() -> (Site, Vec<MadeFile>) {
    let (one, first) = update("approved", 10_000);
    let (two, second) = update("declined", 10_000);
    let licence = MadeFile::of_text("eula.txt", "Terms");
    let licensed = Draft::command_line("licensed").running("x.exe", "").licensed("en", &licence);
    let licensed = licensed.installed_when(Rule::registry_text("SOFTWARE\\Contoso", "Licensed", "1")).finish();
    let paris = exporter(&[one, two, vec![licensed]].concat());
    let licences: Vec<Licence> = paris.json(&["eula", "list"]);
    let (approved, declined) = (testkit::documents::update_id("approved"), testkit::documents::update_id("declined"));
    for words in [
        &["groups", "create", "Wards"][..],
        &["groups", "create", "Beds", "--parent", "Wards"],
        &["approve", "--update", &approved.to_string(), "--group", "Beds", "--deadline", "2030-01-01T00:00:00Z"],
        &["decline", "--update", &declined.to_string()],
        &["eula", "accept", &licences[0].id.to_string()],
    ] {
        let ran = paris.run(words);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    (paris, vec![first, second])
}

#[tokio::test]
async fn decisions_cross_if_both_sides_say_so_and_take_the_place_of_those_there() {
    let (paris, _) = decided();
    let disk = tempfile::tempdir().unwrap();
    let exported = export(&paris, disk.path(), &["--decisions"]);
    let carries = exported.archive.carries;
    assert_eq!((carries.groups, carries.approvals, carries.declines, carries.eulas), (2, 1, 1, 1));

    let kerguelen = isolated(&paris);
    assert_eq!(kerguelen.run(&["groups", "create", "Own"]).code, 0);
    let imported = import(&kerguelen, disk.path(), &["--decisions"]);
    let mirrored = imported.done.mirrored.unwrap();
    assert_eq!((mirrored.groups, mirrored.approved, mirrored.declined), (3, 1, 1), "{mirrored:?}");
    let (here, there) = (state(&kerguelen).await, state(&paris).await);
    assert_eq!(here.catalog.groups, there.catalog.groups);
    assert_eq!(here.licences.len(), 1);
    assert_eq!(here.licences[0].0, there.licences[0].0);
    let approvals = |rows: &store::CatalogRows| -> Vec<_> {
        rows.approvals.iter().map(|one| (one.update_id, one.group, one.action, one.deadline)).collect()
    };
    assert_eq!(approvals(&here.catalog), approvals(&there.catalog));
    let declined = |rows: &store::CatalogRows| -> Vec<_> { rows.declined.iter().map(|(update, _)| *update).collect() };
    assert_eq!(declined(&here.catalog), declined(&there.catalog));
}

#[tokio::test]
async fn decisions_are_left_alone_unless_they_are_asked_for() {
    let (paris, _) = decided();
    let disk = tempfile::tempdir().unwrap();
    export(&paris, disk.path(), &["--decisions"]);
    let kerguelen = isolated(&paris);
    assert_eq!(kerguelen.run(&["groups", "create", "Own"]).code, 0);
    let ran = kerguelen.run(&["archive", "import", text(disk.path())]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("it says what is decided there, which was left alone; --decisions takes"), "{}", ran.out);
    let here = state(&kerguelen).await;
    assert!(here.catalog.approvals.is_empty() && here.catalog.declined.is_empty() && here.licences.is_empty());
    assert!(here.catalog.groups.iter().any(|group| group.name.as_str() == "Own"));
    let updates: Vec<UpdateSummary> = kerguelen.json(&["updates"]);
    assert!(!updates.is_empty());
}

#[tokio::test]
async fn decisions_that_stayed_at_home_cannot_be_taken_over() {
    let (paris, _) = decided();
    let disk = tempfile::tempdir().unwrap();
    export(&paris, disk.path(), &[]);
    let manifest = std::fs::read_to_string(disk.path().join("manifest.json")).unwrap();
    assert!(!manifest.contains("Wards") && !manifest.contains("decisions-"), "nothing of groups leaves");
    let kerguelen = isolated(&paris);
    let ran = super::import_refused(&kerguelen, disk.path(), &["--decisions"]).await;
    assert!(ran.err.contains("it carries no groups and approvals; import it without --decisions"), "{}", ran.err);
}

#[tokio::test]
async fn addresses_keys_and_withdrawn_updates_cross_as_well() {
    let file = MadeFile::of_size("elsewhere.cab", 1_000);
    let named = Draft::command_line("elsewhere").running("x.exe", "").with_file(&file);
    let named = named.installed_when(Rule::registry_text("SOFTWARE\\Contoso", "Elsewhere", "1")).finish();
    let withdrawn = Draft::bundle("withdrawn").bundling([Draft::detectoid("member").identity()]).expired();
    let paris = Site::new();
    paris.write("documents/a.xml", named.document);
    paris.write("documents/b.xml", withdrawn.finish().document);
    assert_eq!(paris.run(&["catalog", "import", "documents"]).code, 0);
    let store = paris.store().await;
    let url = "http://publisher.example/elsewhere.cab".to_owned();
    store.set_file_locations(&[(file.sha1(), url.clone())]).await.unwrap();
    store.set_decryption_keys(&[(file.sha1(), vec![1, 2, 3])]).await.unwrap();
    store.close().await;

    let disk = tempfile::tempdir().unwrap();
    export(&paris, disk.path(), &[]);
    let kerguelen = isolated(&paris);
    let imported = import(&kerguelen, disk.path(), &[]);
    assert_eq!(imported.done.expired, 1, "its publisher withdrew it");
    let store = kerguelen.store().await;
    assert_eq!(store.file_locations(&[file.sha1()]).await.unwrap(), [(file.sha1(), url)]);
    assert_eq!(store.decryption_keys(&[file.sha1()]).await.unwrap(), [(file.sha1(), vec![1, 2, 3])]);

    // An administrator who wants it all the same is not overruled by the next archive.
    store.undecline(&[withdrawn.id()]).await.unwrap();
    store.close().await;
    let next = tempfile::tempdir().unwrap();
    export(&paris, next.path(), &[]);
    assert_eq!(import(&kerguelen, next.path(), &[]).done.expired, 0);
    assert!(state(&kerguelen).await.catalog.declined.is_empty());
}

#[tokio::test]
async fn what_was_exported_on_a_postgresql_is_imported_into_another_one() {
    let Some(server) = testkit::postgres::Postgres::shared() else { return };
    let (made, file) = update("elephant", 70_000);
    let paris = Site::on_database(server.database().unwrap());
    super::take(&paris, &made);
    assert_eq!(paris.run(&["approve", "--all", "--group", "All Computers"]).code, 0);
    let disk = tempfile::tempdir().unwrap();
    export(&paris, disk.path(), &["--decisions"]);
    let kerguelen = Site::on_database(server.database().unwrap());
    std::fs::create_dir_all(kerguelen.data_dir()).unwrap();
    super::trust(&kerguelen, &paris);
    import(&kerguelen, disk.path(), &["--decisions"]);
    same_catalog(&paris, &kerguelen).await;
    holds(&kerguelen, &[&file]).await;
    assert_eq!(state(&kerguelen).await.catalog.approvals[0].action, ApprovalAction::Install);
    assert!(import(&kerguelen, disk.path(), &[]).is_known);
}
