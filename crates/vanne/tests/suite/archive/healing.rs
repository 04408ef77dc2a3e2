//! An archive that was imported puts back what was lost here since.

use std::fs;
use std::path::PathBuf;

use testkit::documents::MadeFile;

use super::{export, exporter, holds, import, isolated, text, update};
use crate::harness::Site;

fn kept(site: &Site, file: &MadeFile) -> PathBuf {
    let digest = file.sha256().to_string();
    site.data_dir().join("content/files").join(&digest[..2]).join(&digest)
}

#[tokio::test]
async fn a_known_archive_puts_back_files_that_were_lost_or_damaged_and_says_which() {
    let (one, first) = update("lost", 30_000);
    let (two, second) = update("damaged", 40_000);
    let (three, third) = update("sound", 50_000);
    let paris = exporter(&[one, two, three].concat());
    let disk = tempfile::tempdir().unwrap();
    export(&paris, disk.path(), &[]);
    let kerguelen = isolated(&paris);
    import(&kerguelen, disk.path(), &[]);
    let again = import(&kerguelen, disk.path(), &[]);
    assert!(again.is_known && again.done.files == 0, "{again:?}");

    fs::remove_file(kept(&kerguelen, &first)).unwrap();
    let mut bytes = second.bytes.to_vec();
    bytes[20_000] ^= 1;
    fs::write(kept(&kerguelen, &second), bytes).unwrap();
    let ran = kerguelen.run(&["archive", "import", text(disk.path())]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("2 content files") && ran.out.contains("are back"), "{}", ran.out);
    assert!(ran.out.contains("lost.cab") && ran.out.contains("damaged.cab"), "{}", ran.out);
    assert!(!ran.out.contains("sound.cab"), "{}", ran.out);
    holds(&kerguelen, &[&first, &second, &third]).await;
    assert_eq!(import(&kerguelen, disk.path(), &[]).done.files, 0);

    // What is damaged on the disk as well heals nothing.
    fs::remove_file(kept(&kerguelen, &third)).unwrap();
    let digest = third.sha256().to_string();
    let part = disk.path().join("files").join(&digest[..2]).join(&digest);
    let mut bytes = fs::read(&part).unwrap();
    bytes[0] ^= 1;
    fs::write(&part, bytes).unwrap();
    let ran = kerguelen.run(&["archive", "import", text(disk.path())]);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("(putting back what was lost here)"), "{}", ran.err);
    assert!(!kept(&kerguelen, &third).exists());
}
