//! kill -9 in the middle of an export or an import, of the server or of the command that works without one: the same command
//! goes on, and in between nothing is there by halves.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use http::Method;
use server::admin::api::ArchiveHistory;
use testkit::catalogs::{Shape, large};
use testkit::documents::{Made, MadeFile};

use super::{export, holds, import, isolated, same_catalog, state, text, update};
use crate::harness::{Computer, Site, administer};

const REVISIONS: usize = 1_300;
/// Milliseconds after which it is killed: at the beginning, in the middle, near the end.
const AFTER_MS: [u64; 5] = [30, 90, 200, 400, 700];

/// A catalog and a file that take a while.
fn server() -> (Site, Vec<MadeFile>) {
    static CATALOG: LazyLock<String> = LazyLock::new(|| {
        let made = large(Shape { revisions: REVISIONS, ..Shape::default() }).map(|draft| draft.finish());
        made.map(|made: Made| made.document.replace(['\r', '\n'], " ")).collect::<Vec<_>>().join("\n")
    });
    let (one, first) = update("one", 12_000_000);
    let (two, second) = update("two", 9_000_000);
    let paris = Site::new();
    paris.write_catalog(&[one, two].concat());
    paris.write("documents/large.xml", &*CATALOG);
    let ran = paris.run(&["catalog", "import", "documents", "--content", "files"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    (paris, vec![first, second])
}

fn begin(site: &Site, words: &[&str]) -> Child {
    site.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Begins a command and kills it after a while; true if it had ended well before.
fn kill_command(site: &Site, words: &[&str], after_ms: u64) -> bool {
    let mut command = begin(site, words);
    std::thread::sleep(Duration::from_millis(after_ms));
    command.kill().unwrap();
    command.wait().unwrap().success()
}

/// Begins a command and kills the server that does its work; true if it had ended well before.
fn kill_server(site: &Site, words: &[&str], after_ms: u64) -> bool {
    let server = site.serve();
    let mut command = begin(site, words);
    std::thread::sleep(Duration::from_millis(after_ms));
    server.kill();
    command.wait().unwrap().success()
}

type Kill = fn(&Site, &[&str], u64) -> bool;

async fn export_survives(kill: Kill) {
    let (paris, files) = server();
    let kerguelen = isolated(&paris);
    let disk = tempfile::tempdir().unwrap();
    let words = ["archive", "export", "--to", text(disk.path())];
    let mut is_done = false;
    for after_ms in AFTER_MS {
        is_done = kill(&paris, &words, after_ms);
        if is_done {
            break;
        }
        is_refused_unless_signed(&kerguelen, disk.path()).await;
    }
    let is_there = disk.path().join("manifest.sig").exists();
    assert!(is_there || !is_done, "what was acknowledged is there");
    if !is_there {
        export(&paris, disk.path(), &[]);
    }
    import(&kerguelen, disk.path(), &[]);
    same_catalog(&paris, &kerguelen).await;
    holds(&kerguelen, &files.iter().collect::<Vec<_>>()).await;
    let left: Vec<_> = crate::harness::files_below(disk.path());
    assert!(!left.iter().any(|path| path.to_string_lossy().contains("partial")), "{left:?}");
}

/// An archive whose export was killed is not taken for one, unless its very last write was done.
async fn is_refused_unless_signed(kerguelen: &Site, disk: &Path) {
    if !disk.join("manifest.sig").exists() {
        super::import_refused(kerguelen, disk, &["--verify-only"]).await;
    }
}

#[tokio::test]
async fn an_export_that_is_killed_goes_on() {
    export_survives(kill_command).await;
}

#[tokio::test]
async fn an_export_whose_server_is_killed_goes_on() {
    export_survives(kill_server).await;
}

async fn import_survives(kill: Kill) {
    let (paris, files) = server();
    assert_eq!(paris.run(&["groups", "create", "Wards"]).code, 0);
    assert_eq!(paris.run(&["approve", "--all", "--group", "Wards"]).code, 0);
    let disk = tempfile::tempdir().unwrap();
    let archive = export(&paris, disk.path(), &["--decisions"]).archive;
    let kerguelen = isolated(&paris);
    let words = ["archive", "import", text(disk.path()), "--decisions"];
    let before = state(&kerguelen).await;
    for after_ms in AFTER_MS {
        let is_done = kill(&kerguelen, &words, after_ms);
        let now = state(&kerguelen).await;
        if now == before {
            assert!(!is_done, "what was acknowledged is there");
            continue;
        }
        // After, then: all of it.
        assert_eq!(now.catalog.entries.len() as u64, archive.carries.documents);
        assert_eq!(now.catalog.approvals.len() as u64, archive.carries.approvals);
        assert!(now.imported.is_some());
        // Who signed its files is asked behind that, at the next start or as here.
        assert_eq!(kerguelen.run(&["content", "verify"]).code, 0);
        holds(&kerguelen, &files.iter().collect::<Vec<_>>()).await;
    }
    import(&kerguelen, disk.path(), &["--decisions"]);
    assert!(import(&kerguelen, disk.path(), &[]).is_known);
    same_catalog(&paris, &kerguelen).await;
    holds(&kerguelen, &files.iter().collect::<Vec<_>>()).await;
    assert_eq!(state(&kerguelen).await.catalog.groups, state(&paris).await.catalog.groups);
}

#[tokio::test]
async fn an_import_that_is_killed_has_taken_all_or_nothing_and_goes_on() {
    import_survives(kill_command).await;
}

#[tokio::test]
async fn an_import_whose_server_is_killed_has_taken_all_or_nothing_and_goes_on() {
    import_survives(kill_server).await;
}

#[tokio::test]
async fn a_server_that_is_stopped_does_not_wait_for_an_archive() {
    let (paris, _) = server();
    let disk = tempfile::tempdir().unwrap();
    let server = paris.serve();
    let mut command = paris.command(&["archive", "export", "--to", text(disk.path())]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    crate::harness::eventually("it has begun", async || disk.path().join("journal.jsonl").exists()).await;
    assert_eq!(server.terminate().code(), Some(0));
    let ran = crate::harness::Ran::from(command.wait_with_output().unwrap());
    assert!(ran.code == 0 || ran.err.contains("the server is stopping; run the same command again"), "{ran:?}");
    if ran.code != 0 {
        export(&paris, disk.path(), &[]);
    }
    assert!(disk.path().join("manifest.sig").exists());
}

#[tokio::test]
async fn an_export_that_nobody_waits_for_any_more_ends_and_goes_on_when_it_is_asked_for_again() {
    let (paris, _) = server();
    let disk = tempfile::tempdir().unwrap();
    let _server = paris.serve();
    let words = ["archive", "export", "--to", text(disk.path())];
    let mut command = begin(&paris, &words);
    crate::harness::eventually("it has begun", async || disk.path().join("journal.jsonl").exists()).await;
    command.kill().unwrap();
    command.wait().unwrap();
    crate::harness::eventually("it is finished", async || {
        let ran = paris.run(&words);
        // It may have been too far to be broken off.
        let is_there = ran.err.contains("there is a finished archive in");
        assert!(ran.code == 0 || is_there || ran.err.contains("by this server already"), "{ran:?}");
        ran.code == 0 || is_there
    })
    .await;
    import(&isolated(&paris), disk.path(), &[]);
}

#[tokio::test]
async fn a_second_archive_at_the_same_time_is_refused() {
    let (paris, _) = server();
    let _server = paris.serve();
    let disks = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [first, second] = disks.each_ref().map(tempfile::TempDir::path);
    let mut command = begin(&paris, &["archive", "export", "--to", text(first)]);
    crate::harness::eventually("it has begun", async || first.join("journal.jsonl").exists()).await;
    let ran = paris.run(&["archive", "export", "--to", text(second)]);
    let is_over = command.try_wait().unwrap().is_some();
    let is_refused =
        ran.code == 1 && ran.err.contains("an archive is being exported or imported by this server already");
    assert!(is_refused || is_over, "{ran:?}");
    assert!(command.wait().unwrap().success());
}

#[tokio::test]
async fn two_imports_at_once_do_not_take_the_server_back() {
    let (paris, files) = server();
    let disks = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [first, second] = disks.each_ref().map(tempfile::TempDir::path);
    export(&paris, first, &[]);
    export(&paris, second, &[]);
    let kerguelen = isolated(&paris);
    // Without a server, so that nothing but the database is in between.
    let both = [first, second].map(|disk| {
        let mut command = kerguelen.command(&["archive", "import", text(disk)]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for command in both {
        let ran = crate::harness::Ran::from(command.wait_with_output().unwrap());
        let says = ["another archive was imported into this database meanwhile", "is older than archive 2"];
        assert!(ran.code == 0 || says.iter().any(|says| ran.err.contains(says)), "{ran:?}");
    }
    import(&kerguelen, second, &[]);
    let history: ArchiveHistory = kerguelen.json(&["archive", "list"]);
    assert!(history.imported.is_sorted_by(|later, earlier| later.sequence > earlier.sequence), "{history:?}");
    assert_eq!(history.imported[0].sequence, 2);
    same_catalog(&paris, &kerguelen).await;
    holds(&kerguelen, &files.iter().collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn a_server_answers_while_it_imports_and_shows_all_of_it_or_nothing() {
    let (paris, _) = server();
    let disk = tempfile::tempdir().unwrap();
    let total = export(&paris, disk.path(), &[]).archive.carries.documents;
    let kerguelen = isolated(&paris);
    let server = kerguelen.serve();
    let mut computer = Computer::join(server.url(), "patient").await;
    let mut command = begin(&kerguelen, &["archive", "import", text(disk.path())]);
    let mut seen = BTreeSet::new();
    let ended = loop {
        let (status, overview) = administer(&kerguelen.data_dir(), Method::GET, "/api/v1/overview", &()).await.unwrap();
        assert_eq!(status, 200);
        seen.insert(overview["revisions"].as_u64().unwrap());
        computer.scan().await;
        if let Some(ended) = command.try_wait().unwrap() {
            break ended;
        }
    };
    assert!(ended.success());
    let (_, overview) = administer(&kerguelen.data_dir(), Method::GET, "/api/v1/overview", &()).await.unwrap();
    seen.insert(overview["revisions"].as_u64().unwrap());
    assert_eq!(seen, [0, total].into(), "before or after, never between");
}
