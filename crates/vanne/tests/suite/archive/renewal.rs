//! A server signs with a new key, and those who trust the old one learn it.

use std::fs;
use std::path::{Path, PathBuf};

use server::admin::api::{ArchiveKey, TrustedKey};

use super::{export, exporter, import, import_refused, isolated, take, text, trust, update};
use crate::harness::Site;

fn trusted(site: &Site) -> Vec<String> {
    let keys: Vec<TrustedKey> = site.json(&["archive", "trust", "--list"]);
    keys.iter().map(|key| key.fingerprint.to_string()).collect()
}

/// Changes a byte of the documents of an archive; the file, and what it had.
fn damage(archive: &Path) -> (PathBuf, Vec<u8>) {
    let part = archive.join("parts/metadata-00001.zst");
    let sound = fs::read(&part).unwrap();
    let mut bytes = sound.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&part, bytes).unwrap();
    (part, sound)
}

#[tokio::test]
async fn whoever_trusts_the_old_key_learns_the_new_one_once_and_is_told() {
    let paris = exporter(&update("first", 10_000).0);
    let (old, kerguelen) = (paris.json::<ArchiveKey>(&["archive", "key"]).fingerprint.to_string(), isolated(&paris));
    let disk = tempfile::tempdir().unwrap();
    export(&paris, disk.path(), &[]);
    import(&kerguelen, disk.path(), &[]);
    // Twice: what lies between is passed over.
    paris.json::<ArchiveKey>(&["archive", "key", "--renew"]);
    let new = paris.json::<ArchiveKey>(&["archive", "key", "--renew"]).fingerprint.to_string();
    assert_ne!(new, old);
    assert_eq!(paris.json::<ArchiveKey>(&["archive", "key"]).fingerprint.to_string(), new);

    take(&paris, &update("second", 10_000).0);
    let next = tempfile::tempdir().unwrap();
    // What the old key signed is this server's own as before.
    export(&paris, next.path(), &["--since", text(disk.path())]);
    let checked = import(&kerguelen, next.path(), &["--verify-only"]);
    assert_eq!(checked.learned.map(|key| key.fingerprint.to_string()), Some(new.clone()), "a check tells it");
    assert_eq!(trusted(&kerguelen), std::slice::from_ref(&old), "and changes nothing");
    // Nor does an archive teach anything that is not what was signed.
    let damaged = damage(next.path());
    let ran = import_refused(&kerguelen, next.path(), &[]).await;
    assert!(ran.err.contains("(reading its parts)"), "{}", ran.err);
    assert_eq!(trusted(&kerguelen), std::slice::from_ref(&old));
    fs::write(&damaged.0, damaged.1).unwrap();
    let ran = kerguelen.run(&["archive", "import", text(next.path())]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains(&format!("signs with a new key, {new}")) && ran.out.contains("are new"), "{}", ran.out);
    assert_eq!(trusted(&kerguelen), [old.clone(), new.clone()]);
    assert_eq!(import(&kerguelen, next.path(), &[]).learned, None, "it is known");

    // One that was removed stays so, whoever vouches for it, until it is trusted by hand.
    assert_eq!(kerguelen.run(&["archive", "trust", &new, "--remove"]).code, 0);
    let third = tempfile::tempdir().unwrap();
    export(&paris, third.path(), &["--since", text(next.path())]);
    let ran = import_refused(&kerguelen, third.path(), &[]).await;
    assert!(ran.err.contains(&new), "{}", ran.err);
    assert_eq!(trusted(&kerguelen), std::slice::from_ref(&old));
    trust(&kerguelen, &paris);
    assert_eq!(import(&kerguelen, third.path(), &[]).learned, None);

    // Where the old one is trusted no longer, it vouches for nobody.
    let stranger = isolated(&paris);
    assert_eq!(stranger.run(&["archive", "trust", &new, "--remove"]).code, 0);
    let whole = tempfile::tempdir().unwrap();
    export(&paris, whole.path(), &[]);
    let ran = import_refused(&stranger, whole.path(), &[]).await;
    assert!(ran.err.contains(&new), "{}", ran.err);
    trust(&stranger, &paris);
    assert_eq!(import(&stranger, whole.path(), &[]).learned, None);
}
