//! Whose archive it is, and whether it comes next.

use std::fs;

use model::Sha256;
use trust::SigningKey;
use uuid::Uuid;

use super::support::{Estate, Exported, PARIS, base, chain, plan};
use crate::{Archive, LineageError, Link, OpenError, Plan, Signed};

fn exported(sequence: u64, follows: Option<&Exported>) -> Exported {
    Exported::with(&Estate::small(), Plan { follows: follows.map(base), ..plan() }, sequence)
}

fn link(exported: &Exported) -> Link {
    exported.open().unwrap().signed().as_link()
}

fn refusal(exported: &Exported, imported: &[Link]) -> LineageError {
    match exported.open_after(imported).err().unwrap() {
        OpenError::Lineage { source, .. } => source,
        other => panic!("refused for another reason: {other}"),
    }
}

#[test]
fn a_key_that_is_not_trusted_is_named_with_what_to_do() {
    let exported = exported(1, None);
    let folders = [exported.folder.path().to_owned()];
    let other = SigningKey::generate().verifying_key().fingerprint();
    let error = Archive::open(&folders, &[other], &[]).err().unwrap().to_string();
    let signer = exported.key.verifying_key().fingerprint();
    assert!(error.contains(&format!("with fingerprint {signer}")), "{error}");
    assert!(error.contains(&format!("`vanne archive trust {signer}`")), "{error}");
}

#[test]
fn a_signature_of_another_archive_does_not_hold() {
    let (one, two) = (exported(1, None), exported(2, None));
    fs::copy(two.path("manifest.sig"), one.path("manifest.sig")).unwrap();
    let error = one.open().err().unwrap();
    let signer = two.key.verifying_key().fingerprint();
    assert!(chain(&error).contains(&format!("manifest.json is not what the key with fingerprint {signer} signed")));
}

#[test]
fn an_archive_comes_next_after_the_one_it_follows() {
    let first = exported(3, None);
    let second = exported(4, Some(&first));
    let third = exported(9, Some(&second));
    let imported = [link(&first)];
    second.open_after(&imported).unwrap();
    let gap = refusal(&third, &imported);
    assert!(matches!(gap, LineageError::Gap { base: 4, .. }));
    assert!(gap.to_string().contains("import that one first, or export one without --since"), "{gap}");
    third.open_after(&[link(&first), Link { manifest: second.manifest.digest(), sequence: 4, server: PARIS }]).unwrap();
}

#[test]
fn an_archive_that_follows_an_earlier_one_again_is_taken() {
    let first = exported(1, None);
    let second = exported(2, Some(&first));
    let again = exported(3, Some(&first));
    let imported = [link(&first), Link { manifest: second.manifest.digest(), sequence: 2, server: PARIS }];
    again.open_after(&imported).unwrap();
}

#[test]
fn an_older_archive_is_refused_though_it_stands_by_itself() {
    let (old, new) = (exported(3, None), exported(4, None));
    let older = refusal(&old, &[link(&new)]);
    assert!(matches!(older, LineageError::Older { sequence: 3, last: 4, .. }));
    assert!(older.to_string().starts_with("archive 3 of Paris is older than archive 4"), "{older}");
}

#[test]
fn the_same_archive_is_not_imported_twice() {
    let exported = exported(3, None);
    let again = refusal(&exported, &[link(&exported)]);
    assert!(matches!(again, LineageError::Again { sequence: 3, .. }));
}

#[test]
fn a_number_that_was_given_twice_is_noticed() {
    let (one, other) = (exported(3, None), Exported::of(&Estate::default()));
    let twin = Link { sequence: 7, ..link(&one) };
    assert!(matches!(refusal(&other, &[twin]), LineageError::Twin { sequence: 7, .. }));
}

#[test]
fn archives_of_other_servers_do_not_matter() {
    let exported = exported(1, None);
    let other = Link { server: Uuid::from_u128(1), sequence: 99, manifest: Sha256::new([9; 32]) };
    exported.open_after(&[other]).unwrap();
}

#[test]
fn an_archive_that_is_gone_can_be_followed_as_long_as_its_manifest_is_there() {
    let first = exported(1, None);
    fs::remove_dir_all(first.path("parts")).unwrap();
    fs::remove_dir_all(first.path("files")).unwrap();
    let trusted = [first.key.verifying_key().fingerprint()];
    let signed = Signed::open(&[first.folder.path().to_owned()], &trusted).unwrap();
    assert_eq!(signed.as_base(PARIS).unwrap(), base(&first));
    assert_eq!(signed.manifest.mark, plan().mark);
}

#[test]
fn nothing_follows_an_archive_of_another_server_or_of_a_list_of_needs() {
    let limited = Exported::with(&Estate::small(), Plan { needs: Some(Sha256::new([1; 32])), ..plan() }, 1);
    let signed = limited.open().unwrap().signed().clone();
    let error = signed.as_base(PARIS).unwrap_err().to_string();
    assert!(error.contains("it was limited to a list of needs or to products; export without --since"), "{error}");
    let error = signed.as_base(Uuid::from_u128(1)).unwrap_err().to_string();
    assert!(error.contains("it was exported by Paris"), "{error}");
}
