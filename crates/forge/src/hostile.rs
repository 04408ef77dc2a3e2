//! Files that give a reader as much to do as files may: each within the limits that readers have, not past them, where it would be
//! refused at once.

use crate::certificate::{Authority, Draft, Identity};
use crate::cms::{Attestation, Flaw, Signing};
use crate::compound::Item;
use crate::key::{Digest, Key};
use crate::publisher::Publisher;
use crate::{catalog, compound, crl, image};

/// Certificates of one signature, and signatures of one file, that readers take.
const CERTIFICATES: usize = 24;
const SIGNATURES: usize = 8;
/// Members of a catalog, and streams of a compound file.
const MEMBERS: usize = 120_000;
const STREAMS: usize = 32_000;
/// Bytes of a certificate that say nothing.
const BALLAST: usize = 15 << 10;
/// Entries of a revocation list of about 8 MiB.
const REVOKED: u64 = 320_000;

/// The worst files for a reader who trusts this publisher below a root of that name, and timestamps below one of the other, by what is
/// the matter with them.
///
/// Whoever makes them has nobody's keys, but files that the publisher signed: beside a genuine signature, and in the place of its
/// timestamp, anything may be put.
pub fn files(publisher: &Publisher, root: &str, time_root: &str) -> Vec<(&'static str, Vec<u8>)> {
    let signer = Draft::signer("Hostile");
    let namesakes = among_namesakes(root, &Draft::authority(root), &signer);
    let bridges = among_namesakes(root, &Draft { critical_policies: true, ..Draft::authority("Bridge") }, &signer);
    let large = among_namesakes(root, &Draft { ballast: BALLAST, ..Draft::authority("Large") }, &signer);
    let clock = among_namesakes(time_root, &Draft::authority(time_root), &Draft::time_stamper("Hostile Time"));
    let stamped = publisher.signing().stamped(Attestation::Token(&clock, Publisher::signing_time()));
    let program = |signing: &Signing<'_>| image::sign(&image::image(true, &[700]), signing, false);
    vec![
        ("every certificate may have issued every other", program(&many(&Signing::by(&namesakes)))),
        ("every certificate stands directly below a root", program(&many(&Signing::by(&bridges)))),
        ("every certificate is as long as certificates may be", program(&many(&Signing::by(&large)))),
        ("timestamps with as many certificates", program(&many(&stamped))),
        ("a catalog with as many members as catalogs may have", catalog::sign(&members(), &publisher.signing())),
        (
            "a database with as many streams as databases may have",
            compound::sign_in_long_sectors(&streams(), &publisher.signing()),
        ),
        (
            "digests of more pages than the program has",
            image::sign(&image::image(true, &[700]), &publisher.signing().flawed(Flaw::ManyPages), true),
        ),
    ]
}

/// A revocation list as long as lists may be.
pub fn list() -> Vec<u8> {
    let revoked = |serial| crl::Revoked { serial: serial << 32, at: Publisher::signing_time(), reason: 0 };
    let until = crate::certificate::at("2030-01-01T00:00:00Z");
    let all: Vec<crl::Revoked> = (1..=REVOKED).map(revoked).collect();
    crl::list(&Authority::root("Hostile"), Publisher::signing_time(), until, &all)
}

/// A signature with as many like it within as files may have.
fn many<'a>(signing: &Signing<'a>) -> Signing<'a> {
    (1..SIGNATURES).fold(signing.clone(), |outer, _| outer.with(signing.clone()))
}

/// Somebody with as many certificates as a signature may bring, all drafted alike and none of them by the root of that name.
fn among_namesakes(root: &str, authority: &Draft, own: &Draft) -> Identity {
    let namesake = |serial| Authority::root_with(Key::p256(), &Draft { serial, ..Draft::authority(root) });
    let issuers: Vec<Authority> = (1..CERTIFICATES as u64)
        .map(|serial| namesake(serial).authority(&Draft { serial: 100 + serial, ..authority.clone() }))
        .collect();
    let chain = issuers.iter().map(|issuer| issuer.identity.certificate.clone()).collect();
    let first = issuers.first().expect("there are several");
    Identity { chain, ..first.identity(own) }
}

fn members() -> Vec<(Digest, Vec<u8>)> {
    (0..MEMBERS as u64).map(|member| (Digest::Sha1, Digest::Sha1.of(&member.to_le_bytes()))).collect()
}

fn streams() -> Vec<Item> {
    (0..STREAMS).map(|stream| Item::Stream(format!("{stream:x}"), vec![7; 1 + stream % 64])).collect()
}
