use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use model::Sha256;
use proptest::prelude::*;
use trust::SigningKey;

use super::support::{
    Estate, Exported, carried, document, export_on, files_below, noise, plan, read, read_file, verify,
};
use crate::export::medium::Disk;
use crate::{Archive, Carried, Carries, Export, ExportError, Location, Plan, ReadError};

#[test]
fn sec_p7_what_was_exported_is_what_is_read() {
    let exported = Exported::of(&Estate::in_parts());
    let archive = exported.open().unwrap();
    assert_eq!(*archive.manifest(), exported.manifest);
    assert_eq!(read(&verify(archive).unwrap()).unwrap(), Estate::in_parts().sorted());
    let expected = Carries {
        documents: 4,
        groups: 1,
        approvals: 1,
        declines: 1,
        eulas: 1,
        locations: 1,
        keys: 1,
        lists: 1,
        files: 5,
        file_bytes: 14 + 150_000 + 61_440 + 61_441,
    };
    assert_eq!(exported.manifest.carries, expected);
}

#[test]
fn an_archive_of_nothing_is_one() {
    let exported = Exported::of(&Estate::default());
    let verified = verify(exported.open().unwrap()).unwrap();
    assert_eq!(read(&verified).unwrap(), Estate::default());
    assert!(verified.decisions().unwrap().is_some(), "nothing is decided there, and the archive says so");
}

#[test]
fn decisions_stay_at_home_unless_the_plan_has_them() {
    let exported = Exported::with(&Estate::small(), Plan { decisions: false, ..plan() }, 1);
    assert!(verify(exported.open().unwrap()).unwrap().decisions().unwrap().is_none());
    let folder = tempfile::tempdir().unwrap();
    let mut export = Export::begin(folder.path(), Plan { decisions: false, ..plan() }).unwrap();
    let error = export.decision(&Estate::small().decisions[0]).unwrap_err();
    assert!(matches!(error, ExportError::WithoutDecisions { .. }));
}

#[test]
fn only_what_belongs_to_an_archive_is_left_behind() {
    let exported = Exported::of(&Estate::in_parts());
    let files = files_below(exported.folder.path());
    let in_pieces = carried(&noise(5, 150_000)).sha256;
    let piece = format!("files/{:02x}/{in_pieces}-00003", in_pieces.as_bytes()[0]);
    for name in ["manifest.json", "manifest.sig", "parts/metadata-00003.zst", "parts/contents-00001.zst", &piece] {
        assert!(files.contains(&name.into()), "{name} is among {files:?}");
    }
    assert!(!files.iter().any(|file| file.ends_with("journal.jsonl") || file.to_string_lossy().contains("partial")));
}

#[test]
fn no_part_is_as_long_as_the_split() {
    let exported = Exported::of(&Estate::in_parts());
    for file in files_below(exported.folder.path()) {
        let length = fs::metadata(exported.folder.path().join(&file)).unwrap().len();
        assert!(length < 64 << 10, "{} has {length} bytes", file.display());
    }
}

#[test]
fn zstd_alone_unpacks_the_parts_of_a_stream() {
    let exported = Exported::of(&Estate::small());
    let unpacked = zstd::decode_all(fs::File::open(exported.path("parts/metadata-00001.zst")).unwrap()).unwrap();
    assert!(unpacked.ends_with(b"<Update>two</Update>"));
    assert_eq!(unpacked.len() as u64, exported.manifest.streams.metadata.raw_bytes);
}

#[test]
fn an_archive_may_lie_on_several_disks() {
    let exported = Exported::of(&Estate::in_parts());
    let disks = [(); 3].map(|()| tempfile::tempdir().unwrap());
    for (index, file) in files_below(exported.folder.path()).iter().enumerate() {
        let target = disks[index % disks.len()].path().join(file);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(exported.folder.path().join(file), target).unwrap();
    }
    let trusted = [exported.key.verifying_key().fingerprint()];
    let folders = disks.each_ref().map(|disk| disk.path().to_owned());
    let archive = Archive::open(&folders, &trusted, &[]).unwrap();
    assert_eq!(read(&verify(archive).unwrap()).unwrap(), Estate::in_parts().sorted());
    let error = Archive::open(&folders[..1], &trusted, &[]).err().unwrap().to_string();
    assert!(error.contains("is missing"), "{error}");
}

#[test]
fn verifying_tells_how_far_it_is_and_can_be_broken_off() {
    let exported = Exported::of(&Estate::in_parts());
    let mut last = None;
    exported
        .open()
        .unwrap()
        .verify(|progress| {
            assert!(last.is_none_or(|before: crate::Progress| before.bytes_done < progress.bytes_done));
            last = Some(progress);
            ControlFlow::Continue(())
        })
        .unwrap();
    let last = last.unwrap();
    assert_eq!(last.bytes_done, last.bytes_total);
    let error = exported.open().unwrap().verify(|_| ControlFlow::Break(())).err().unwrap();
    assert!(matches!(error, ReadError::BrokenOff { .. }));
}

#[test]
fn a_finished_archive_is_not_written_over() {
    let exported = Exported::of(&Estate::small());
    let error = Export::begin(exported.folder.path(), plan()).err().unwrap();
    assert!(matches!(error, ExportError::Finished { .. }), "{error}");
}

#[test]
fn two_exports_do_not_write_to_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Export::begin(folder.path(), plan()).unwrap();
    let error = Export::begin(folder.path(), plan()).err().unwrap();
    assert!(matches!(error, ExportError::Busy { .. }), "{error}");
}

#[test]
fn a_file_that_is_not_what_it_should_be_is_left_out_and_the_export_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut export = Export::begin(folder.path(), plan()).unwrap();
    let good = noise(1, 150_000);
    for (bad, says) in [
        (noise(2, 150_000), "it has SHA-256"),
        (noise(1, 149_999), "it ends after 149999 of 150000 bytes"),
        (noise(1, 150_001), "it is longer than 150000 bytes"),
    ] {
        let error = export.file(carried(&good), || Ok(&bad[..])).unwrap_err();
        assert!(error.is_of_one_item() && error.to_string().contains(says), "{error}");
    }
    let missing = export.file(carried(&good), || Err::<&[u8], _>(std::io::ErrorKind::NotFound.into())).unwrap_err();
    assert!(missing.is_of_one_item());
    let mut other_sha1 = carried(&good);
    other_sha1.sha1 = carried(b"other").sha1;
    assert!(export.file(other_sha1, || Ok(&good[..])).unwrap_err().to_string().contains("it has SHA-1"));
    assert_eq!(export.file(carried(&good), || Ok(&good[..])).unwrap(), Carried::Written);
    assert_eq!(export.file(carried(&good), || Ok(&good[..])).unwrap(), Carried::Already);
    let bad_url = Location::Url { sha1: carried(b"").sha1, url: "file:///etc/passwd".to_owned() };
    assert!(export.location(&bad_url).unwrap_err().is_of_one_item());
    let key = SigningKey::generate();
    assert_eq!(export.finish(&key, 1, model::Timestamp::UNIX_EPOCH).unwrap().carries.files, 1);
}

#[test]
fn a_file_in_too_many_pieces_asks_for_a_larger_split() {
    let folder = tempfile::tempdir().unwrap();
    let mut export = Export::begin(folder.path(), plan()).unwrap();
    let file = crate::CarriedFile { sha256: Sha256::new([1; 32]), sha1: carried(b"").sha1, size: 61_440 * 10_000 + 1 };
    let error = export.file(file, || Ok(&b""[..])).unwrap_err();
    assert!(
        matches!(error, ExportError::SplitTooSmall { .. }) && error.to_string().contains("larger --split"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_not_carried_is_not_opened() {
    let exported = Exported::of(&Estate::small());
    let verified = verify(exported.open().unwrap()).unwrap();
    let error = verified.open_file(&Sha256::new([3; 32])).err().unwrap();
    assert!(matches!(error, ReadError::NoFile { .. }));
}

#[test]
fn a_disk_that_changes_behind_verification_is_noticed_while_it_is_read() {
    let exported = Exported::of(&Estate::in_parts());
    let verified = verify(exported.open().unwrap()).unwrap();
    let file = carried(&noise(5, 150_000));
    for name in files_below(exported.folder.path()) {
        let path = exported.folder.path().join(name);
        let mut bytes = fs::read(&path).unwrap();
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        fs::write(&path, bytes).unwrap();
    }
    assert!(verified.documents().unwrap().any(|document| matches!(document, Err(ReadError::Part(_)))));
    let error = read_file(&verified, &file).unwrap_err();
    assert!(error.to_string().contains("is damaged"), "{error}");
}

fn documents() -> impl Strategy<Value = Vec<crate::Document>> {
    let body = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        (any::<u32>(), 0..200_000_usize).prop_map(|(seed, length)| noise(seed, length)),
        (any::<u8>(), 0..500_000_usize).prop_map(|(byte, length)| vec![byte; length]),
    ];
    proptest::collection::vec((any::<u32>(), body).prop_map(|(number, body)| document(number, body)), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_estate_survives_any_split(
        documents in documents(),
        files in proptest::collection::vec((any::<u32>(), 0..200_000_usize), 0..4),
        split in (64_u64 << 10)..300_000,
    ) {
        let mut files: Vec<Vec<u8>> = files.into_iter().map(|(seed, length)| noise(seed, length)).collect();
        files.sort_by_key(|bytes| carried(bytes).sha256);
        files.dedup();
        let estate = Estate { documents, files, ..Estate::small() };
        let plan = Plan { split: crate::Split::below(split).unwrap(), ..plan() };
        let exported = Exported::with(&estate, plan, 1);
        prop_assert_eq!(read(&verify(exported.open().unwrap()).unwrap()).unwrap(), estate);
        for file in files_below(exported.folder.path()) {
            prop_assert!(fs::metadata(exported.folder.path().join(file)).unwrap().len() < split);
        }
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let key = SigningKey::generate();
    let error =
        export_on(Arc::new(Disk), Path::new("/dev/null/archive"), plan(), &Estate::small(), &key, 1).unwrap_err();
    assert!(error.to_string().starts_with("could not create the folder"), "{error}");
}
