use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use server::admin::api::CollectAnswer;
use store::ContentState;
use testkit::catalogs::{Shape, large};
use testkit::documents::Made;

use super::{
    export, export_refused, exporter, holds, import, import_refused, isolated, leaving, same_catalog, state, text,
    trust, update,
};
use crate::harness::{Mount, Ran, Site};

#[tokio::test]
async fn an_export_to_a_full_disk_names_what_did_not_fit_and_goes_on_once_there_is_room() {
    let (one, first) = update("small", 900_000);
    let (two, second) = update("large", 4_000_000);
    let paris = exporter(&[one, two].concat());
    let place = paris.path("stick");
    let Some(stick) = Mount::disk(&place, 2) else { return };
    let ran = export_refused(&paris, &place, &[]);
    assert!(ran.err.contains("no room is left for files/"), "{}", ran.err);
    assert!(ran.err.contains(text(&place)) && ran.err.contains("export again, which goes on from here"), "{}", ran.err);
    assert!(!place.join("manifest.sig").exists());
    let collected: CollectAnswer = paris.json(&["content", "collect"]);
    assert!(collected.files.is_empty(), "an archive that is being made needs them");

    stick.resize(16);
    let exported = export(&paris, &place, &[]);
    assert_eq!(exported.archive.carries.files, 2);
    let kerguelen = isolated(&paris);
    import(&kerguelen, &place, &[]);
    holds(&kerguelen, &[&first, &second]).await;
    let collected: CollectAnswer = paris.json(&["content", "collect"]);
    assert_eq!(collected.files.len(), 2, "nothing wants them any more");
}

#[tokio::test]
async fn an_import_that_does_not_fit_says_how_much_is_needed_before_it_begins() {
    let (made, file) = update("too large", 9_000_000);
    let paris = exporter(&made);
    let disk = tempfile::tempdir().unwrap();
    export(&paris, disk.path(), &[]);
    let kerguelen = Site::new();
    let Some(small) = Mount::disk(&kerguelen.data_dir(), 8) else { return };
    leaving(&kerguelen, 0);
    trust(&kerguelen, &paris);
    let ran = import_refused(&kerguelen, disk.path(), &[]).await;
    assert!(ran.err.contains("its content files need 9000000 bytes more"), "{}", ran.err);
    assert!(ran.err.contains("(putting its files into the content folder)"), "{}", ran.err);
    small.resize(64);
    import(&kerguelen, disk.path(), &[]);
    holds(&kerguelen, &[&file]).await;
}

#[tokio::test]
async fn an_import_leaves_as_much_free_as_downloads_do() {
    let (made, file) = update("fits but for the floor", 50_000);
    let paris = exporter(&made);
    let disk = tempfile::tempdir().unwrap();
    export(&paris, disk.path(), &[]);
    let kerguelen = isolated(&paris);
    leaving(&kerguelen, 1_048_576);
    let ran = import_refused(&kerguelen, disk.path(), &[]).await;
    assert!(ran.err.contains("content.disk_floor_mib leaves 1099511627776 alone"), "{}", ran.err);
    leaving(&kerguelen, 0);
    import(&kerguelen, disk.path(), &[]);
    holds(&kerguelen, &[&file]).await;
}

#[tokio::test]
async fn a_disk_that_fills_in_the_middle_of_a_content_file_takes_nothing_and_goes_on_once_there_is_room() {
    let (one, first) = update("first", 2_000_000);
    let (two, second) = update("second", 6_000_000);
    let paris = exporter(&[one, two].concat());
    let disk = tempfile::tempdir().unwrap();
    export(&paris, disk.path(), &[]);
    // Whether somebody else fills the disk behind the look at what is free and before the end is a matter of luck: the archive is
    // brought to new places until he does.
    for _ in 0..50 {
        let kerguelen = Site::new();
        let Some(_small) = Mount::disk(&kerguelen.data_dir(), 24) else { return };
        leaving(&kerguelen, 0);
        trust(&kerguelen, &paris);
        let before = state(&kerguelen).await;
        let filler = kerguelen.data_dir().join("filler");
        let ran = import_beside(&kerguelen, disk.path(), &filler);
        if ran.code == 0 {
            continue;
        }
        assert!(ran.err.contains("room") || ran.err.contains("disk"), "{}", ran.err);
        fs::remove_file(&filler).unwrap();
        assert_eq!(state(&kerguelen).await, before, "state is before or after, never between");
        import(&kerguelen, disk.path(), &[]);
        holds(&kerguelen, &[&first, &second]).await;
        return;
    }
    panic!("the disk never filled in time");
}

/// Imports while somebody writes all of the disk full as soon as a file begins to come.
fn import_beside(site: &Site, disk: &Path, filler: &Path) -> Ran {
    let folder = site.data_dir().join("content");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let filling = scope.spawn(|| {
            let filling = vec![0; 24 << 20];
            while !is_over.load(Ordering::Relaxed) && !files_below_if_any(&folder) {
                std::thread::yield_now();
            }
            fs::write(filler, filling)
        });
        let ran = site.run(&["archive", "import", text(disk)]);
        is_over.store(true, Ordering::Relaxed);
        assert!(filling.join().unwrap().is_err(), "there is less room than that");
        ran
    })
}

/// Whether a file of a folder has begun to come.
fn files_below_if_any(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => files_below_if_any(&entry.path()),
        Ok(metadata) => metadata.len() > 0,
        Err(_) => false,
    })
}

#[tokio::test]
async fn a_database_without_room_takes_nothing_of_an_archive() {
    let catalog: Vec<Made> = large(Shape { revisions: 1_500, ..Shape::default() }).map(|one| one.finish()).collect();
    let (made, file) = update("put first", 100_000);
    let paris = exporter(&made);
    let lines: Vec<String> = catalog.iter().map(|made| made.document.replace(['\r', '\n'], " ")).collect();
    paris.write("large.xml", lines.join("\n"));
    assert_eq!(paris.run(&["catalog", "import", "large.xml"]).code, 0);
    let disk = tempfile::tempdir().unwrap();
    export(&paris, disk.path(), &[]);

    let kerguelen = Site::new();
    let Some(_small) = Mount::disk(&kerguelen.data_dir(), 64) else { return };
    leaving(&kerguelen, 0);
    trust(&kerguelen, &paris);
    let filler = kerguelen.data_dir().join("filler");
    // All but one MiB.
    let free = free_bytes(&kerguelen);
    fs::write(&filler, vec![0; usize::try_from(free - (1 << 20)).unwrap()]).unwrap();
    let ran = import_refused(&kerguelen, disk.path(), &[]).await;
    assert!(ran.err.contains("(taking it into the catalog)"), "{}", ran.err);
    assert!(ran.err.contains("there is no room left for the database"), "{}", ran.err);
    fs::remove_file(&filler).unwrap();
    // Its files were put before, and are not taken from the disk again.
    let rows = kerguelen.store().await.content_rows().await.unwrap();
    let kept: Vec<_> = rows.iter().map(|row| (row.sha256, row.state.clone())).collect();
    assert_eq!(kept, [(file.sha256(), ContentState::Unjudged)], "no update says yet what it is");
    assert_eq!(import(&kerguelen, disk.path(), &[]).done.files, 0);
    same_catalog(&paris, &kerguelen).await;
    holds(&kerguelen, &[&file]).await;
}

fn free_bytes(site: &Site) -> u64 {
    let output =
        std::process::Command::new("df").args(["--output=avail", "-B1"]).arg(site.data_dir()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().last().unwrap().trim().parse().unwrap()
}
