//! Disks that are full or may not be written, and a database that somebody else holds.

use model::UpdateId;
use sqlx::{ConnectOptions as _, Connection as _};
use testkit::catalogs::small_drafts;
use testkit::documents::{Draft, MadeFile, Rule};

use crate::harness::{Computer, Mount, Site, fetch};

fn update_with_file(name: &str, size: usize) -> (Draft, MadeFile) {
    let file = MadeFile::of_size(&format!("{name}.cab"), size);
    let draft = Draft::command_line(name).running("x.exe", "").with_file(&file);
    (draft.installed_when(Rule::registry_text("SOFTWARE\\Contoso", name, "1")), file)
}

#[tokio::test]
async fn sec_p8_a_full_disk_makes_the_server_read_only_until_there_is_room() {
    let site = Site::new();
    let Some(_disk) = Mount::new(&site.data_dir(), &[&["-t", "tmpfs", "-o", "size=24m", "none"]]) else { return };
    let server = site.serve();
    let (held, held_file) = update_with_file("held", 1 << 20);
    let (late, late_file) = update_with_file("late", 4 << 20);
    for (draft, file) in [(&held, &held_file), (&late, &late_file)] {
        let made = draft.finish();
        site.write(&format!("documents/{}", made.file_name), made.document);
        site.write(&format!("files/{}", file.name), &file.bytes);
    }
    assert_eq!(site.run(&["catalog", "import", "documents"]).code, 0);
    assert_eq!(site.run(&["content", "add", "files/held.cab"]).code, 0);
    let mut computer = Computer::join(server.url(), "full disk").await;
    computer.scan().await;

    let filler = site.data_dir().join("filler");
    assert!(std::fs::write(&filler, vec![0; 64 << 20]).is_err(), "the disk is full now");

    let ran = site.run(&["content", "add", "files/late.cab"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("no room is left for content files"), "{}", ran.err);
    for made in small_drafts().iter().map(Draft::finish) {
        site.write(&format!("more/{}", made.file_name), made.document);
    }
    let ran = site.run(&["catalog", "import", "more"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("there is no room left for the database"), "{}", ran.err);
    assert!(ran.err.contains("hint: nothing was changed; make room and try again"), "{}", ran.err);

    // What can be read goes on being served.
    let address = format!("{}/Content/{}", server.url(), content::address(&held_file.sha1(), "cab"));
    assert_eq!(fetch(http::Method::GET, &address, &[]).await.body, held_file.bytes);
    assert!(computer.scan().await.is_empty());
    assert!(site.run(&["updates", "--all"]).out.contains("held"));

    std::fs::remove_file(&filler).unwrap();
    for words in [&["content", "add", "files/late.cab"][..], &["catalog", "import", "more"]] {
        let ran = site.run(words);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    assert_eq!(server.terminate().code(), Some(0));
}

#[test]
fn a_data_folder_that_may_not_be_written_is_named() {
    let site = Site::new();
    assert_eq!(
        site.run(&[
            "catalog",
            "import",
            site.write("x.xml", Draft::detectoid("x").finish().document).to_str().unwrap()
        ])
        .code,
        0
    );
    let folder = site.data_dir();
    let bind = ["--bind", folder.to_str().unwrap()];
    let Some(_read_only) = Mount::new(&folder, &[&bind, &["-o", "remount,bind,ro"]]) else { return };
    let ran = site.run(&["serve", "--http", "127.0.0.1:0"]);
    assert_eq!((ran.code, ran.out.as_str()), (5, ""), "{ran:?}");
    assert!(ran.err.contains(folder.to_str().unwrap()), "{}", ran.err);
    assert!(ran.err.contains("writ") || ran.err.contains("Read-only"), "{}", ran.err);
}

#[tokio::test]
async fn a_database_that_another_program_holds_is_read_and_written_again_later() {
    let site = Site::new();
    let server = site.serve();
    let made = Draft::bundle("locked").finish();
    site.write("documents/locked.xml", &made.document);
    assert_eq!(site.run(&["catalog", "import", "documents"]).code, 0);
    let mut computer = Computer::join(server.url(), "lock").await;
    computer.scan().await;

    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(site.data_dir().join("vanne.db"));
    let mut other = options.connect().await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    assert!(computer.scan().await.is_empty(), "scans need no lock");
    assert!(site.run(&["updates"]).out.contains("locked"), "nor do lists");
    let update: UpdateId = testkit::documents::update_id("locked");
    let approve = ["approve", "--update", &update.to_string(), "--group", "All Computers"];
    let ran = site.run(&approve);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.err.contains("the database is not available") && ran.err.contains("another program may hold it"));

    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    assert_eq!(site.run(&approve).code, 0);
}
