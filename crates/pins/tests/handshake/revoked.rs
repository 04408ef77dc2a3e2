//! Lists of revoked certificates.

use pins::{Certificate, InvalidList, LIST_BYTES_MAX, Lists, Pins, Refusal, Strictness};
use testkit::tls::{Authority, Order};

use crate::stage::{HOST, Publisher, lists, trusted, untrusted};

#[tokio::test]
async fn a_revoked_server_is_refused() {
    let publisher = Publisher::new();
    let good = publisher.good();
    let revoked = lists(&[publisher.root.list(&[], 2030), publisher.pinned.list(&[good.serial()], 2030)]);
    let refused = untrusted(&publisher.bare_pins().with_lists(&revoked), &good).await;
    assert_eq!(refused.refusal, Refusal::Revoked);
    assert!(refused.to_string().contains("was revoked by who issued it"), "{refused}");
}

#[tokio::test]
async fn a_revoked_pinned_authority_is_refused() {
    let publisher = Publisher::new();
    let serial = publisher.pinned.serial();
    let revoked = lists(&[publisher.root.list(&[&serial], 2030), publisher.pinned.list(&[], 2030)]);
    let refused = untrusted(&publisher.bare_pins().with_lists(&revoked), &publisher.good()).await;
    assert_eq!(refused.refusal, Refusal::Revoked);
}

#[tokio::test]
async fn without_the_list_of_an_authority_of_the_chain_it_is_refused() {
    let publisher = Publisher::new();
    for known in [lists(&[publisher.root.list(&[], 2030)]), lists(&[publisher.pinned.list(&[], 2030)]), Lists::new()] {
        let refused = untrusted(&publisher.bare_pins().with_lists(&known), &publisher.good()).await;
        assert_eq!(refused.refusal, Refusal::RevocationUnknown);
        assert!(refused.refusal.is_about_lists());
        assert!(refused.to_string().contains("[tls] crls"), "{refused}");
    }
}

#[tokio::test]
async fn with_a_list_that_is_out_of_date_it_is_refused() {
    let publisher = Publisher::new();
    let old = lists(&[publisher.root.list(&[], 2030), publisher.pinned.list(&[], 2026)]);
    let refused = untrusted(&publisher.bare_pins().with_lists(&old), &publisher.good()).await;
    let (since, now) = (Some("2026-01-01T00:00:00Z".parse().unwrap()), "2026-06-01T00:00:00Z".parse().unwrap());
    assert_eq!(refused.refusal, Refusal::ListExpired { since, now });
    assert!(refused.to_string().contains("(since 2026-01-01T00:00:00Z)"), "{refused}");
}

#[tokio::test]
async fn the_latest_list_of_an_authority_counts() {
    let publisher = Publisher::new();
    let (old, new) = (publisher.pinned.list(&[], 2026), publisher.pinned.list(&[], 2030));
    for order in [[old.clone(), new.clone()], [new, old]] {
        let [first, second] = order;
        let all = lists(&[publisher.root.list(&[], 2030), first, second]);
        trusted(&publisher.bare_pins().with_lists(&all), &publisher.good()).await;
    }
}

#[tokio::test]
async fn a_list_that_somebody_else_signed_counts_for_nothing() {
    let publisher = Publisher::new();
    let impostor = Authority::root("Contoso Update Server CA");
    let forged = lists(&[publisher.root.list(&[], 2030), impostor.list(&[], 2030)]);
    let refused = untrusted(&publisher.bare_pins().with_lists(&forged), &publisher.good()).await;
    assert_eq!(refused.refusal, Refusal::ListNotGenuine);
}

#[tokio::test]
async fn a_private_authority_without_lists_is_taken_and_what_it_revoked_is_not() {
    let root = Authority::root("Contoso Root");
    let server = root.issue(&Order::server(HOST));
    let pins = Pins::authority(&root.pem()).unwrap();
    trusted(&pins, &server).await;
    trusted(&pins.clone().with_lists(&lists(&[root.list(&[], 2022)])), &server).await;
    let revoked = pins.clone().with_lists(&lists(&[root.list(&[server.serial()], 2030)]));
    assert_eq!(untrusted(&revoked, &server).await.refusal, Refusal::Revoked);
    let strict = pins.strict(Strictness::Deny);
    assert_eq!(untrusted(&strict, &server).await.refusal, Refusal::RevocationUnknown);
    trusted(&strict.with_lists(&lists(&[root.list(&[], 2030)])), &server).await;
}

#[tokio::test]
async fn strictness_is_the_same_where_a_key_is_pinned() {
    let root = Authority::root("Contoso Root");
    let server = root.issue(&Order::server(HOST)).with_chain([root.der()]);
    let pins = Pins::keys([Certificate::read(&root.der()).unwrap().key]);
    trusted(&pins, &server).await;
    let strict = pins.strict(Strictness::Deny);
    assert_eq!(untrusted(&strict, &server).await.refusal, Refusal::RevocationUnknown);
    trusted(&strict.with_lists(&lists(&[root.list(&[], 2030)])), &server).await;
}

#[test]
fn a_list_whose_entries_no_verifier_reads_is_none() {
    let mut list = Authority::root("Contoso Root").list(&[&[1]], 2030);
    let mut all = Lists::new();
    all.add(list.clone()).unwrap();
    // A reason that there is not (RFC 5280, section 5.3.1): CRLReason is an enumeration, here of one byte.
    let reason = list.windows(3).rposition(|bytes| bytes[..2] == [0x0a, 1] && bytes[2] < 11).unwrap();
    list[reason + 2] = 7;
    assert!(matches!(all.add(list), Err(InvalidList::Unreadable(_))));
}

#[test]
fn what_is_no_list_is_refused() {
    let mut all = Lists::new();
    assert!(matches!(all.add(b"garbage".to_vec()), Err(InvalidList::Unreadable(_))));
    assert!(matches!(all.add(Authority::root("A certificate").der().to_vec()), Err(InvalidList::Unreadable(_))));
    assert_eq!(all.add(vec![0x30; LIST_BYTES_MAX + 1]), Err(InvalidList::TooLong));
    let root = Authority::root("Contoso Root");
    let list = root.list(&[], 2030);
    for cut in [1, list.len() / 2, list.len() - 1] {
        assert!(all.add(list[..cut].to_vec()).is_err(), "{cut}");
    }
    all.add(list.clone()).unwrap();
    all.add(list).unwrap();
    assert_eq!(all.len(), 1, "the same list twice");
    assert_eq!(all.told().next(), Some(("CN=Contoso Root", Some("2030-01-01T00:00:00Z".parse().unwrap()))));
    assert!(all.fresh("2031-01-01T00:00:00Z".parse().unwrap()).is_empty());
    for number in 0..63 {
        all.add(root.list(&[&[number + 1]], 2030)).unwrap();
    }
    assert_eq!(all.add(root.list(&[&[99]], 2030)), Err(InvalidList::TooMany));
}
