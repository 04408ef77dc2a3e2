use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::*;
use crate::{Key, Unfit};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-29T12:00:00Z")
}

fn names(list: &[&str]) -> Vec<Name> {
    list.iter().map(|name| name.parse().unwrap()).collect()
}

/// As a client that trusts this authority alone.
fn verify(authority: &Authority, identity: &Identity, host: &str, when: Timestamp) -> Result<(), rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate().der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let chain: Vec<CertificateDer<'_>> = identity.chain().map(|one| one.der().clone()).collect();
    let when = UnixTime::since_unix_epoch(Duration::from_secs(when.as_second() as u64));
    verifier.verify_server_cert(&chain[0], &chain[1..], &ServerName::try_from(host).unwrap(), &[], when).map(drop)
}

#[test]
fn what_it_issues_holds_for_exactly_its_names_and_time() {
    let authority = Authority::generate("paris", now()).unwrap();
    for (kind, key) in [(KeyKind::Ecdsa, Key::EcdsaP256), (KeyKind::Rsa, Key::Rsa)] {
        let identity = authority.issue(&names(&["wsus.example", "192.0.2.1"]), kind, now()).unwrap();
        let leaf = identity.certificate();
        assert_eq!(leaf.key, key);
        assert_eq!(leaf.names, names(&["wsus.example", "192.0.2.1"]));
        assert!(leaf.is_for_servers && !leaf.is_authority && !leaf.is_own_issuer && authority.issued(leaf));
        assert_eq!(identity.check(&names(&["WSUS.example"]), now()), Ok(()));
        for host in ["wsus.example", "192.0.2.1"] {
            verify(&authority, &identity, host, now()).unwrap();
        }
        assert!(verify(&authority, &identity, "other.example", now()).is_err());
        assert!(verify(&authority, &identity, "wsus.example", at("2028-01-01T00:00:00Z")).is_err());
        assert!(verify(&authority, &identity, "wsus.example", at("2026-11-28T00:00:00Z")).is_err());
        let lifetime = leaf.validity.not_after.duration_since(leaf.validity.not_before);
        assert!(lifetime < SignedDuration::from_hours(LIFETIME_DAYS * 24), "{lifetime}");
        // RFC 5280 counts the last second too.
        assert_eq!(lifetime.as_secs(), LIFETIME_DAYS * 24 * 3_600 - 1);
    }
}

#[test]
fn what_it_issues_is_shown_with_its_own_certificate_and_renewed_for_the_same_key() {
    let authority = Authority::generate("paris", now()).unwrap();
    for kind in [KeyKind::Ecdsa, KeyKind::Rsa] {
        let first = authority.issue(&names(&["wsus.example"]), kind, now()).unwrap();
        let later = at("2027-12-01T00:00:00Z");
        let renewed = authority.renew(&first, &names(&["wsus.example", "wsus"]), later).unwrap();
        assert_eq!(renewed.certificate().key_sha256, first.certificate().key_sha256);
        assert_ne!(renewed.certificate().sha256, first.certificate().sha256);
        verify(&authority, &renewed, "wsus", later).unwrap();
        for one in [&first, &renewed] {
            let shown = [one.certificate().der().clone(), authority.certificate().der().clone()];
            assert_eq!(one.certified().cert, shown);
            assert_eq!(one.roots(), [authority.certificate().clone()]);
        }
        let other = authority.issue(&names(&["wsus.example"]), kind, now()).unwrap();
        assert_ne!(other.certificate().key_sha256, first.certificate().key_sha256);
        // As it was kept before certificates were shown with their authority's.
        let pem = first.to_pem();
        let alone = pem.rsplit_once("-----BEGIN CERTIFICATE").unwrap().0;
        let kept = Identity::from_pem(alone, alone).unwrap();
        assert_eq!((kept.certified().cert.len(), kept.showing(authority.certificate()).certified().cert.len()), (1, 2));
    }
}

#[test]
fn it_is_an_authority_for_ten_years_and_not_for_further_ones() {
    let authority = Authority::generate(&"long".repeat(40), now()).unwrap();
    let certificate = authority.certificate();
    assert!(certificate.is_authority && certificate.is_own_issuer);
    assert_eq!(certificate.validity.not_after, at("2036-11-27T11:59:59Z"));
    assert_eq!(certificate.key, Key::EcdsaP256);
    assert!(certificate.common_name().len() <= 64, "{}", certificate.common_name());
    let other = Authority::generate("paris", now()).unwrap();
    assert_ne!(other.certificate().subject, Authority::generate("paris", now()).unwrap().certificate().subject);
    let read = x509_cert::Certificate::from_der_bytes(certificate.der());
    assert_eq!(read.tbs_certificate.signature.oid.to_string(), "1.2.840.10045.4.3.2", "ECDSA with SHA-256");
    let constraints = read.tbs_certificate.get::<x509_cert::ext::pkix::BasicConstraints>().unwrap().unwrap();
    assert_eq!((constraints.0, constraints.1.path_len_constraint), (true, Some(0)));
    let (critical, usage) = read.tbs_certificate.get::<x509_cert::ext::pkix::KeyUsage>().unwrap().unwrap();
    assert!(critical && usage.key_cert_sign() && usage.crl_sign() && !usage.digital_signature());
    let (_, purposes) = read.tbs_certificate.get::<x509_cert::ext::pkix::ExtendedKeyUsage>().unwrap().unwrap();
    assert_eq!(purposes.0.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1.3.6.1.5.5.7.3.1"], "servers alone");
}

trait FromDerBytes {
    fn from_der_bytes(bytes: &[u8]) -> Self;
}

impl FromDerBytes for x509_cert::Certificate {
    fn from_der_bytes(bytes: &[u8]) -> Self {
        der::Decode::from_der(bytes).unwrap()
    }
}

#[test]
fn it_is_the_same_after_it_was_stored() {
    let authority = Authority::generate("paris", now()).unwrap();
    let again = Authority::from_pem(&authority.to_pem()).unwrap();
    assert_eq!(again.certificate(), authority.certificate());
    let identity = again.issue(&names(&["wsus.example"]), KeyKind::Ecdsa, now()).unwrap();
    verify(&authority, &identity, "wsus.example", now()).unwrap();
    assert!(matches!(Authority::from_pem("nothing"), Err(AuthorityError::Damaged(_))));
    assert!(!format!("{authority:?} {identity:?}").contains("PRIVATE"));
}

#[test]
fn a_clock_that_cannot_be_right_makes_nothing() {
    assert!(matches!(Authority::generate("paris", at("2016-11-29T12:00:00Z")), Err(AuthorityError::Clock { .. })));
    let authority = Authority::generate("paris", now()).unwrap();
    for wrong in ["2016-11-29T12:00:00Z", "2026-11-28T11:59:59Z", "2036-11-27T00:00:00Z", "2046-01-01T00:00:00Z"] {
        let refused = authority.issue(&names(&["a"]), KeyKind::Ecdsa, at(wrong)).unwrap_err();
        assert!(matches!(refused, AuthorityError::Outside { .. }), "{wrong}");
        assert!(refused.to_string().contains("correct it"), "{refused}");
    }
    let last = authority.issue(&names(&["a"]), KeyKind::Ecdsa, at("2036-10-01T00:00:00Z")).unwrap();
    assert_eq!(last.certificate().validity.not_after, authority.certificate().validity.not_after);
    assert!(matches!(authority.issue(&[], KeyKind::Ecdsa, now()), Err(AuthorityError::NoName)));
}

#[test]
fn an_authority_is_not_shown_as_a_server() {
    let pem = Authority::generate("paris", now()).unwrap().to_pem();
    let identity = Identity::from_pem(&pem, &pem).unwrap();
    assert!(matches!(identity.check(&[], now()), Err(Unfit::Authority { .. })));
}
