use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use super::*;
use crate::{Authority, KeyKind};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-29T12:00:00Z")
}

fn issued(names: &[&str]) -> Identity {
    let names: Vec<Name> = names.iter().map(|name| name.parse().unwrap()).collect();
    Authority::generate("paris", now()).unwrap().issue(&names, KeyKind::Ecdsa, now()).unwrap()
}

fn params(name: &str, is_ca: bool) -> CertificateParams {
    let mut params = CertificateParams::new(if is_ca { vec![] } else { vec![name.to_owned()] }).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    if is_ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    }
    params
}

/// An organisation's root, intermediate and server certificate, as PEM, and the server's key.
fn organisation() -> ([String; 3], String) {
    let root = CertifiedIssuer::self_signed(params("root", true), KeyPair::generate().unwrap()).unwrap();
    let between = CertifiedIssuer::signed_by(params("between", true), KeyPair::generate().unwrap(), &root).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = params("wsus.example", false).signed_by(&key, &between).unwrap();
    let pem = |der: &[u8]| pem::write("CERTIFICATE", der);
    ([pem(root.der()), pem(between.der()), pem(leaf.der())], pem::write("PRIVATE KEY", &key.serialize_der()))
}

#[test]
fn a_chain_is_put_in_order_and_its_root_kept_apart() {
    let ([root, between, leaf], key) = organisation();
    for order in [[&leaf, &between, &root], [&root, &between, &leaf], [&between, &root, &leaf]] {
        let identity = Identity::from_pem(&order.map(String::as_str).concat(), &key).unwrap();
        let subjects: Vec<&str> = identity.chain().map(Certificate::common_name).collect();
        assert_eq!(subjects, ["wsus.example", "between"]);
        assert_eq!(identity.certified().cert.len(), 2);
        assert_eq!(identity.roots().iter().map(Certificate::common_name).collect::<Vec<_>>(), ["root"]);
        let again = identity.to_pem();
        assert_eq!(Identity::from_pem(&again, &again).unwrap().to_pem(), again);
    }
}

#[test]
fn who_issued_himself_has_no_root_above() {
    let key = KeyPair::generate().unwrap();
    let own = pem::write("CERTIFICATE", params("wsus.example", false).self_signed(&key).unwrap().der());
    let ([root, ..], _) = organisation();
    let all = [own.as_str(), &own, &root].concat();
    let identity = Identity::from_pem(&all, &pem::write("PRIVATE KEY", &key.serialize_der())).unwrap();
    assert_eq!((identity.roots(), identity.issuers()), (&[][..], &[][..]));
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let ([root, between, leaf], _) = organisation();
    let (_, other) = organisation();
    let error = Identity::from_pem(&[leaf, between, root].concat(), &other).unwrap_err();
    assert!(error.to_string().contains("CN=wsus.example"), "{error}");
}

#[test]
fn what_is_damaged_is_named_by_its_number() {
    let ([_, between, leaf], key) = organisation();
    let error = Identity::from_pem(&[leaf.as_str(), &pem::write("CERTIFICATE", b"x")].concat(), &key).unwrap_err();
    assert!(error.to_string().contains("certificate number 2"), "{error}");
    let error = Identity::from_pem(&between.repeat(11), &key).unwrap_err();
    assert!(matches!(error, IdentityError::TooMany(11)));
    let error = Identity::from_pem(&leaf, &pem::write("PRIVATE KEY", b"secret")).unwrap_err();
    assert!(matches!(error, IdentityError::Key(_)) && !error.to_string().contains("secret"));
}

#[test]
fn dates_names_and_purpose_are_judged_by_the_time_that_is_given() {
    let identity = issued(&["wsus.example"]);
    let names: Vec<Name> = vec!["wsus.example".parse().unwrap()];
    assert_eq!(identity.check(&names, now()), Ok(()));
    let late = identity.check(&names, at("2036-01-01T00:00:00Z")).unwrap_err();
    assert!(matches!(late, Unfit::Ended { .. }) && late.to_string().contains("2027-12-30"), "{late}");
    let early = identity.check(&names, at("2016-01-01T00:00:00Z")).unwrap_err();
    assert!(matches!(early, Unfit::NotYet { .. }) && early.to_string().contains("correct it"), "{early}");
    let other = identity.check(&["lyon.example".parse().unwrap()], now()).unwrap_err();
    assert_eq!(
        other.to_string(),
        "the certificate for CN=wsus.example does not name lyon.example; it names wsus.example"
    );
    let key = KeyPair::generate().unwrap();
    let mut client = params("wsus.example", false);
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = pem::write("CERTIFICATE", client.self_signed(&key).unwrap().der());
    let client = Identity::from_pem(&certificate, &pem::write("PRIVATE KEY", &key.serialize_der())).unwrap();
    assert!(matches!(client.check(&names, now()), Err(Unfit::Purpose { .. })));
}

#[test]
fn an_authority_in_between_that_is_for_other_purposes_makes_a_chain_unfit() {
    let names: Vec<Name> = vec!["wsus.example".parse().unwrap()];
    let root = CertifiedIssuer::self_signed(params("root", true), KeyPair::generate().unwrap()).unwrap();
    let cases = [
        (vec![], true),
        (vec![ExtendedKeyUsagePurpose::ServerAuth], true),
        (vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::Any], true),
        (vec![ExtendedKeyUsagePurpose::ClientAuth], false),
    ];
    for (purposes, is_fit) in cases {
        let mut between = params("between", true);
        between.extended_key_usages = purposes.clone();
        let between = CertifiedIssuer::signed_by(between, KeyPair::generate().unwrap(), &root).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = params("wsus.example", false).signed_by(&key, &between).unwrap();
        let chain = [pem::write("CERTIFICATE", leaf.der()), pem::write("CERTIFICATE", between.der())].concat();
        let identity = Identity::from_pem(&chain, &pem::write("PRIVATE KEY", &key.serialize_der())).unwrap();
        let expected = if is_fit { Ok(()) } else { Err(Unfit::Purpose { subject: "CN=between".to_owned() }) };
        assert_eq!(identity.check(&names, now()), expected, "{purposes:?}");
    }
}
