use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::{Decode as _, Encode as _};

use super::*;
use crate::{Authority, Identity, KeyKind};

fn now() -> Timestamp {
    "2026-11-29T00:00:00Z".parse().unwrap()
}

fn authorities() -> [Certificate; 2] {
    ["paris", "lyon"].map(|owner| Authority::generate(owner, now()).unwrap().certificate().clone())
}

/// Some that are roots and issuers.
fn both(all: &[Certificate]) -> Authorities {
    Authorities { roots: all.to_vec(), pinned: all.to_vec(), ..Authorities::default() }
}

fn policy(authorities: &Authorities) -> Policy {
    Policy::new(&"wsus.example".parse().unwrap(), 8531, authorities)
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks(2).map(|pair| u16::from_le_bytes(pair.try_into().unwrap())).collect();
    String::from_utf16(&units).unwrap()
}

/// (key, name, value) as each form says it.
type Said = Vec<(String, String, Data)>;

fn said(policy: &Policy) -> Said {
    policy.values().iter().map(|value| (value.key.clone(), value.name.to_owned(), value.data.clone())).collect()
}

fn by_registry_file(bytes: &[u8]) -> Said {
    let text = utf16(bytes);
    let text = text.strip_prefix("\u{feff}Windows Registry Editor Version 5.00\r\n").unwrap();
    let entry = |entry: &str| {
        let (key, line) = entry.split_once("]\r\n").unwrap();
        let (name, data) = line.trim_end().split_once('=').unwrap();
        let data = if let Some(number) = data.strip_prefix("dword:") {
            Data::Number(u32::from_str_radix(number, 16).unwrap())
        } else if let Some(digits) = data.strip_prefix("hex:") {
            Data::Bytes(digits.split(',').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect())
        } else {
            Data::Text(data.trim_matches('"').to_owned())
        };
        (key.to_owned(), name.trim_matches('"').to_owned(), data)
    };
    text.split("\r\n[HKEY_LOCAL_MACHINE\\").skip(1).map(entry).collect()
}

fn by_registry_pol(bytes: &[u8]) -> Said {
    let mut rest = bytes.strip_prefix(b"PReg\x01\0\0\0").unwrap();
    let mut said = Vec::new();
    while !rest.is_empty() {
        let mut take = |count: usize| {
            let (taken, behind) = rest.split_at(count);
            rest = behind;
            taken
        };
        assert_eq!(take(2), b"[\0");
        let mut text = || {
            let mut units = Vec::new();
            loop {
                match take(2) {
                    b"\0\0" => break,
                    unit => units.extend_from_slice(unit),
                }
            }
            assert_eq!(take(2), b";\0");
            utf16(&units)
        };
        let (key, name) = (text(), text());
        let kind = u32::from_le_bytes(take(4).try_into().unwrap());
        assert_eq!(take(2), b";\0");
        let length = u32::from_le_bytes(take(4).try_into().unwrap());
        assert_eq!(take(2), b";\0");
        let data = take(length as usize);
        let data = match kind {
            1 => Data::Text(utf16(data).strip_suffix('\0').unwrap().to_owned()),
            4 => Data::Number(u32::from_le_bytes(data.try_into().unwrap())),
            3 => Data::Bytes(data.to_vec()),
            other => panic!("{other}"),
        };
        assert_eq!(take(2), b"]\0");
        said.push((key, name, data));
    }
    said
}

fn by_script(bytes: &[u8]) -> Said {
    let text = std::str::from_utf8(bytes).unwrap();
    let line = |line: &str| {
        let parts: Vec<&str> = line.splitn(4, ' ').collect();
        let [key, name, kind, data] = parts.try_into().unwrap();
        let bare = |text: &str| text.trim_matches('\'').to_owned();
        let data = match kind {
            "String" => Data::Text(bare(data)),
            "DWord" => Data::Number(data.parse().unwrap()),
            _ => Data::Bytes(STANDARD.decode(data.split('\'').nth(1).unwrap()).unwrap()),
        };
        (bare(key), bare(name), data)
    };
    text.lines().filter_map(|text| text.strip_prefix("Set-Value ")).map(line).collect()
}

fn by_bundle(bytes: &[u8]) -> Vec<Vec<u8>> {
    let signed: SignedData = ContentInfo::from_der(bytes).unwrap().content.decode_as().unwrap();
    let certificate = |choice: &CertificateChoices| match choice {
        CertificateChoices::Certificate(certificate) => certificate.to_der().unwrap(),
        other => panic!("{other:?}"),
    };
    signed.certificates.unwrap().0.iter().map(certificate).collect()
}

#[test]
fn every_form_says_the_same() {
    let pinned = authorities();
    let policy = policy(&both(&pinned));
    let files = files(&policy, &both(&pinned), now()).unwrap();
    let file = |name: &str| files.iter().find(|file| file.name == name).unwrap().bytes.as_slice();
    assert_eq!(by_registry_file(file("vanne.reg")), said(&policy));
    assert_eq!(by_registry_pol(file("registry.pol")), said(&policy));
    assert_eq!(by_script(file("vanne.ps1")), said(&policy));
    let mut bundled = by_bundle(file("vanne-ca.p7b"));
    let mut expected = pinned.each_ref().map(|one| one.der().to_vec()).to_vec();
    bundled.sort();
    expected.sort();
    assert_eq!(bundled, expected);
    assert_eq!(file("vanne-ca.cer"), pinned[0].der().as_ref());
    let pem = Certificate::all_from_pem(std::str::from_utf8(file("vanne-ca.pem")).unwrap()).unwrap();
    assert_eq!(pem, pinned);
    let explanation = String::from_utf8_lossy(file("README.txt")).into_owned();
    assert!(pinned.iter().all(|one| explanation.contains(&one.sha256.to_string())));
    assert!(explanation.contains("https://wsus.example:8531"));
}

#[test]
fn the_policy_points_computers_at_https_and_puts_the_authority_into_both_stores() {
    let [authority, _] = authorities();
    let policy = policy(&Authorities::internal(&authority));
    let text = |name: &str| {
        let value = policy.values().iter().find(|value| value.name == name).unwrap();
        assert!(value.key.starts_with(r"Software\Policies\Microsoft\Windows\WindowsUpdate"));
        value.data.clone()
    };
    assert_eq!(text("WUServer"), Data::Text("https://wsus.example:8531".into()));
    assert_eq!(text("WUStatusServer"), text("WUServer"));
    assert_eq!(text("UseWUServer"), Data::Number(1));
    let thumbprint = authority.sha1.to_string().to_uppercase();
    let stores: Vec<_> = policy.values().iter().filter(|value| value.name == "Blob").collect();
    assert_eq!(stores.len(), 2);
    for store in stores {
        assert!(store.key.ends_with(&format!(r"\Certificates\{thumbprint}")), "{}", store.key);
        let Data::Bytes(blob) = &store.data else { panic!("{store:?}") };
        assert!(blob.ends_with(authority.der()));
    }
    let never = "DoNotEnforceEnterpriseTLSCertPinningForUpdateDetection";
    assert!(policy.values().iter().all(|value| value.name != never), "it is mentioned, and not set");
}

#[test]
fn addresses_are_written_as_urls_have_them() {
    let policy = Policy::new(&"2001:db8::1".parse().unwrap(), 443, &Authorities::default());
    assert_eq!(policy.url(), "https://[2001:db8::1]:443");
}

fn exported(identities: &[Identity]) -> (Authorities, Vec<&'static str>, String) {
    let authorities = Authorities::behind(identities);
    let files = files(&policy(&authorities), &authorities, now()).unwrap();
    let explanation = files.iter().find(|file| file.name == "README.txt").unwrap().bytes.clone();
    (authorities, files.iter().map(|file| file.name).collect(), String::from_utf8(explanation).unwrap())
}

const SETTINGS: [&str; 4] = ["vanne.reg", "registry.pol", "vanne.ps1", "README.txt"];

#[test]
fn of_an_organisation_with_one_authority_that_is_handed_out_and_never_the_servers_own() {
    let authority = Authority::generate("contoso", now()).unwrap();
    let root = authority.certificate();
    let identity = authority.issue(&["wsus.example".parse().unwrap()], KeyKind::Ecdsa, now()).unwrap();
    let (found, names, explanation) = exported(std::slice::from_ref(&identity));
    assert_eq!((&found.roots, &found.pinned), (&vec![root.clone()], &vec![root.clone()]));
    assert_eq!(names, [&[ROOT, ROOTS, PINNED][..], &SETTINGS].concat());
    assert!(!explanation.contains("What is missing") && explanation.contains("add nothing to the trusted roots"));
    let stores: Vec<_> = policy(&found).values().iter().filter(|value| value.name == "Blob").cloned().collect();
    assert_eq!(stores.len(), 1, "computers know the organisation's root");
    assert!(stores[0].key.contains("WindowsServerUpdateServices"));

    let pem = identity.to_pem();
    let alone = pem.rsplit_once("-----BEGIN CERTIFICATE").unwrap().0;
    let alone = Identity::from_pem(alone, alone).unwrap();
    let (found, names, explanation) = exported(std::slice::from_ref(&alone));
    assert_eq!((found.roots.len(), found.pinned.len()), (0, 0));
    assert_eq!(names, SETTINGS);
    for says in ["What is missing", &root.subject, "computers would\r\nrefuse the next one"] {
        assert!(explanation.contains(says), "{says}: {explanation}");
    }
    assert!(!explanation.contains("vanne-ca") && !explanation.contains(&identity.certificate().sha256.to_string()));
    let (found, ..) = exported(&[identity, alone]);
    assert!(found.pinned.is_empty(), "whoever is shown the other certificate would take nothing");
    assert_eq!(found.roots.len(), 1);
}
