//! Every single byte of small files, flipped: nothing of it is accepted together with the digest of the file.

use std::io::Cursor;

use authenticode::{Class, Outcome, Question, RevocationDemand, RevocationLists, Trust, examine};
use forge::compound::Item;
use forge::{Digest, Signing, cabinet, catalog, compound, image};
use model::Sha256;

use crate::estate::{ESTATE, question};

/// A small file of each form, by its name.
fn files(signing: &Signing<'_>, with_metadata: bool) -> [(&'static str, Vec<u8>); 4] {
    [
        ("image", image::sign(&image::image(true, &[100]), signing, false)),
        ("cabinet", cabinet::sign(&cabinet::cabinet(&[42; 60], true), signing)),
        ("installer", compound::sign(&[Item::Stream("A".to_owned(), vec![7; 70])], signing, with_metadata)),
        ("catalog", catalog::sign(&[(Digest::Sha256, vec![1; 32])], signing)),
    ]
}

/// Flips every byte of files that are accepted as they are.
fn flip(class: Class, files: &[(&str, Vec<u8>)]) {
    // Lists of revoked certificates lie beside the file: no byte of it changes what they say.
    let trust = Trust { policy: ESTATE.policy.clone(), revocation_lists: RevocationLists::new() };
    let ask = |expected| Question { expected, revocation: RevocationDemand::IfAtHand, ..question(class) };
    for (name, bytes) in files {
        let whole = examine(&mut Cursor::new(bytes)).unwrap();
        let expected: Option<Sha256> = Some(whole.sha256());
        // Or nothing below could fail.
        let verdict = trust.judge(&whole, &ask(expected));
        assert_eq!(verdict.outcome, Outcome::Accepted, "{name}: {:?}", verdict.reasons);
        let mut by_signature_alone = 0;
        let mut flipped = bytes.clone();
        for at in 0..bytes.len() {
            // Another bit each time.
            flipped[at] ^= 1 << (at % 8);
            let examination = examine(&mut Cursor::new(&flipped)).unwrap();
            if trust.judge(&examination, &ask(None)).outcome == Outcome::Accepted {
                by_signature_alone += 1;
                assert_ne!(trust.judge(&examination, &ask(expected)).outcome, Outcome::Accepted, "{name} at {at}");
            }
            flipped[at] = bytes[at];
        }
        // Checksums, and in a compound file names and what stands behind the ends of streams: what signatures leave open is little.
        let part = if *name == "installer" { 4 } else { 50 };
        assert!(by_signature_alone * part < bytes.len(), "{name}: {by_signature_alone} of {}", bytes.len());
    }
}

#[test]
fn no_flipped_byte_is_accepted_together_with_the_digest_of_the_file() {
    flip(Class::MsApp, &files(&ESTATE.publisher.signing(), false));
}

/// A file of one form with a signature within its signature: each is a test of its own, because each takes a while.
fn flip_nested(form: usize) {
    let publisher = &ESTATE.publisher;
    let files = files(&publisher.signing().with(publisher.signing()), false);
    flip(Class::MsApp, &files[form..=form]);
}

#[test]
fn no_flipped_byte_of_an_image_with_nested_signatures_is_accepted_together_with_its_digest() {
    flip_nested(0);
}

#[test]
fn no_flipped_byte_of_a_cabinet_with_nested_signatures_is_accepted_together_with_its_digest() {
    flip_nested(1);
}

#[test]
fn no_flipped_byte_of_an_installer_with_nested_signatures_is_accepted_together_with_its_digest() {
    flip_nested(2);
}

#[test]
fn no_flipped_byte_of_a_catalog_with_nested_signatures_is_accepted_together_with_its_digest() {
    flip_nested(3);
}

#[test]
fn no_flipped_byte_without_a_timestamp_is_accepted_together_with_the_digest_of_the_file() {
    // This class takes what is signed at a time that nobody attests.
    flip(Class::Definition, &files(&Signing::by(&ESTATE.publisher.signer), true));
}

#[test]
fn no_flipped_byte_of_an_image_with_digests_of_pages_is_accepted_together_with_the_digest_of_the_file() {
    let signed = image::sign(&image::image(false, &[100, 50]), &ESTATE.publisher.signing(), true);
    flip(Class::MsApp, &[("pages", signed)]);
}
