//! What happens to disks: bits flip, files go missing, get other names, or are not files.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt as _, symlink};

use super::support::{Estate, Exported, carried, files_below, noise, verify};
use crate::{Archive, OpenError};

#[test]
fn a_flipped_bit_in_any_byte_of_any_file_is_refused() {
    let exported = Exported::of(&Estate::small());
    let mut flipped = 0;
    for name in files_below(exported.folder.path()) {
        let path = exported.folder.path().join(&name);
        let sound = fs::read(&path).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        for index in 0..sound.len() {
            // One bit of each byte, another one each time; `signature` and `manifest` flip all of theirs.
            file.write_all_at(&[sound[index] ^ (1 << (index % 8))], index as u64).unwrap();
            let refused = exported.open().map_err(drop).and_then(|archive| verify(archive).map_err(drop));
            assert!(refused.is_err(), "byte {index} of {} was flipped", name.display());
            file.write_all_at(&sound[index..=index], index as u64).unwrap();
            flipped += 1;
        }
    }
    assert!(flipped > 1000);
    verify(exported.open().unwrap()).unwrap();
}

#[test]
fn every_missing_file_is_named() {
    let exported = Exported::of(&Estate::in_parts());
    for name in files_below(exported.folder.path()) {
        let path = exported.folder.path().join(&name);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let refusal = exported.refusal();
        let file = name.file_name().unwrap().to_str().unwrap();
        assert!(refusal.contains(file) && refusal.contains("is missing"), "{refusal}");
        assert!(refusal.contains(exported.folder.path().to_str().unwrap()), "{refusal}");
        fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn several_missing_parts_are_counted() {
    let exported = Exported::of(&Estate::in_parts());
    fs::remove_dir_all(exported.path("files")).unwrap();
    let refusal = exported.refusal();
    assert!(refusal.contains("more parts are missing too"), "{refusal}");
}

#[test]
fn every_shortened_or_lengthened_part_is_named_with_its_sizes() {
    let exported = Exported::of(&Estate::in_parts());
    for name in files_below(exported.folder.path()).iter().filter(|name| name.components().count() > 1) {
        let path = exported.folder.path().join(name);
        let bytes = fs::read(&path).unwrap();
        let longer = [&bytes[..], b"x"].concat();
        fs::write(&path, &longer).unwrap();
        let refusal = exported.refusal();
        assert!(refusal.contains(&format!("has {} bytes", longer.len())), "{refusal}");
        assert!(refusal.contains("copy it again"), "{refusal}");
        fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn a_damaged_part_is_named_with_what_to_do() {
    let exported = Exported::of(&Estate::in_parts());
    for name in files_below(exported.folder.path()).iter().filter(|name| name.components().count() > 1) {
        let path = exported.folder.path().join(name);
        let mut bytes = fs::read(&path).unwrap();
        let Some(middle) = bytes.len().checked_sub(1).map(|last| last / 2) else { continue };
        bytes[middle] ^= 0x10;
        fs::write(&path, &bytes).unwrap();
        let refusal = exported.refusal();
        let part = name.file_name().unwrap().to_str().unwrap();
        assert!(refusal.starts_with(&format!("part {part} of the archive in ")), "{refusal}");
        assert!(refusal.contains("is damaged") && refusal.contains("copy it again"), "{refusal}");
        bytes[middle] ^= 0x10;
        fs::write(&path, &bytes).unwrap();
    }
}

#[test]
fn parts_that_changed_their_names_are_told_apart() {
    let exported = Exported::of(&Estate { files: vec![noise(1, 100), noise(2, 100)], ..Estate::default() });
    let [one, two] = [1, 2].map(|seed| carried(&noise(seed, 100)).sha256);
    let [path_one, path_two] =
        [one, two].map(|name| exported.path(&format!("files/{:02x}/{name}", name.as_bytes()[0])));
    fs::rename(&path_one, exported.path("aside")).unwrap();
    fs::rename(&path_two, &path_one).unwrap();
    fs::rename(exported.path("aside"), &path_two).unwrap();
    let refusal = exported.refusal();
    assert!(refusal.contains(&format!("part {} of the archive", one.min(two))), "{refusal}");
    assert!(refusal.contains(&format!("holds what part {} should: it was renamed", one.max(two))), "{refusal}");
}

#[test]
fn sec_p6_a_link_in_the_place_of_a_part_is_not_followed() {
    let exported = Exported::of(&Estate::in_parts());
    for name in files_below(exported.folder.path()) {
        let path = exported.folder.path().join(&name);
        fs::rename(&path, exported.path("aside")).unwrap();
        symlink(exported.path("aside"), &path).unwrap();
        let refusal = exported.refusal();
        assert!(refusal.contains("is a link, a folder or a device in the place of"), "{refusal}");
        assert!(refusal.contains("copy the file itself"), "{refusal}");
        fs::rename(exported.path("aside"), &path).unwrap();
    }
}

#[test]
fn a_link_in_the_place_of_a_folder_is_not_followed() {
    for folder in ["parts", "files"] {
        let exported = Exported::of(&Estate::small());
        fs::rename(exported.path(folder), exported.path("aside")).unwrap();
        symlink("aside", exported.path(folder)).unwrap();
        let refusal = exported.refusal();
        assert!(refusal.contains("is a link, a folder or a device"), "{refusal}");
    }
}

#[test]
fn a_folder_or_a_pipe_in_the_place_of_a_part_is_refused_at_once() {
    let exported = Exported::of(&Estate::small());
    let path = exported.path("parts/metadata-00001.zst");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(exported.refusal().contains("is a link, a folder or a device"));
    fs::remove_dir(&path).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::from(0o600), 0).unwrap();
    assert!(exported.refusal().contains("is a link, a folder or a device"));
}

#[test]
fn a_copy_of_the_wrong_length_on_one_disk_does_not_hide_the_right_one_on_another() {
    let exported = Exported::of(&Estate::small());
    let other = tempfile::tempdir().unwrap();
    fs::create_dir(other.path().join("parts")).unwrap();
    fs::write(other.path().join("parts/metadata-00001.zst"), b"cut short").unwrap();
    let folders = [other.path().to_owned(), exported.folder.path().to_owned()];
    let archive = Archive::open(&folders, &[exported.key.verifying_key().fingerprint()], &[]).unwrap();
    verify(archive).unwrap();
}

#[test]
fn folders_of_two_archives_are_not_one() {
    let one = Exported::of(&Estate::small());
    let other = Exported::of(&Estate::in_parts());
    let folders = [one.folder.path().to_owned(), other.folder.path().to_owned()];
    let error = Archive::open(&folders, &[one.key.verifying_key().fingerprint()], &[]).err().unwrap();
    assert!(matches!(error, OpenError::Mixed { .. }), "{error}");
}

#[test]
fn a_folder_without_an_archive_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = Archive::open(&[folder.path().to_owned()], &[], &[]).err().unwrap();
    assert!(error.to_string().starts_with("there is no archive in /"), "{error}");
    let error = Archive::open(&[folder.path().join("nowhere")], &[], &[]).err().unwrap();
    assert!(error.to_string().starts_with("could not open the folder"), "{error}");
    let error = Archive::open(&[], &[], &[]).err().unwrap();
    assert!(matches!(error, OpenError::NoArchive { .. }), "{error}");
}
