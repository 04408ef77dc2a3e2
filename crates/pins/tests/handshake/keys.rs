//! One upstream's own authority, or its key.

use pins::{Certificate, InvalidAuthority, KeyId, Pins, Presented, Refusal};
use testkit::tls::{Authority, Order};

use crate::stage::{HOST, trusted, untrusted};

fn key(der: &[u8]) -> KeyId {
    Certificate::read(der).unwrap().key
}

#[tokio::test]
async fn an_authority_is_trusted_for_all_below_it_and_nothing_else() {
    let (root, other) = (Authority::root("Contoso Root"), Authority::root("Contoso Root"));
    let pins = Pins::authority(&root.pem()).unwrap();
    trusted(&pins, &root.issue(&Order::server(HOST))).await;
    trusted(&pins, &root.issue(&Order::server(HOST)).with_chain([])).await;
    trusted(&pins, &root.below("Contoso Site CA").issue(&Order::server(HOST))).await;
    let same_name = untrusted(&pins, &other.issue(&Order::server(HOST))).await;
    assert_eq!(same_name.refusal, Refusal::BadSignature, "the same name is not the same authority");
}

#[tokio::test]
async fn the_key_of_the_issuing_authority_is_enough() {
    let root = Authority::root("Contoso Root");
    let site = root.below("Contoso Site CA");
    let pins = Pins::keys([key(&site.der())]);
    trusted(&pins, &site.issue(&Order::server(HOST))).await;
    // The one above it did not issue the server's certificate.
    let above = Pins::keys([key(&root.der())]);
    let chain = [site.der(), root.der()];
    assert_eq!(untrusted(&above, &site.issue(&Order::server(HOST)).with_chain(chain)).await.refusal, Refusal::OtherKey);
    let late = site.issue(&Order::server(HOST).until(2025, 1, 1));
    assert!(matches!(untrusted(&pins, &late).await.refusal, Refusal::Expired { .. }));
    let other = site.issue(&Order::server("other.contoso.example"));
    assert_eq!(untrusted(&pins, &other).await.refusal, Refusal::OtherHost);
}

#[tokio::test]
async fn a_certificate_that_merely_carries_the_pinned_authority_along_is_refused() {
    let site = Authority::root("Contoso Site CA");
    let stranger = Authority::root("Fabrikam CA");
    let pins = Pins::keys([key(&site.der())]);
    let dressed = stranger.issue(&Order::server(HOST)).with_chain([site.der()]);
    assert_eq!(untrusted(&pins, &dressed).await.refusal, Refusal::OtherKey);
    let same_name = Authority::root("Contoso Site CA").issue(&Order::server(HOST)).with_chain([site.der()]);
    assert_eq!(untrusted(&pins, &same_name).await.refusal, Refusal::Impostor);
}

#[tokio::test]
async fn a_servers_own_key_is_enough_with_its_name_dates_and_purpose() {
    let own = Authority::self_signed(&Order::server(HOST));
    let pins = Pins::keys([key(own.own())]);
    trusted(&pins, &own).await;
    let other = Authority::self_signed(&Order::server(HOST));
    let changed = untrusted(&pins, &other).await;
    assert_eq!(changed.refusal, Refusal::OtherKey);
    assert!(changed.to_string().contains(&format!("; expected was {}", key(own.own()).short())), "{changed}");
    assert_eq!(changed.presented.key_to_pin(), Some(key(other.own())));

    for (order, refusal) in [
        (Order::server(HOST).until(2026, 1, 1), None),
        (Order::server(HOST).from(2027, 1, 1), None),
        (Order::server("other.example"), Some(Refusal::OtherHost)),
        (Order::server(HOST).for_clients(), Some(Refusal::NotForServers)),
    ] {
        let wrong = Authority::self_signed(&order);
        let found = untrusted(&Pins::keys([key(wrong.own())]), &wrong).await.refusal;
        match refusal {
            Some(refusal) => assert_eq!(found, refusal),
            None => assert!(matches!(found, Refusal::Expired { .. } | Refusal::NotYetValid { .. }), "{found:?}"),
        }
    }
}

#[tokio::test]
async fn an_authority_and_a_key_must_both_be_right() {
    let root = Authority::root("Contoso Root");
    let (site, sibling) = (root.below("Contoso Site CA"), root.below("Contoso Other CA"));
    let pins = Pins::authority(&root.pem()).unwrap().and_keys([key(&site.der())]);
    trusted(&pins, &site.issue(&Order::server(HOST))).await;
    assert_eq!(untrusted(&pins, &sibling.issue(&Order::server(HOST))).await.refusal, Refusal::OtherKey);
    let direct = Pins::authority(&root.pem()).unwrap().and_keys([key(&root.der())]);
    trusted(&direct, &root.issue(&Order::server(HOST)).with_chain([])).await;
    let own = site.issue(&Order::server(HOST));
    trusted(&Pins::authority(&root.pem()).unwrap().and_keys([key(own.own())]), &own).await;
}

#[test]
fn only_authorities_make_an_authority() {
    let own = Authority::self_signed(&Order::server(HOST));
    let root = Authority::root("Contoso Root");
    assert_eq!(Pins::authority("").unwrap_err(), InvalidAuthority::None);
    let cut = root.pem().replace("MII", "M!I");
    assert_eq!(Pins::authority(&cut).unwrap_err(), InvalidAuthority::Damaged);
    assert_eq!(Pins::authority(&root.pem().repeat(30)).unwrap_err(), InvalidAuthority::TooMany);
    use base64::Engine as _;
    let leaf = base64::prelude::BASE64_STANDARD.encode(own.own());
    let leaf = format!("-----BEGIN CERTIFICATE-----\n{leaf}\n-----END CERTIFICATE-----\n");
    let error = Pins::authority(&leaf).unwrap_err();
    assert!(error.to_string().contains("use --pin with sha256:"), "{error}");
}

#[test]
fn what_was_presented_is_shown_without_what_does_harm() {
    let own = Authority::self_signed(&Order::server(HOST));
    let presented = Presented::read(own.own(), &[]);
    assert!(presented.to_string().ends_with("issued by CN=updates.contoso.example itself"), "{presented}");
    assert_eq!(Presented::read(b"nothing", &[]).to_string(), "nothing that can be read");
    let named = Authority::root("evil\u{1b}[2J\u{202e}\nname");
    let shown = Certificate::read(&named.der()).unwrap().subject.to_string();
    assert!(!shown.chars().any(|c| c.is_control() || c == '\u{202e}'), "{shown:?}");
}
