use proptest::prelude::*;

use super::*;

const PURPOSE: &str = "a test";

/// The private key of RFC 8032, section 7.1, test 1, in PKCS#8 (RFC 8410, section 7).
fn known_key() -> SigningKey {
    let seed = hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
    let prefix = hex::decode("302e020100300506032b657004220420").unwrap();
    SigningKey::from_pkcs8(&[prefix, seed].concat()).unwrap()
}

#[test]
fn a_public_key_is_the_one_of_the_standard() {
    let expected = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    assert_eq!(known_key().verifying_key().to_string(), expected);
    assert_eq!(expected.parse::<VerifyingKey>().unwrap(), known_key().verifying_key());
}

#[test]
fn a_fingerprint_is_what_openssl_says() {
    let expected = "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9";
    assert_eq!(known_key().verifying_key().fingerprint().to_string(), expected);
}

#[test]
fn a_key_survives_both_of_its_forms() {
    let key = SigningKey::generate();
    let read = SigningKey::from_pkcs8(&key.to_pkcs8()).unwrap();
    assert_eq!(read.verifying_key(), key.verifying_key());
    let pem = format!("a comment before\r\n{}and behind", key.to_pem().replace('\n', "\r\n"));
    assert_eq!(SigningKey::from_pem(&pem).unwrap().verifying_key(), key.verifying_key());
}

#[test]
fn a_key_is_written_as_openssl_writes_it() {
    let expected = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
        -----END PRIVATE KEY-----\n";
    assert_eq!(known_key().to_pem(), expected);
}

#[test]
fn what_is_no_key_is_refused() {
    let pem = known_key().to_pem();
    for text in ["", "PRIVATE KEY", &pem[..pem.len() / 2], &pem.replace("PRIVATE", "PUBLIC"), &pem.replace('M', "*")] {
        assert_eq!(SigningKey::from_pem(text).unwrap_err(), SigningError::NotAPrivateKey, "{text:?}");
    }
    assert!(SigningKey::from_pkcs8(&[]).is_err());
    assert!("abc".parse::<VerifyingKey>().is_err());
    assert!("ab".repeat(32).to_uppercase().parse::<VerifyingKey>().is_err(), "one text for each key");
    assert!("ab".repeat(63).parse::<Signature>().is_err());
    assert!("ab".repeat(31).parse::<Fingerprint>().is_err());
}

#[test]
fn a_fingerprint_may_be_typed_in_upper_case() {
    let fingerprint = known_key().verifying_key().fingerprint();
    assert_eq!(format!(" {}\n", fingerprint.to_string().to_uppercase()).parse::<Fingerprint>().unwrap(), fingerprint);
}

#[test]
fn two_generated_keys_differ() {
    assert_ne!(SigningKey::generate().verifying_key(), SigningKey::generate().verifying_key());
}

#[test]
fn a_key_is_shown_by_its_fingerprint_only() {
    let shown = format!("{:?}", known_key());
    assert!(shown.contains(&known_key().verifying_key().fingerprint().to_string()));
    assert!(!shown.contains("9d61b19d"));
}

#[test]
fn a_signature_holds_for_its_message_purpose_and_key_only() {
    let key = known_key();
    let signature = key.sign(PURPOSE, b"message");
    let public = key.verifying_key();
    assert_eq!(public.verify(PURPOSE, b"message", &signature), Ok(()));
    assert_eq!(public.verify(PURPOSE, b"messagE", &signature), Err(SigningError::Mismatch));
    assert_eq!(public.verify("a tes", b"tmessage", &signature), Err(SigningError::Mismatch));
    let other = SigningKey::generate().verifying_key();
    assert_eq!(other.verify(PURPOSE, b"message", &signature), Err(SigningError::Mismatch));
}

proptest! {
    #[test]
    fn a_flipped_bit_ends_a_signature(message: Vec<u8>, bit in 0..512_usize) {
        let key = known_key();
        let mut signature = key.sign(PURPOSE, &message);
        prop_assert_eq!(signature.to_string().parse::<Signature>().unwrap(), signature);
        signature.0[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(key.verifying_key().verify(PURPOSE, &message, &signature), Err(SigningError::Mismatch));
    }
}
