//! Exports that are cut short at every step, as by a power cut or a full disk.

use std::fs;
use std::io;
use std::path::Path;

use model::{ChangeMark, Timestamp};
use trust::SigningKey;

use super::failing::Failing;
use super::support::{Estate, carried, document, export_on, files_below, noise, plan, read, verify};
use crate::{Archive, Carried, Export, ExportError, OpenError, Plan};

/// The archive in `folder` is the one of `estate`, and nothing is left beside it.
fn assert_holds(folder: &Path, key: &SigningKey, estate: &Estate) {
    let trusted = [key.verifying_key().fingerprint()];
    let verified = verify(Archive::open(&[folder.to_owned()], &trusted, &[]).unwrap()).unwrap();
    assert_eq!(read(&verified).unwrap(), estate.clone().sorted());
    let partial: Vec<_> =
        files_below(folder).into_iter().filter(|name| name.to_string_lossy().contains("partial")).collect();
    assert!(partial.is_empty(), "{partial:?}");
}

#[test]
fn an_export_cut_short_at_any_step_is_no_archive_and_can_be_ended() {
    let estate = Estate::in_parts();
    let key = SigningKey::generate();
    for steps in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let medium = Failing::after(steps, io::ErrorKind::Other);
        let first = export_on(medium.clone(), folder.path(), plan(), &estate, &key, 7);
        let trusted = [key.verifying_key().fingerprint()];
        let opened = Archive::open(&[folder.path().to_owned()], &trusted, &[]);
        match first {
            // Only the folder was not synced, or the journal stayed: the archive may be there.
            Err(_) if opened.is_ok() => assert_holds(folder.path(), &key, &estate),
            Err(_) => {
                assert!(
                    matches!(opened.err().unwrap(), OpenError::NoArchive { .. } | OpenError::Unfinished { .. }),
                    "cut short after {steps} steps"
                );
                export_on(Failing::never(), folder.path(), plan(), &estate, &key, 7).unwrap();
                assert_holds(folder.path(), &key, &estate);
            }
            Ok(_) => {
                assert_holds(folder.path(), &key, &estate);
                assert!(steps > 60, "an export of this estate takes more than {steps} steps");
                return;
            }
        }
    }
}

#[test]
fn an_export_that_is_cut_short_again_and_again_comes_to_its_end() {
    let estate = Estate::in_parts();
    let key = SigningKey::generate();
    let folder = tempfile::tempdir().unwrap();
    // Enough for a part or two each time.
    let runs = (0..100)
        .take_while(|_| {
            export_on(Failing::after(25, io::ErrorKind::Other), folder.path(), plan(), &estate, &key, 7).is_err()
        })
        .count();
    // What has to be done at the end takes more than that.
    assert_eq!(runs, 100);
    let last = Failing::never();
    export_on(last.clone(), folder.path(), plan(), &estate, &key, 7).unwrap();
    let parts: Vec<_> = last.created().into_iter().filter(|path| path.to_string_lossy().contains("files/")).collect();
    assert!(parts.is_empty(), "content was written again: {parts:?}");
    assert_holds(folder.path(), &key, &estate);
}

/// An export that was cut short before its manifest.
fn unfinished(folder: &Path, plan: Plan, estate: &Estate) {
    let mut export = Export::begin(folder, plan).unwrap();
    estate.documents.iter().for_each(|document| export.document(document).unwrap());
    for bytes in &estate.files {
        export.file(carried(bytes), || Ok(&bytes[..])).unwrap();
    }
}

#[test]
fn what_is_finished_is_read_again_and_not_written_again() {
    let estate = Estate::in_parts();
    let key = SigningKey::generate();
    let folder = tempfile::tempdir().unwrap();
    unfinished(folder.path(), plan(), &estate);
    let finished = files_below(folder.path());
    let again = Failing::never();
    export_on(again.clone(), folder.path(), plan(), &estate, &key, 7).unwrap();
    let created = again.created();
    let parts =
        finished.iter().filter(|name| name.components().count() > 1 && name.extension() != Some("partial".as_ref()));
    // Of the documents, all parts but the last were ended; of the files, all were.
    assert!(parts.clone().count() > 9, "{finished:?}");
    for part in parts {
        let partial = format!("{}.partial", folder.path().join(part).display());
        assert!(!created.contains(&partial.into()), "{} is written again", part.display());
    }
    assert!(created.len() < 8, "{created:?}");
    assert_holds(folder.path(), &key, &estate);
}

#[test]
fn what_was_damaged_meanwhile_is_written_again() {
    let estate = Estate::in_parts();
    let key = SigningKey::generate();
    for damage in [|_: &[u8]| Vec::new(), |bytes: &[u8]| bytes.iter().map(|byte| byte ^ 1).collect::<Vec<u8>>()] {
        let folder = tempfile::tempdir().unwrap();
        unfinished(folder.path(), plan(), &estate);
        for name in files_below(folder.path()) {
            let path = folder.path().join(name);
            fs::write(&path, damage(&fs::read(&path).unwrap())).unwrap();
        }
        export_on(Failing::never(), folder.path(), plan(), &estate, &key, 7).unwrap();
        assert_holds(folder.path(), &key, &estate);
    }
}

#[test]
fn a_file_whose_first_pieces_were_finished_goes_on_with_the_next() {
    let bytes = noise(5, 150_000);
    let folder = tempfile::tempdir().unwrap();
    let mut export = Export::begin(folder.path(), plan()).unwrap();
    let cut = io::Read::chain(&bytes[..130_000], Cut);
    assert!(export.file(carried(&bytes), || Ok(cut)).is_err());
    drop(export);
    let medium = Failing::never();
    let mut export = Export::begin_on(medium.clone(), folder.path(), plan()).unwrap();
    assert_eq!(export.file(carried(&bytes), || Ok(&bytes[..])).unwrap(), Carried::Written);
    let [third] = &medium.created()[..] else { panic!("one piece is missing: {:?}", medium.created()) };
    assert!(third.to_string_lossy().ends_with("-00003.partial"));
    let key = SigningKey::generate();
    export.finish(&key, 1, Timestamp::UNIX_EPOCH).unwrap();
    assert_holds(folder.path(), &key, &Estate { files: vec![bytes], ..Estate::default() });
}

/// A source that fails.
struct Cut;

impl io::Read for Cut {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

#[test]
fn with_another_plan_documents_are_written_anew_and_files_are_kept() {
    let estate = Estate::in_parts();
    let key = SigningKey::generate();
    let folder = tempfile::tempdir().unwrap();
    unfinished(folder.path(), plan(), &estate);
    let fewer =
        Estate { documents: vec![document(9, "<Update>nine</Update>")], files: estate.files[1..].to_vec(), ..estate };
    let later = Plan { mark: ChangeMark(43), ..plan() };
    let medium = Failing::never();
    export_on(medium.clone(), folder.path(), later, &fewer, &key, 8).unwrap();
    assert!(!medium.created().iter().any(|path| path.to_string_lossy().contains("files/")));
    assert_holds(folder.path(), &key, &fewer);
    let gone = carried(&estate_first_file()).sha256;
    assert!(
        !files_below(folder.path()).iter().any(|name| name.ends_with(gone.to_string())),
        "it belongs to no archive"
    );
}

fn estate_first_file() -> Vec<u8> {
    Estate::in_parts().files[0].clone()
}

#[test]
fn other_documents_under_the_same_plan_are_noticed_and_written_anew_next_time() {
    let estate = Estate::in_parts();
    let key = SigningKey::generate();
    let folder = tempfile::tempdir().unwrap();
    unfinished(folder.path(), plan(), &estate);
    let mut other = estate.clone();
    other.documents[0] = document(1, "<Update>eno</Update>");
    let error = export_on(Failing::never(), folder.path(), plan(), &other, &key, 7).unwrap_err();
    assert!(matches!(error, ExportError::Changed { .. }), "{error}");
    export_on(Failing::never(), folder.path(), plan(), &other, &key, 7).unwrap();
    assert_holds(folder.path(), &key, &other);
}

#[test]
fn fewer_documents_under_the_same_plan_are_noticed_too() {
    let estate = Estate::in_parts();
    let key = SigningKey::generate();
    let folder = tempfile::tempdir().unwrap();
    unfinished(folder.path(), plan(), &estate);
    let fewer = Estate { documents: estate.documents[..1].to_vec(), ..estate };
    let error = export_on(Failing::never(), folder.path(), plan(), &fewer, &key, 7).unwrap_err();
    assert!(matches!(error, ExportError::Changed { .. }), "{error}");
    export_on(Failing::never(), folder.path(), plan(), &fewer, &key, 7).unwrap();
    assert_holds(folder.path(), &key, &fewer);
}

#[test]
fn a_full_disk_is_named_at_every_step_with_what_to_do() {
    let estate = Estate::small();
    let key = SigningKey::generate();
    for steps in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let medium = Failing::after(steps, io::ErrorKind::StorageFull);
        let Err(error) = export_on(medium, folder.path(), plan(), &estate, &key, 7) else { return };
        assert!(error.is_full(), "after {steps} steps: {error}");
        let text = error.to_string();
        assert!(text.starts_with("no room is left for ") && text.contains("export again"), "{text}");
        assert!(text.contains(folder.path().to_str().unwrap()), "{text}");
    }
}

#[test]
fn a_part_that_the_file_system_does_not_take_asks_for_a_smaller_split() {
    let folder = tempfile::tempdir().unwrap();
    let medium = Failing::after(9, io::ErrorKind::FileTooLarge);
    let error = export_on(medium, folder.path(), plan(), &Estate::in_parts(), &SigningKey::generate(), 7).unwrap_err();
    assert!(error.to_string().contains("smaller --split, such as 4G"), "{error}");
}

#[test]
fn nothing_is_added_after_a_disk_failed() {
    let folder = tempfile::tempdir().unwrap();
    let medium = Failing::after(6, io::ErrorKind::StorageFull);
    let mut export = Export::begin_on(medium, folder.path(), plan()).unwrap();
    let bytes = noise(1, 1000);
    let error = (0..10).find_map(|_| export.file(carried(&bytes), || Ok(&bytes[..])).err()).unwrap();
    assert!(error.is_full());
    let again = export.document(&document(1, "x")).unwrap_err();
    assert!(matches!(again, ExportError::Broken { .. }), "{again}");
    let end = export.finish(&SigningKey::generate(), 1, Timestamp::UNIX_EPOCH).unwrap_err();
    assert!(matches!(end, ExportError::Broken { .. }), "{end}");
}
