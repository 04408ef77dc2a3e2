//! Chains and issuers, names, dates and purposes.

use pins::{Pins, Problem, Refusal, Suspicion};
use testkit::tls::{Authority, Order};

use crate::stage::{HOST, Publisher, fails, trusted, untrusted};

/// The reason, and that the message has it, who was presented and what was expected.
async fn refused(pins: &Pins, credentials: &testkit::tls::Credentials, refusal: Refusal, says: &[&str]) {
    let untrusted = untrusted(pins, credentials).await;
    assert_eq!(untrusted.refusal, refusal);
    let message = untrusted.to_string();
    for part in ["updates.contoso.example is not trusted: ", &refusal.to_string()].iter().chain(says) {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}

#[tokio::test]
async fn sec_t4_what_a_pinned_authority_issued_is_trusted() {
    let publisher = Publisher::new();
    trusted(&publisher.pins(), &publisher.good()).await;
    trusted(&publisher.pins(), &publisher.backup.issue(&Order::server(HOST))).await;
}

#[tokio::test]
async fn a_pinned_authority_with_another_certificate_for_the_same_key_is_the_same() {
    let publisher = Publisher::new();
    let renewed = publisher.pinned.renewed_by(&publisher.root);
    trusted(&publisher.pins(), &renewed.issue(&Order::server(HOST))).await;
}

#[tokio::test]
async fn sec_t4_a_sibling_under_the_same_root_is_refused() {
    let publisher = Publisher::new();
    let sibling = publisher.root.below("Contoso Mail CA");
    let pins = publisher.pins().with_lists(&crate::stage::lists(&[sibling.list(&[], 2030)]));
    let says = [
        "It presented CN=updates.contoso.example (sha256:",
        "issued by CN=Contoso Mail CA (sha256:",
        "; expected was the pinned one (sha256:",
        " or the backup (sha256:",
    ];
    refused(&pins, &sibling.issue(&Order::server(HOST)), Refusal::OtherIssuer, &says).await;
    // Without a list of the sibling's as well: what it says of itself does not matter.
    refused(&publisher.pins(), &sibling.issue(&Order::server(HOST)), Refusal::OtherIssuer, &says).await;
}

#[tokio::test]
async fn what_the_root_issued_directly_is_refused() {
    let publisher = Publisher::new();
    refused(&publisher.pins(), &publisher.root.issue(&Order::server(HOST)), Refusal::OtherIssuer, &[]).await;
}

#[tokio::test]
async fn sec_t4_another_authority_of_the_same_name_is_refused() {
    let publisher = Publisher::new();
    let impostor = publisher.root.below("Contoso Update Server CA");
    let pins = publisher.pins().with_lists(&crate::stage::lists(&[impostor.list(&[], 2030)]));
    refused(&pins, &impostor.issue(&Order::server(HOST)), Refusal::Impostor, &["CN=Contoso Update Server CA"]).await;
}

#[tokio::test]
async fn sec_t4_an_intercepting_authority_is_refused_and_suspected() {
    let publisher = Publisher::new();
    let company = Authority::root("Fabrikam Zscaler Root CA");
    let says = ["as those of Zscaler are", "a TLS-inspecting proxy is probably in the path; exempt this host"];
    refused(&publisher.pins(), &company.issue(&Order::server(HOST)), Refusal::UnknownRoot, &says).await;
    let private = Authority::root("Fabrikam Internal CA");
    let says = ["its issuer is a private authority: a TLS-inspecting proxy"];
    refused(&publisher.pins(), &private.issue(&Order::server(HOST)), Refusal::UnknownRoot, &says).await;
    let public =
        untrusted(&publisher.pins(), &Authority::root("DigiCert Look-Alike").issue(&Order::server(HOST))).await;
    assert_eq!(public.suspicion, None, "a public one is another server rather than a proxy");
    let product = untrusted(&publisher.pins(), &Authority::root("FortiGate CA").issue(&Order::server(HOST))).await;
    assert_eq!(product.suspicion, Some(Suspicion::Product("FortiGate".to_owned())));
}

#[tokio::test]
async fn a_missing_intermediate_is_refused_with_what_is_missing() {
    let publisher = Publisher::new();
    refused(&publisher.pins(), &publisher.good().with_chain([]), Refusal::Incomplete, &["which was not sent along"])
        .await;
    let unknown = Authority::root("Fabrikam CA").issue(&Order::server(HOST)).with_chain([]);
    refused(&publisher.pins(), &unknown, Refusal::UnknownRoot, &[]).await;
}

#[tokio::test]
async fn another_hosts_certificate_is_refused() {
    let publisher = Publisher::new();
    let other = publisher.pinned.issue(&Order::server("mail.contoso.example"));
    refused(&publisher.pins(), &other, Refusal::OtherHost, &[", for mail.contoso.example"]).await;
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_refused_with_both_times() {
    let publisher = Publisher::new();
    let now = "2026-06-01T00:00:00Z".parse().unwrap();
    let over = publisher.pinned.issue(&Order::server(HOST).until(2026, 5, 31));
    let since = Some("2026-05-31T00:00:00Z".parse().unwrap());
    let says = ["(since 2026-05-31T00:00:00Z); it is 2026-06-01T00:00:00Z by this computer's clock"];
    refused(&publisher.pins(), &over, Refusal::Expired { since, now }, &says).await;
    let early = publisher.pinned.issue(&Order::server(HOST).from(2026, 6, 2));
    let from = Some("2026-06-02T00:00:00Z".parse().unwrap());
    refused(&publisher.pins(), &early, Refusal::NotYetValid { from, now }, &["(before 2026-06-02T00:00:00Z)"]).await;
}

#[tokio::test]
async fn a_clients_certificate_is_refused() {
    let publisher = Publisher::new();
    let client = publisher.pinned.issue(&Order::server(HOST).for_clients());
    refused(&publisher.pins(), &client, Refusal::NotForServers, &["serverAuth"]).await;
}

#[tokio::test]
async fn an_authority_that_presents_itself_is_refused() {
    let publisher = Publisher::new();
    refused(&publisher.pins(), &publisher.pinned.as_server(), Refusal::AuthorityAsServer, &[]).await;
}

#[tokio::test]
async fn an_authority_keeps_to_its_names() {
    let root = Authority::root("Contoso Root 2020");
    let narrow = root.below_for("Contoso Branch CA", "branch.contoso.example");
    let pins = Pins::authority(&root.pem()).unwrap();
    refused(&pins, &narrow.issue(&Order::server(HOST)), Refusal::BeyondAuthority, &[]).await;
    let wide = root.below_for("Contoso Branch CA", "contoso.example");
    trusted(&pins, &wide.issue(&Order::server(HOST))).await;
}

#[tokio::test]
async fn thirty_certificates_are_too_many() {
    let publisher = Publisher::new();
    let chain = std::iter::repeat_with(|| publisher.pinned.der()).take(29);
    let many = publisher.good().with_chain(chain);
    refused(&publisher.pins(), &many, Refusal::TooMany { sent: 30 }, &["it sent 30 certificates"]).await;
    let ten = publisher.good().with_chain(std::iter::repeat_with(|| publisher.pinned.der()).take(9));
    trusted(&publisher.pins(), &ten).await;
}

#[tokio::test]
async fn a_chain_as_deep_as_no_real_one_is_refused() {
    let root = Authority::root("Contoso Root 2020");
    let mut chain = Vec::new();
    let mut last = root.below("Contoso 0");
    for depth in 1..9 {
        chain.insert(0, last.der());
        last = last.below(&format!("Contoso {depth}"));
    }
    chain.insert(0, last.der());
    let deep = last.issue(&Order::server(HOST)).with_chain(chain);
    let untrusted = untrusted(&Pins::authority(&root.pem()).unwrap(), &deep).await;
    assert!(matches!(untrusted.refusal, Refusal::Other(_) | Refusal::UnknownRoot), "{untrusted:?}");
}

#[tokio::test]
async fn nothing_is_trusted_where_nothing_is_pinned() {
    let publisher = Publisher::new();
    refused(&Pins::none(), &publisher.good(), Refusal::Unpinned, &["nothing is trusted unseen"]).await;
}

#[tokio::test]
async fn pins_out_of_force_trust_nobody() {
    let publisher = Publisher::new();
    let pins = publisher.set("2026-05-01T00:00:00Z").pins(HOST);
    let untrusted = untrusted(&pins, &publisher.good()).await;
    assert!(matches!(untrusted.refusal, Refusal::PinsNotInForce { .. }), "{untrusted:?}");
    assert!(untrusted.to_string().contains("`vanne upstream pins import`"), "{untrusted}");
}

#[tokio::test]
async fn another_protocol_is_refused() {
    let publisher = Publisher::new();
    let problem = fails(&publisher.pins(), &publisher.good().speaking(b"h2")).await;
    assert_eq!(problem, Problem::OtherProtocol);
    assert!(problem.to_string().starts_with("it does not want to speak HTTP/1.1"), "{problem}");
}
