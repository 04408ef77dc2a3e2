//! SEC-C8: computers that somebody makes up.

use http::Method;
use model::Timestamp;
use server::admin::api::ComputerSummary;
use uuid::Uuid;
use wire::ErrorCode;
use wire::reporting::Event;

use crate::harness::{Computer, Estate, documents};

/// A server that takes so many computers.
async fn estate(computers_max: usize) -> Estate {
    let estate = Estate::with(|config| config.limits.computers_max = computers_max).await;
    estate.import(&documents()).await;
    estate
}

/// A computer that has said how it is doing.
async fn reporting(estate: &Estate, name: &str) -> Computer {
    let computer = Computer::join(&estate.url(), name).await;
    computer.report(vec![Event::new(156, Uuid::new_v4(), Timestamp::now())]).await.unwrap();
    computer
}

async fn known(estate: &Estate) -> usize {
    let all: Vec<ComputerSummary> = estate.api(Method::GET, "/api/v1/computers?limit=100000", &()).await;
    all.len()
}

#[tokio::test]
async fn sec_c8_a_flood_of_computers_is_held_at_the_cap_and_those_that_report_stay() {
    let estate = estate(20).await;
    let mut honest = reporting(&estate, "honest").await;
    let mut assigned = Computer::join(&estate.url(), "assigned").await;
    estate.create_group("Pilot", None).await;
    estate.assign(&assigned.id, &["Pilot"]).await;
    for number in 0..60 {
        let made_up = Computer::meet(&estate.url(), &format!("made up {number}"), None).await;
        if number % 2 == 0 {
            made_up.register().await.unwrap();
        }
    }
    assert!(known(&estate).await <= 20, "{}", known(&estate).await);
    assert!(estate.metric("vanne_computers_displaced_total", &[]).await >= 42.0);
    for computer in [&mut honest, &mut assigned] {
        assert!(!computer.scan().await.new.is_empty(), "it is registered as before");
    }
}

#[tokio::test]
async fn sec_c8_an_honest_newcomer_finds_room_in_the_middle_of_a_flood() {
    let estate = estate(20).await;
    for number in 0..40 {
        Computer::meet(&estate.url(), &format!("made up {number}"), None).await;
    }
    let mut newcomer = reporting(&estate, "newcomer").await;
    for number in 40..80 {
        Computer::meet(&estate.url(), &format!("made up {number}"), None).await;
    }
    assert!(!newcomer.scan().await.new.is_empty());
}

#[tokio::test]
async fn sec_c8_where_nobody_can_give_way_newcomers_come_back_later_and_those_known_go_on() {
    let estate = estate(10).await;
    let mut all = Vec::new();
    for number in 0..10 {
        all.push(reporting(&estate, &format!("honest {number}")).await);
    }
    let stranger = Computer::stranger(&estate.url());
    for _ in 0..3 {
        assert_eq!(stranger.authorize(None).await.unwrap_err().code, ErrorCode::ServerBusy);
    }
    assert_eq!(known(&estate).await, 10);
    assert_eq!(estate.metric("vanne_refused_total", &["too many computers"]).await, 3.0);
    for computer in &mut all {
        computer.renew().await.unwrap();
        assert!(!computer.scan().await.new.is_empty());
    }
}

#[tokio::test]
async fn sec_c8_whoever_gave_way_does_not_come_back_by_a_side_door() {
    let estate = estate(10).await;
    let gone = Computer::meet(&estate.url(), "gone", None).await;
    for number in 0..10 {
        reporting(&estate, &format!("honest {number}")).await;
    }
    // Its cookie is good still; it was forgotten all the same.
    assert_eq!(gone.register().await.unwrap_err().code, ErrorCode::ServerBusy);
    let event = vec![Event::new(147, Uuid::new_v4(), Timestamp::now())];
    assert_eq!(gone.report(event).await.unwrap_err().code, ErrorCode::ServerBusy);
    assert_eq!(known(&estate).await, 10);
}

#[tokio::test]
async fn sec_c8_those_that_made_up_reports_give_way_once_they_are_silent() {
    let estate = estate(10).await;
    for number in 0..10 {
        reporting(&estate, &format!("made up {number}")).await;
    }
    estate.advance_mins(31 * 24 * 60);
    reporting(&estate, "newcomer").await;
    assert!(known(&estate).await <= 10, "{}", known(&estate).await);
}

#[tokio::test]
async fn sec_c8_a_computer_that_a_server_below_made_up_is_a_newcomer_here() {
    let estate = estate(10).await;
    let told = Computer::stranger(&estate.url());
    // Its server told of it long ago.
    let news = store::ComputerNews {
        computer: told.id.clone(),
        server: Some(Uuid::from_u128(1)),
        last_contact: Some(Timestamp::UNIX_EPOCH),
        last_detection_ok: None,
        last_report: None,
        details: None,
    };
    estate.store().await.take_computers(&[news], Timestamp::now()).await.unwrap();
    for number in 0..10 {
        reporting(&estate, &format!("honest {number}")).await;
    }
    assert_eq!(told.authorize(None).await.unwrap_err().code, ErrorCode::ServerBusy);
    assert_eq!(known(&estate).await, 11, "its server's, and this server's own");
}
