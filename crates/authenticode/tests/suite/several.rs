//! Several signatures on one file, and what is asked of the file as a whole.

use authenticode::{Class, Outcome, Question, Reason, Reviewed, RevocationDemand, Standing};
use forge::{Attestation, Authority, Digest, Draft, Key, Publisher, Signing, image};

use crate::estate::{ACCEPTED, Comparison, ESTATE, Form, judge, noted, question, refused};

fn stranger() -> forge::Identity {
    let root = Authority::root("Stranger Root");
    root.authority(&Draft::authority("Stranger Issuer")).identity(&Draft::signer("Stranger"))
}

#[test]
fn sec_a3_a_stranger_beside_the_publisher_is_refused_but_for_drivers() {
    let publisher = &ESTATE.publisher;
    let stranger = stranger();
    let trust = ESTATE.trust(&[]);
    let mut comparison = Comparison::default();
    for form in Form::ALL {
        let outside = publisher.signing_by(&stranger).with(publisher.signing());
        let inside = publisher.signing().with(publisher.signing_by(&stranger));
        for (name, signing) in [("outside", outside), ("inside", inside)] {
            let bytes = form.sign(&signing);
            let app = judge(&trust, &bytes, &question(Class::MsApp));
            comparison.check(&format!("{form:?} {name}"), &app, refused(Reason::ForeignSigner));
            let driver = judge(&trust, &bytes, &question(Class::DriverWhql));
            comparison.check(&format!("{form:?} {name} driver"), &driver, noted(Reason::ForeignSigner));
        }
    }
    comparison.finish(28);
}

#[test]
fn sec_a3_a_wrong_signature_is_refused_whatever_stands_beside_it() {
    let publisher = &ESTATE.publisher;
    let trust = ESTATE.trust(&[]);
    let mut comparison = Comparison::default();
    for form in Form::ALL {
        let wrong = || publisher.signing().flawed(forge::Flaw::Signature);
        for signing in [publisher.signing().with(wrong()), wrong().with(publisher.signing())] {
            for class in [Class::MsApp, Class::DriverWhql] {
                let verdict = judge(&trust, &form.sign(&signing), &question(class));
                comparison.check(&format!("{form:?}"), &verdict, refused(Reason::BadSignature));
            }
        }
    }
    comparison.finish(28);
}

#[test]
fn sec_a3_the_strongest_signature_is_the_one_that_counts() {
    let publisher = &ESTATE.publisher;
    let strong = publisher.issuer.issue(Key::p384(), &Draft::signer("Forged"));
    let signing = publisher.signing().with(publisher.signing_by(&strong));
    let verdict = judge(&ESTATE.trust(&[]), &Form::Image64.sign(&signing), &question(Class::MsApp));
    assert_eq!(verdict.outcome, Outcome::Accepted, "{:?}", verdict.reasons);
    let standing: Vec<_> = verdict.signers.iter().map(|signer| (signer.signature.as_str(), signer.standing)).collect();
    assert_eq!(standing, [("1", Standing::Allowed), ("1.1", Standing::Relied)]);
    assert_eq!(verdict.signed_at, Some(Publisher::signing_time()));
    assert_eq!(verdict.signers[1].chain.len(), 3);
}

#[test]
fn sec_a10_more_signatures_than_anybody_has_are_refused() {
    let publisher = &ESTATE.publisher;
    let mut signing = publisher.signing();
    for _ in 0..8 {
        signing = publisher.signing().with(signing);
    }
    let deep = Form::Image32.sign(&signing);
    let wide = (0..9).fold(publisher.signing(), |signing, _| signing.with(publisher.signing()));
    let mut comparison = Comparison::default();
    for bytes in [deep, Form::Image32.sign(&wide)] {
        let verdict = judge(&ESTATE.trust(&[]), &bytes, &question(Class::MsApp));
        comparison.check("many", &verdict, refused(Reason::TooManySignatures));
    }
    comparison.finish(2);
}

#[test]
fn independent_signatures_of_one_image_depend_on_the_class() {
    let file = image::image(true, &[700]);
    let publisher = &ESTATE.publisher;
    let signature = image::signature(&file, &publisher.signing(), false);
    let bytes = image::attach(&file, &[&signature, &signature]);
    let mut comparison = Comparison::default();
    let trust = ESTATE.trust(&[]);
    comparison.check("app", &judge(&trust, &bytes, &question(Class::MsApp)), refused(Reason::SeveralCertificates));
    comparison.check("driver", &judge(&trust, &bytes, &question(Class::DriverWhql)), ACCEPTED);
    comparison.finish(2);
}

#[test]
fn a_file_that_metadata_do_not_mean_is_refused() {
    let bytes = Form::Cabinet.sign(&ESTATE.publisher.signing());
    let mut comparison = Comparison::default();
    let trust = ESTATE.trust(&[]);
    let digest = |bytes: &[u8]| Some(model::Sha256::try_from(Digest::Sha256.of(bytes).as_slice()).unwrap());
    let ask = |expected| Question { expected, ..question(Class::MsApp) };
    comparison.check("same", &judge(&trust, &bytes, &ask(digest(&bytes))), ACCEPTED);
    comparison.check("other", &judge(&trust, &bytes, &ask(digest(b"other"))), refused(Reason::FileDigestMismatch));
    comparison.finish(2);
}

#[test]
fn files_without_a_signature_are_refused_and_those_that_others_vouch_for_are_left_to_those() {
    let trust = ESTATE.trust(&[]);
    let mut comparison = Comparison::default();
    for form in Form::ALL {
        if let Some(bytes) = form.unsigned() {
            let verdict = judge(&trust, &bytes, &question(Class::MsApp));
            comparison.check(&format!("{form:?}"), &verdict, refused(Reason::Unsigned));
        }
    }
    let mut check = |bytes: &[u8], expected| {
        comparison.check(&format!("{bytes:02x?}"), &judge(&trust, bytes, &question(Class::MsApp)), expected);
    };
    let reference = (Outcome::Quarantined, Some(Reason::VerifiedThroughReference));
    check(b"MSWIM\0\0\0 and more", reference);
    check(b"PK\x03\x04 and more", refused(Reason::UnsupportedFormat));
    check(b"PSTREAM or text", refused(Reason::UnknownFormat));
    check(b"", refused(Reason::UnknownFormat));
    check(b"MZ", refused(Reason::MalformedFile));
    check(b"MSCF", refused(Reason::MalformedFile));
    check(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], refused(Reason::MalformedFile));
    comparison.finish(13);
}

#[test]
fn sec_a3_a_signature_is_good_for_its_own_file_only() {
    let publisher = &ESTATE.publisher;
    let trust = ESTATE.trust(&[]);
    let mut comparison = Comparison::default();
    let (one, other) = (image::image(true, &[700]), image::image(true, &[701]));
    let signature = image::signature(&one, &publisher.signing(), false);
    let moved = image::attach(&other, &[&signature]);
    comparison.check("image", &judge(&trust, &moved, &question(Class::MsApp)), refused(Reason::DigestMismatch));
    let into_cabinet = forge::cabinet::attach(&forge::cabinet::cabinet(&[1; 100], true), &signature);
    comparison.check(
        "cabinet",
        &judge(&trust, &into_cabinet, &question(Class::MsApp)),
        refused(Reason::ContentTypeMismatch),
    );
    let catalog = Form::Catalog.sign(&publisher.signing());
    let into_image = image::attach(&one, &[&catalog]);
    comparison.check(
        "catalog",
        &judge(&trust, &into_image, &question(Class::MsApp)),
        refused(Reason::ContentTypeMismatch),
    );
    comparison.check("bare", &judge(&trust, &signature, &question(Class::MsApp)), refused(Reason::ContentTypeMismatch));
    comparison.finish(4);
}

#[test]
fn sec_a4_a_local_publisher_signs_its_own_class_and_no_other() {
    let local = Publisher::new("Local");
    let mut trust = ESTATE.trust(&[]);
    let before = trust.policy.fingerprint();
    trust.policy.add_local_publisher(&local.root.identity.certificate).unwrap();
    assert_ne!(trust.policy.fingerprint(), before);
    let bytes = Form::Image32.sign(&Signing::by(&local.signer));
    let ask = |class| Question { revocation: RevocationDemand::IfAtHand, ..question(class) };
    let mut comparison = Comparison::default();
    comparison.check("own", &judge(&trust, &bytes, &ask(Class::LocalPublish)), noted(Reason::RevocationUnknown));
    comparison.check("app", &judge(&trust, &bytes, &ask(Class::MsApp)), refused(Reason::WrongPublisher));
    let foreign = Form::Image32.sign(&ESTATE.publisher.signing());
    comparison.check("foreign", &judge(&trust, &foreign, &ask(Class::LocalPublish)), refused(Reason::WrongPublisher));
    // It attests its own times, and nobody else's.
    let own = Form::Image32.sign(&local.signing_by_root_time());
    comparison.check("own time", &judge(&trust, &own, &ask(Class::LocalPublish)), noted(Reason::RevocationUnknown));
    let time = Attestation::Token(&local.own_time_stamper, Publisher::signing_time());
    let theirs = Form::Image32.sign(&Signing::by(&ESTATE.publisher.signer).stamped(time));
    comparison.check("their time", &judge(&trust, &theirs, &ask(Class::MsApp)), refused(Reason::UntrustedTimestamp));
    comparison.finish(5);
    assert!(trust.policy.add_local_publisher(b"no certificate").is_err());
}

#[test]
fn without_a_class_the_first_that_accepts_is_taken() {
    let trust = ESTATE.trust(&[]);
    let bytes = Form::Image64.sign(&ESTATE.publisher.signing());
    let examination = authenticode::examine(&mut std::io::Cursor::new(&bytes)).unwrap();
    let verdict = trust.judge_any(&examination, &question(Class::OsUpdate));
    assert_eq!((verdict.class, verdict.outcome), (Class::MsApp, Outcome::Accepted));
    let wrong = authenticode::examine(&mut std::io::Cursor::new(&bytes[1..])).unwrap();
    assert_eq!(trust.judge_any(&wrong, &question(Class::OsUpdate)).outcome, Outcome::Refused);
}

#[test]
fn sec_a2_a_catalog_says_what_it_vouches_for() {
    let bytes = Form::Catalog.sign(&ESTATE.publisher.signing());
    let examination = authenticode::examine(&mut std::io::Cursor::new(&bytes)).unwrap();
    let members: Vec<_> = examination.members().iter().map(|member| member.digest.clone()).collect();
    assert_eq!(members, [vec![1; 32], vec![2; 20]]);
}

#[test]
fn sec_a10_a_countersigned_time_is_the_one_that_is_told() {
    let publisher = &ESTATE.publisher;
    let time = forge::certificate::at("2025-05-05T05:05:05Z");
    let signing = Signing::by(&publisher.signer).stamped(Attestation::Countersignature(&publisher.time_stamper, time));
    let verdict = judge(&ESTATE.trust(&[]), &Form::Image32.sign(&signing), &question(Class::MsApp));
    assert_eq!(verdict.signed_at, Some(time), "{:?}", verdict.reasons);
    assert_eq!(verdict.signers[0].timestamp_authority.as_deref(), Some("Forged Time"));
}

#[test]
fn what_is_said_of_pages_and_of_names_and_dates_has_to_be_true() {
    let publisher = &ESTATE.publisher;
    let trust = ESTATE.trust(&[]);
    let mut comparison = Comparison::default();
    for (form, flaw, reason) in [
        (Form::ImageWithPages, forge::Flaw::Page, Reason::PageHashMismatch),
        (Form::ImageWithPages, forge::Flaw::PageMissing, Reason::PageHashMismatch),
        (Form::ImageWithPages, forge::Flaw::FileDigest, Reason::DigestMismatch),
        (Form::ImageWithPages, forge::Flaw::DigestLength, Reason::MalformedSignature),
        (Form::InstallerWithMetadata, forge::Flaw::Metadata, Reason::MetadataDigestMismatch),
    ] {
        let bytes = form.sign(&publisher.signing().flawed(flaw));
        comparison.check(&format!("{flaw:?}"), &judge(&trust, &bytes, &question(Class::MsApp)), refused(reason));
    }
    comparison.finish(5);
}

/// Under what a verdict may be kept.
fn key(trust: &authenticode::Trust, bytes: &[u8], class: Class) -> authenticode::VerdictKey {
    trust.key(&authenticode::examine(&mut std::io::Cursor::new(bytes)).unwrap(), &question(class))
}

#[test]
fn the_same_question_again_has_the_same_key() {
    let signed = Form::Image32.sign(&ESTATE.publisher.signing());
    let trust = ESTATE.trust(&[]);
    assert_eq!(key(&trust, &signed, Class::MsApp), key(&trust, &signed.clone(), Class::MsApp));
}

#[test]
fn a_verdict_may_be_kept_under_the_whole_file_the_question_the_policy_and_the_revocation_lists_only() {
    let signed = Form::Image32.sign(&ESTATE.publisher.signing());
    let trust = ESTATE.trust(&[]);
    let first = key(&trust, &signed, Class::MsApp);
    // The checksum, which no signature covers.
    let mut other = signed.clone();
    other[image::fields(&signed).0] ^= 1;
    let mut local = trust.clone();
    local.policy.add_local_publisher(&Publisher::new("Local").root.identity.certificate).unwrap();
    let examination = authenticode::examine(&mut std::io::Cursor::new(&signed)).unwrap();
    let expected = Some(model::Sha256::new([7; 32]));
    let others = [
        trust.key(&examination, &Question { expected, ..question(Class::MsApp) }),
        key(&trust, &other, Class::MsApp),
        key(&trust, &signed, Class::DriverWhql),
        key(&local, &signed, Class::MsApp),
        key(&ESTATE.trust(&[]), &signed, Class::MsApp),
    ];
    assert!(others.iter().all(|other| *other != first), "{others:?}");
}

#[test]
fn sec_a10_authorities_of_one_name_in_great_number_are_no_work() {
    let publisher = &ESTATE.publisher;
    // Each may have issued each, and every path ends below the root's name.
    let root = || Authority::root("Forged Root");
    let namesake = |serial| root().authority(&Draft { serial, ..Draft::authority("Forged Root") }).identity.certificate;
    let issuers: Vec<_> = (0..20).map(|serial| namesake(100 + serial)).collect();
    let stranger = root().authority(&Draft::authority("Forged Root")).identity(&Draft::signer("Forged"));
    let signer = forge::Identity { chain: issuers, ..stranger };
    let bytes = Form::Image32.sign(&publisher.signing_by(&signer));
    let verdict = judge(&ESTATE.trust(&[]), &bytes, &question(Class::MsApp));
    assert_eq!(verdict.outcome, Outcome::Refused, "{:?}", verdict.reasons);
    // The true issuer is found among few as among many.
    let mut chain = publisher.signer.chain.clone();
    chain.extend((0..3).map(|serial| namesake(200 + serial)));
    let true_signer = publisher.issuer.identity(&Draft::signer("Forged"));
    let true_signer = forge::Identity { chain, ..true_signer };
    let bytes = Form::Image32.sign(&publisher.signing_by(&true_signer));
    let verdict = judge(&ESTATE.trust(&[]), &bytes, &question(Class::MsApp));
    assert_eq!(verdict.signers[0].chain.len(), 3, "{:?}", verdict.reasons);
    // They are of no use, and that is all that is wrong.
    let reasons: Vec<_> = verdict.reasons.iter().map(|finding| finding.reason).collect();
    assert_eq!(reasons, [Reason::UnknownAttribute]);
}

/// A publisher of old: RSA and SHA-1 throughout, up to a root that vouches for nothing newer.
fn publisher_of_old(valid: (&str, &str)) -> (Authority, forge::Identity, forge::Identity) {
    let sha1 = |draft: Draft| Draft { digest: Some(Digest::Sha1), ..draft };
    let root = Authority::root_with(Key::rsa(), &sha1(Draft { serial: 1, ..Draft::authority("Old Root") }));
    let signer = root.issue(Key::rsa(), &sha1(Draft::signer("Forged").valid(valid.0, valid.1)));
    let time = root.issue(Key::rsa(), &sha1(Draft { serial: 1001, ..Draft::time_stamper("Old Time") }));
    (root, signer, time)
}

#[test]
fn a_signature_of_old_counts_for_nothing_and_spoils_nothing() {
    let publisher = &ESTATE.publisher;
    let (root, signer, time) = publisher_of_old(("2024-01-01T00:00:00Z", "2030-01-01T00:00:00Z"));
    let mut trust = ESTATE.trust(&[]);
    trust.policy = crate::estate::policy_with_legacy(&root);
    let mut comparison = Comparison::default();
    let mut check = |name: &str, signing: &Signing<'_>, expected| {
        comparison.check(name, &judge(&trust, &Form::Image32.sign(signing), &question(Class::MsApp)), expected);
    };
    let stamp = Attestation::Countersignature(&time, Publisher::signing_time());
    let old = || Signing::by(&signer).digest(Digest::Sha1).stamped(stamp);
    check("alone", &old(), refused(Reason::LegacyDigest));
    check("beside a new one", &old().with(publisher.signing()), noted(Reason::LegacySigner));
    let wrong = old().flawed(forge::Flaw::Signature).with(publisher.signing());
    check("wrong, beside a new one", &wrong, refused(Reason::BadSignature));
    let chain = vec![ESTATE.forbidden.identity.certificate.clone()];
    let brings_more = forge::Identity { chain, ..root.issue(Key::rsa(), &Draft::signer("Forged")) };
    let stray = Signing::by(&brings_more).digest(Digest::Sha1).with(publisher.signing());
    check("with a stray certificate", &stray, refused(Reason::UnknownAttribute));
    let new_digest = Signing::by(&signer).digest(Digest::Sha256).with(publisher.signing());
    check("a new one by the old authority", &new_digest, refused(Reason::ForeignSigner));
    comparison.finish(5);
}

#[test]
fn sec_a10_a_certificate_of_old_that_ends_before_it_begins_is_refused_like_any_other() {
    let (root, signer, _) = publisher_of_old(("2030-01-01T00:00:00Z", "2024-01-01T00:00:00Z"));
    let mut trust = ESTATE.trust(&[]);
    trust.policy = crate::estate::policy_with_legacy(&root);
    let bytes = Form::Image32.sign(&Signing::by(&signer).digest(Digest::Sha1));
    let mut comparison = Comparison::default();
    let verdict = judge(&trust, &bytes, &question(Class::MsApp));
    comparison.check("backwards", &verdict, refused(Reason::MalformedCertificate));
    comparison.finish(1);
}

#[test]
fn the_pages_of_an_image_are_as_long_as_a_machine_has_them() {
    let publisher = &ESTATE.publisher;
    let trust = ESTATE.trust(&[]);
    let mut comparison = Comparison::default();
    let found = |bytes: &[u8]| judge(&trust, bytes, &question(Class::MsApp));
    // Where the length of pages stands in what `forge` writes.
    const ALIGNMENT_AT: usize = 0x80 + 24 + 32;
    let image_of = |page_bytes: u32| {
        let mut file = image::image(true, &[9000, 300]);
        file[ALIGNMENT_AT..ALIGNMENT_AT + 4].copy_from_slice(&page_bytes.to_le_bytes());
        file
    };
    for page_bytes in [4096, 8192] {
        let bytes = image::sign(&image_of(page_bytes), &publisher.signing(), true);
        comparison.check(&format!("{page_bytes}"), &found(&bytes), ACCEPTED);
    }
    for page_bytes in [512, 2048, 16_384, 65_536, 1 << 24] {
        let bytes = image::sign(&image_of(page_bytes), &publisher.signing(), true);
        comparison.check(&format!("{page_bytes}"), &found(&bytes), refused(Reason::PageHashMismatch));
        // Without digests of pages nobody asks how long they are.
        let bytes = image::sign(&image_of(page_bytes), &publisher.signing(), false);
        comparison.check(&format!("{page_bytes} without"), &found(&bytes), ACCEPTED);
    }
    let nested = publisher.signing().with(publisher.signing()).with(publisher.signing());
    let bytes = image::sign(&image_of(4096), &nested, true);
    comparison.check("several tables", &found(&bytes), ACCEPTED);
    let wrong = publisher.signing().with(publisher.signing()).flawed(forge::Flaw::Page);
    let verdict = found(&image::sign(&image_of(4096), &wrong, true));
    comparison.check("two wrong tables", &verdict, refused(Reason::PageHashMismatch));
    let told: Vec<_> = verdict.reasons.iter().filter_map(|finding| finding.signature.as_deref()).collect();
    assert_eq!(told, ["1", "1.1"]);
    comparison.finish(14);
}

#[test]
fn pages_that_reach_into_each_other_are_none() {
    let mut file = image::image(true, &[4096 + 512, 512]);
    // The second section begins within the last page of the first.
    let second = 0x80 + 24 + 240 + 40 + 20;
    file[second..second + 4].copy_from_slice(&0x1300_u32.to_le_bytes());
    let bytes = image::sign(&file, &ESTATE.publisher.signing(), true);
    let mut comparison = Comparison::default();
    let verdict = judge(&ESTATE.trust(&[]), &bytes, &question(Class::MsApp));
    comparison.check("overlap", &verdict, refused(Reason::PageHashMismatch));
    comparison.finish(1);
}

#[test]
fn an_authority_that_was_looked_at_may_sign_what_was_said_and_nothing_else() {
    let estate = &*ESTATE;
    let other = estate.publisher.root.authority(&Draft { serial: 77, ..Draft::authority("Forged Other Issuer") });
    let sign = |signer: &forge::Identity| {
        image::sign(&image::image(true, &[700]), &estate.publisher.signing_by(signer), false)
    };
    let (named, unnamed) = (other.identity(&Draft::signer("Forged")), other.identity(&Draft::signer("Somebody")));
    let mut trust = estate.trust(&[]);
    let asked = |class| Question { revocation: RevocationDemand::IfAtHand, ..question(class) };
    let before = judge(&trust, &sign(&named), &asked(Class::MsApp));
    assert_eq!((before.outcome, before.reason()), (Outcome::Quarantined, Some(Reason::UnknownIssuer)));

    // What is named is what the verdict shows.
    let issuer = before.signers[0].chain[1];
    let purposes = vec![forge::certificate::CODE_SIGNING.to_owned()];
    let reviewed = Reviewed { class: Class::MsApp, issuer, purposes, names: vec!["Forged".to_owned()] };
    trust.policy.add_reviewed(&reviewed).unwrap();
    assert_eq!(judge(&trust, &sign(&named), &asked(Class::MsApp)).outcome, Outcome::Accepted);
    assert_ne!(judge(&trust, &sign(&unnamed), &asked(Class::MsApp)).outcome, Outcome::Accepted);
    let other_class = judge(&trust, &sign(&named), &asked(Class::DriverWhql));
    assert_eq!(other_class.reason(), Some(Reason::UnknownIssuer));
}
