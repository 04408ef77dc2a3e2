//! SEC-C3, SEC-C4, SEC-C5: who computers say they are, and where they say they belong.

use http::Method;
use model::{ApprovalAction, DeploymentAction, Timestamp};
use server::admin::api::{ComputerSummary, Which};
use testkit::catalogs::KB;
use uuid::Uuid;
use wire::reporting::Event;
use wire::simple_auth::GetAuthorizationCookie;
use wire::{Request, Response};

use crate::harness::{Computer, Estate, bundle, documents};

#[tokio::test]
async fn sec_c3_a_computer_reports_in_its_own_name() {
    let estate = Estate::start().await;
    let computer = Computer::join(&estate.url(), "honest").await;
    let event = |sid: String| Event { sid: Some(sid), ..Event::new(147, Uuid::new_v4(), Timestamp::now()) };
    let name = computer.id.to_string();
    // In capital letters it is the same computer.
    assert!(computer.report(vec![event(name.clone()), event(name.to_uppercase())]).await.unwrap());
    let events = estate.events().await;
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| event.computer == computer.id));
}

/// Another computer with the id of one: the handshake in a name of its own, and all that follows.
async fn speak_as(computer: &Computer, dns_name: &str) -> Computer {
    let mut one = computer.clone();
    let request = Request::GetAuthorizationCookie(GetAuthorizationCookie {
        client_id: one.id.clone(),
        target_group_name: None,
        dns_name: dns_name.to_owned(),
    });
    let Response::GetAuthorizationCookie(authorization) = one.call(&request).await.unwrap() else { panic!() };
    one.cookie = Some(one.ask_cookie(vec![authorization], None).await.unwrap());
    one.known.clear();
    one.register().await.unwrap();
    one
}

async fn listed(estate: &Estate) -> ComputerSummary {
    let mut all: Vec<ComputerSummary> = estate.api(Method::GET, "/api/v1/computers", &()).await;
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[tokio::test]
async fn sec_c4_two_computers_with_one_id_are_told_apart_and_both_get_their_updates() {
    let estate = Estate::with_catalog(&documents()).await;
    let id = Computer::stranger(&estate.url());
    let mut original = speak_as(&id, "original.example").await;
    let mut copy = speak_as(&id, "copy.example").await;
    assert_eq!(listed(&estate).await.shares_id_with, None, "it may have been renamed");
    let expected = original.scan().await.new;
    assert!(!expected.is_empty());
    assert_eq!(copy.scan().await.new, expected, "each has a session of its own");

    let mut original = speak_as(&id, "original.example").await;
    let both = listed(&estate).await;
    assert_eq!(both.dns_name.as_deref(), Some("original.example"));
    assert_eq!(both.shares_id_with.as_deref(), Some("copy.example"));
    assert_eq!(original.scan().await.new, expected);
    assert!(copy.scan().await.is_empty(), "its session goes on as if nothing were");
}

#[tokio::test]
async fn sec_c4_a_renamed_computer_is_one_computer() {
    let estate = Estate::with_catalog(&documents()).await;
    let id = Computer::stranger(&estate.url());
    for name in ["desk.example", "desk.example", "DESK.example", "new-desk.example", "new-desk.example"] {
        speak_as(&id, name).await;
    }
    let computer = listed(&estate).await;
    assert_eq!((computer.dns_name.as_deref(), computer.shares_id_with), (Some("new-desk.example"), None));
}

#[tokio::test]
async fn sec_c5_a_claimed_group_means_nothing_where_the_administrator_decides() {
    let estate = Estate::with_catalog(&documents()).await;
    for group in ["Domain Controllers", "Desks"] {
        estate.create_group(group, None).await;
    }
    let update = bundle(KB::BOOT).id();
    estate.approve(Which::Updates(vec![update]), "Domain Controllers", ApprovalAction::Install).await;
    for (number, claim) in
        ["Domain Controllers", "domain controllers;Desks", "All Computers", "' OR 1=1 --", "*"].into_iter().enumerate()
    {
        let mut liar = Computer::meet(&estate.url(), &format!("claims {number}"), Some(claim)).await;
        liar.register().await.unwrap();
        liar.scan().await;
        let action = liar.told(update).unwrap().1.deployment.action;
        assert_eq!(action, DeploymentAction::PreDeploymentCheck, "{claim}");
    }
    let all: Vec<ComputerSummary> = estate.api(Method::GET, "/api/v1/computers", &()).await;
    let groups: Vec<_> = all.iter().flat_map(|computer| &computer.groups).map(|group| group.as_str()).collect();
    assert!(groups.iter().all(|group| *group == "Unassigned Computers"), "{groups:?}");
}
