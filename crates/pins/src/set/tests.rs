use trust::SigningKey;

use super::*;
use crate::Certificate;

/// Fingerprints of certificates and of keys: Microsoft's own list of roots, and the chains under them.
const ROOTS: [(&str, &str, &str); 2] = [
    (
        "Microsoft Root Certificate Authority 2011",
        "847df6a78497943f27fc72eb93f9a637320a02b561d0a91b09e87a7807ed7c61",
        "02376d0908ac23041cc7d666d9daf192554f7fc36317aa9cb800908616b28af8",
    ),
    (
        "Microsoft ECC Product Root Certificate Authority 2018",
        "caca93b9d23d2b6fa76e8b8471931e0df3ec6f63af3cdbb936c41954a1872326",
        "68ded9a203ff6e367e12aa49977cd200f7127a800faa6f859f0bafed8286a4fb",
    ),
];
const INTERMEDIATES: [(&str, &str, &str); 2] = [
    (
        "Microsoft Update Secure Server CA 2.1",
        "6139e2df97dc93bf7e90a303f75b3968fd06c57316b45e94dcff773707cf2754",
        "5fb447700abc07b7c666eec07f7a9626e1425240ca20b8e5f7c87aff22d1859b",
    ),
    (
        "Microsoft ECC Update Secure Server CA 2.1",
        "21158ad4dce10197239a87ebeb4d8d47e9e9be716ad497a2e036774caf5072cf",
        "34f8b5eca6fb2cdc1260b969c7467337724a1b2a9bee44cb3bfbb78172de7f33",
    ),
];
const WSUS: &str = "sws.update.microsoft.com";

fn digest(der: &[u8]) -> String {
    // The same digest, over a whole certificate.
    KeyId::of(der).to_string()
}

#[test]
fn what_is_built_in_is_genuine() {
    let set = PinSet::built_in();
    let pins = set.pins(WSUS);
    for (authorities, known) in [(&pins.roots, ROOTS), (&pins.issuers, INTERMEDIATES)] {
        let pinned: Vec<_> = authorities.iter().filter(|one| one.certificate.is_some()).collect();
        assert_eq!(pinned.len(), known.len());
        for (authority, (name, certificate, key)) in pinned.iter().zip(known) {
            assert_eq!(authority.name, format!("CN={name}"));
            let der = authority.certificate.as_ref().unwrap();
            assert_eq!(digest(der), format!("sha256:{certificate}"), "{name}");
            assert_eq!(authority.key.unwrap().to_string(), format!("sha256:{key}"), "{name}");
            assert_eq!(Certificate::read(der).unwrap().subject.common, name);
        }
    }
}

#[test]
fn each_pinned_intermediate_is_signed_by_its_pinned_root() {
    let pins = PinSet::built_in().pins(WSUS);
    let algorithms = crate::provider().signature_verification_algorithms;
    for issuer in pins.issuers.iter().filter_map(|issuer| issuer.certificate.as_ref()) {
        let anchors: Vec<_> = pins.roots.iter().filter_map(Issuer::anchor).collect();
        // An authority is verified like a server's certificate, but for its being one: which is the last thing that is said.
        let cert = webpki::EndEntityCert::try_from(issuer).unwrap();
        let at = rustls::pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
        let usage = webpki::KeyUsage::server_auth();
        let verified = cert.verify_for_usage(algorithms.all, &anchors, &[], at, usage, None, None);
        assert!(matches!(verified.map(drop), Err(webpki::Error::CaUsedAsEndEntity)));
    }
}

#[test]
fn what_is_incomplete_says_so() {
    let set = PinSet::built_in();
    assert_eq!(
        set.incomplete(),
        ["CN=Microsoft Update Secure Server CA 2.2", "CN=Microsoft ECC Update Secure Server CA 2.2"]
    );
}

#[test]
fn patterns_stand_for_hosts_below_and_nothing_else() {
    let set = PinSet::built_in();
    for host in [WSUS, "SWS.Update.Microsoft.COM", "fe2cr.update.microsoft.com.", "fe3.delivery.mp.microsoft.com"] {
        assert!(set.knows(host), "{host}");
    }
    for host in
        ["update.microsoft.com.evil.example", "evilupdate.microsoft.com", "microsoft.com", ".update.microsoft.com", ""]
    {
        assert!(!set.knows(host), "{host}");
        assert!(set.pins(host).is_empty());
    }
}

#[test]
fn alarms_come_at_90_30_and_7_days() {
    let set = PinSet::built_in();
    let end: Timestamp = "2027-06-21T17:43:35Z".parse().unwrap();
    let at = |days: i64| end - SignedDuration::from_hours(days * 24);
    let within = |days| set.expiring(at(days)).first().map(|first| first.within_days);
    assert_eq!(within(91), None);
    assert_eq!(
        (within(90), within(31), within(30), within(8), within(7), within(-1)),
        (Some(90), Some(90), Some(30), Some(30), Some(7), Some(0))
    );
    assert_eq!(set.expiring(at(1))[0].name, "CN=Microsoft Update Secure Server CA 2.1");
}

#[test]
fn a_set_survives_its_text() {
    let set = PinSet::built_in();
    assert_eq!(PinSet::parse(set.to_text().as_bytes()), Ok(set));
}

/// The built-in set, as another version.
fn version(version: u32) -> Vec<u8> {
    PinSet { version, ..PinSet::built_in() }.to_text().into_bytes()
}

#[test]
fn only_a_newer_file_that_somebody_trusted_signed_is_taken() {
    let (key, stranger) = (SigningKey::generate(), SigningKey::generate());
    let trusted = |signer: &trust::Fingerprint| *signer == key.verifying_key().fingerprint();
    let accepted = |bytes: &[u8], here| SignedSet::open(bytes).and_then(|signed| signed.accept(trusted, here));
    let file = PinSet::sign(&version(2), &key).unwrap();
    assert_eq!(accepted(&file, 1).unwrap().version, 2);
    assert_eq!(accepted(&file, 2), Err(ImportError::NotNewer { offered: 2, here: 2 }));
    assert_eq!(accepted(&file, 3), Err(ImportError::NotNewer { offered: 2, here: 3 }), "no way back");

    let theirs = PinSet::sign(&version(3), &stranger).unwrap();
    let error = accepted(&theirs, 1).unwrap_err();
    assert_eq!(error, ImportError::Stranger(stranger.verifying_key().fingerprint()));
    assert!(error.to_string().contains("`vanne upstream pins trust "), "{error}");

    for at in [0, 20, 100, 150, file.len() / 2, file.len() - 1] {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(
            matches!(SignedSet::open(&changed), Err(ImportError::Form | ImportError::Key(_) | ImportError::Signature)),
            "{at}"
        );
    }
    assert_eq!(SignedSet::open(&version(2)), Err(ImportError::Form), "not signed at all");
    assert_eq!(SignedSet::open(&[]), Err(ImportError::Form));
    assert!(matches!(PinSet::sign(b"{}", &key), Err(InvalidSet::Unreadable(_))));
}

#[test]
fn what_is_no_set_is_refused_with_its_reason() {
    let good = PinSet::built_in().to_text();
    let changed = |from: &str, to: &str| PinSet::parse(good.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
    for (from, to, says) in [
        ("\"version\"", "\"verzion\"", "unknown field"),
        ("*.update.microsoft.com", "*.com", "no pattern of hosts"),
        ("*.update.microsoft.com", "Update.microsoft.com", "no pattern of hosts"),
        ("sha256:0237", "sha256:0238", "has the key"),
        ("MIIF7TCCA9WgAwIBAgIQ", "MIIF7TCCA9WgAwIBAgI", "of CN=Microsoft Root Certificate Authority 2011"),
    ] {
        let error = changed(from, to);
        assert!(error.contains(says), "{error}");
    }
    let single = good.replace("\"certificate\": \"MIIEYj", "\"certificate\": \"!");
    assert!(PinSet::parse(single.as_bytes()).unwrap_err().to_string().contains("is not base64"));
    let long = vec![b' '; FILE_BYTES_MAX + 1];
    assert_eq!(PinSet::parse(&long), Err(InvalidSet::TooLong));
}

#[test]
fn one_pin_without_a_backup_is_refused() {
    let mut set = PinSet::built_in();
    for host in &mut set.hosts {
        host.issuers.retain(|issuer| issuer.name.contains("ECC") || issuer.certificate.is_none());
    }
    let error = PinSet::parse(set.to_text().as_bytes()).unwrap_err().to_string();
    assert!(error.starts_with("pinned intermediates (one and a backup) of a file of pins: there are 1"), "{error}");
}
