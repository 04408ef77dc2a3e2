//! The corpora of the fuzz targets, replayed: `refused-…` must be refused, any other read.

use std::fs;
use std::path::{Path, PathBuf};

use forge::certificate::at;
use forge::{Authority, Digest, Draft, Flaw, Publisher, crl, timestamp};

use crate::checks;
use crate::estate::Form;

type Check = fn(&[u8]) -> bool;

const TARGETS: &[(&str, Check)] = &[
    ("pe", checks::file),
    ("cab_signature", checks::file),
    ("msi", checks::file),
    ("cat", checks::file),
    ("cms", checks::signed_data),
    ("timestamp", checks::timestamp),
    ("certificate_chain", checks::certificate_chain),
    ("crl", checks::revocation_list),
];

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target)
}

#[test]
fn sec_a10_what_was_found_is_answered_as_its_name_says() {
    for (target, check) in TARGETS {
        let mut count = 0;
        for entry in fs::read_dir(folder(target)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let is_read = check(&fs::read(&path).unwrap());
            assert_eq!(is_read, !name.starts_with("refused-"), "{target}/{name}");
            count += 1;
        }
        assert!(count > 1, "{target} has no corpus");
    }
}

/// Writes the seeds anew: `VANNE_WRITE_SEEDS=1 cargo nextest run -p authenticode seeds --run-ignored all`.
#[test]
#[ignore = "writes into fuzz/corpus"]
fn the_seeds_are_written() {
    if std::env::var_os("VANNE_WRITE_SEEDS").is_none() {
        return;
    }
    let write = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(folder(target)).unwrap();
        fs::write(folder(target).join(name), bytes).unwrap();
    };
    let publisher = Publisher::new("Forged");
    let signing = || publisher.signing();
    write("pe", "image-32", &Form::Image32.sign(&signing()));
    write("pe", "image-64-nested", &Form::Image64.sign(&signing().with(signing())));
    write("pe", "image-pages", &Form::ImageWithPages.sign(&signing()));
    write("pe", "refused-page", &Form::ImageWithPages.sign(&signing().flawed(Flaw::Page)));
    write("pe", "refused-unsigned", &Form::Image32.unsigned().unwrap());
    write("cab_signature", "cabinet", &Form::Cabinet.sign(&signing()));
    write("cab_signature", "refused-unsigned", &Form::Cabinet.unsigned().unwrap());
    write("msi", "installer", &Form::Installer.sign(&signing()));
    write("msi", "installer-metadata", &Form::InstallerWithMetadata.sign(&signing()));
    write("msi", "refused-metadata", &Form::InstallerWithMetadata.sign(&signing().flawed(Flaw::Metadata)));
    write("cat", "catalog", &Form::Catalog.sign(&signing()));
    write("cat", "refused-digest", &Form::Catalog.sign(&signing().flawed(Flaw::MessageDigest)));
    let catalog = |signing: &forge::Signing<'_>| forge::catalog::sign(&[(Digest::Sha256, vec![1; 32])], signing);
    write("cms", "signed", &catalog(&forge::Signing::by(&publisher.signer)));
    for flaw in [Flaw::Signature, Flaw::NoCertificate, Flaw::TwoSigners, Flaw::Md5, Flaw::Ber] {
        write("cms", &format!("refused-{flaw:?}"), &catalog(&forge::Signing::by(&publisher.signer).flawed(flaw)));
    }
    let token = |is_wrong| timestamp::token(&publisher.time_stamper, Publisher::signing_time(), b"stamped", is_wrong);
    write("timestamp", "token", &token(false));
    write("timestamp", "refused-signature", &token(true));
    let chain = [&publisher.signer.certificate[..], &publisher.issuer.identity.certificate].concat();
    write("certificate_chain", "refused-stranger", &chain);
    let namesake =
        Authority::root_with(forge::Key::p256(), &Draft::authority("Microsoft Root Certificate Authority 2010"));
    let namesake = namesake.identity(&Draft::signer("Forged"));
    write("certificate_chain", "refused-namesake", &namesake.certificate);
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
    let revoked = [crl::Revoked { serial: 7, at: from, reason: 1 }, crl::Revoked { serial: 300, at: from, reason: 0 }];
    write("crl", "list", &crl::list(&publisher.root, from, to, &revoked));
    write("crl", "list-empty", &crl::list(&publisher.root, from, to, &[]));
    write("crl", "refused-cut", &crl::list(&publisher.root, from, to, &revoked)[..60]);
}
