//! `vanne trust`: verdicts on files that were signed here, and the policy.

use forge::{Publisher, image};
use serde_json::Value;

use crate::harness::{Program, Ran, Site};

fn run(words: &[&str]) -> Ran {
    Ran::from(Program::run(words))
}

/// A publisher's root and a program it signed.
fn signed(site: &Site) -> (String, String) {
    let publisher = Publisher::new("Paris");
    let program = image::sign(&image::image(true, &[700]), &publisher.signing_by_root_time(), false);
    let path = |name: &str, bytes: &[u8]| site.write(name, bytes).to_string_lossy().into_owned();
    (path("root.pem", publisher.root.identity.pem().as_bytes()), path("program.exe", &program))
}

const AT: &str = "2026-12-01T00:00:00Z";

#[test]
fn a_file_of_a_publisher_that_was_added_is_accepted_and_altered_it_is_not() {
    let site = Site::new();
    let (root, program) = signed(&site);
    let words = ["trust", "verify", &program, "--publisher", &root, "--at", AT];
    let ran = run(&words);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with("accepted as local-publish: "), "{ran:?}");
    assert!(ran.out.contains("signed by Paris at 2026-03-01T12:00:00Z"), "{ran:?}");
    let mut bytes = std::fs::read(&program).unwrap();
    bytes[0x210] ^= 1;
    std::fs::write(&program, bytes).unwrap();
    let ran = run(&words);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("DigestMismatch: signature 1: the content differs from what was signed"), "{ran:?}");
}

#[test]
fn without_its_publisher_a_file_is_refused_and_everything_is_told_if_asked_for() {
    let site = Site::new();
    let (_, program) = signed(&site);
    let ran = run(&["trust", "verify", &program, "--class", "ms-app", "--explain", "--at", AT]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for told in
        ["refused as ms-app", "UnknownRoot", "SHA-256 ", "signer Paris", "issued by Paris Issuer", "by policy 2"]
    {
        assert!(ran.out.contains(told), "{told}: {}", ran.out);
    }
    let ran = run(&["trust", "verify", &program, "--output", "json", "--at", AT]);
    let verdict: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &verdict["outcome"]), (1, &Value::from("refused")));
    assert_eq!(verdict["reasons"][0]["reason"], "UnknownRoot");
    assert_eq!(verdict["signers"][0]["name"], "Paris");
}

#[test]
fn what_cannot_be_read_is_told_apart_from_what_is_refused() {
    let site = Site::new();
    let (root, program) = signed(&site);
    assert_eq!(run(&["trust", "verify", "/nowhere/program.exe"]).code, 4);
    let ran = run(&["trust", "verify", &program, "--crl", &root]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
    assert!(ran.err.contains("this revocation list cannot be used"), "{ran:?}");
    let text = site.write("text", "no program").to_string_lossy().into_owned();
    let ran = run(&["trust", "verify", &text]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("UnknownFormat"), "{ran:?}");
}

#[test]
fn the_policy_shows_who_may_sign_what() {
    let ran = run(&["trust", "policy"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for shown in [
        "policy 2 ",
        "driver-whql",
        "Microsoft Windows Hardware Compatibility Publisher",
        "given with --publisher",
        "nothing",
    ] {
        assert!(ran.out.contains(shown), "{shown}: {}", ran.out);
    }
    let policy: Value = serde_json::from_str(&run(&["trust", "policy", "--output", "json"]).out).unwrap();
    assert_eq!(policy["classes"].as_array().unwrap().len(), 6);
    assert_eq!(policy["roots"].as_array().unwrap().iter().filter(|root| root["vouches"][0] == "nothing").count(), 4);
}
