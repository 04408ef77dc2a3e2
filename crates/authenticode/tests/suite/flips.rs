//! Every single byte of small files, flipped: nothing of it is accepted together with the digest of the file.

use std::io::Cursor;

use authenticode::{Class, Outcome, Question, examine};
use forge::compound::Item;
use forge::{Digest, Signing, cabinet, catalog, compound, image};
use model::Sha256;

use crate::estate::{ESTATE, question};

#[test]
fn no_flipped_byte_is_accepted_together_with_the_digest_of_the_file() {
    let publisher = &ESTATE.publisher;
    let trust = ESTATE.trust(&[]);
    let nested = || publisher.signing().with(publisher.signing());
    let plain = || publisher.signing();
    let bare = || Signing::by(&publisher.signer);
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let ways: [(&str, &dyn Fn() -> Signing<'static>); 3] = [("plain", &plain), ("nested", &nested), ("bare", &bare)];
    for (way, signing) in ways {
        let mut add = |form: &str, bytes| files.push((format!("{way} {form}"), bytes));
        add("image", image::sign(&image::image(true, &[100]), &signing(), false));
        add("cabinet", cabinet::sign(&cabinet::cabinet(&[42; 60], true), &signing()));
        add("installer", compound::sign(&[Item::Stream("A".to_owned(), vec![7; 70])], &signing(), way == "bare"));
        add("catalog", catalog::sign(&[(Digest::Sha256, vec![1; 32])], &signing()));
    }
    let pages = image::sign(&image::image(false, &[100, 50]), &plain(), true);
    files.push(("pages".to_owned(), pages));
    assert!(files.len() >= 12);
    for (name, bytes) in files {
        let whole = |bytes: &[u8]| examine(&mut Cursor::new(bytes)).unwrap().sha256();
        let expected: Option<Sha256> = Some(whole(&bytes));
        let mut by_signature_alone = 0;
        let mut flipped = bytes.clone();
        for at in 0..bytes.len() {
            // Another bit each time.
            flipped[at] ^= 1 << (at % 8);
            let examination = examine(&mut Cursor::new(&flipped)).unwrap();
            let ask = |expected| Question { expected, ..question(Class::MsApp) };
            if trust.judge(&examination, &ask(None)).outcome == Outcome::Accepted {
                by_signature_alone += 1;
                assert_ne!(trust.judge(&examination, &ask(expected)).outcome, Outcome::Accepted, "{name} at {at}");
            }
            flipped[at] = bytes[at];
        }
        // Checksums and unused certificates: what signatures leave open is little, and known to be something. In a compound
        // file it is also what stands behind the ends of short streams and in entries that are not used.
        let part = if name.contains("installer") { 2 } else { 4 };
        assert!(by_signature_alone * part < bytes.len(), "{name}: {by_signature_alone} of {}", bytes.len());
    }
}
