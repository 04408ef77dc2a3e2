//! SEC-C7: more events than a computer has to tell.

use model::{Timestamp, UpdateState};
use server::EVENTS_DAILY_MAX;
use uuid::Uuid;
use wire::ErrorCode;
use wire::reporting::Event;

use crate::harness::{Computer, Estate};

fn batch(events: usize) -> Vec<Event> {
    (0..events).map(|_| Event::new(147, Uuid::new_v4(), Timestamp::now())).collect()
}

async fn kept(estate: &Estate) -> f64 {
    estate.metric("vanne_events_total", &[]).await
}

#[tokio::test]
async fn sec_c7_the_longest_batch_is_taken_and_one_event_more_is_not() {
    let estate = Estate::start().await;
    let computer = Computer::join(&estate.url(), "away for weeks").await;
    let most = wire::limits::EVENTS.max;
    assert!(computer.report(batch(most)).await.unwrap());
    let fault = computer.report(batch(most + 1)).await.unwrap_err();
    assert_eq!((fault.code, fault.message.as_str()), (ErrorCode::InvalidParameters, "eventBatch"));
    assert_eq!(kept(&estate).await, most as f64);
}

#[tokio::test]
async fn sec_c7_a_flood_of_events_ends_with_what_a_day_allows_and_disturbs_nobody() {
    let estate = Estate::start().await;
    let flood = Computer::join(&estate.url(), "flood").await;
    let honest = Computer::join(&estate.url(), "honest").await;
    let most = wire::limits::EVENTS.max;
    for _ in 0..EVENTS_DAILY_MAX / most {
        assert!(flood.report(batch(most)).await.unwrap());
    }
    for size in [1, most] {
        assert_eq!(
            flood.report(batch(size)).await.unwrap_err().code,
            ErrorCode::ServerBusy,
            "it is to come back later"
        );
    }
    assert!(honest.report(batch(1)).await.unwrap());
    assert_eq!(kept(&estate).await, EVENTS_DAILY_MAX as f64 + 1.0);
    assert_eq!(estate.metric("vanne_refused_total", &["too many events"]).await, 2.0);
    estate.advance_mins(24 * 60);
    let mut tomorrow = flood;
    tomorrow.renew().await.unwrap();
    assert!(tomorrow.report(batch(1)).await.unwrap());
}

#[tokio::test]
async fn sec_c7_an_event_of_the_year_3000_does_not_outlive_the_next_report() {
    let estate = Estate::with_catalog(&crate::harness::documents()).await;
    let computer = Computer::join(&estate.url(), "time traveller").await;
    let update = crate::harness::bundle(testkit::catalogs::KB::BOOT).id();
    let compliance = |list: &str, at: Timestamp| {
        let misc_data = vec![format!("{list}={update}")];
        vec![Event { misc_data, ..Event::new(156, Uuid::new_v4(), at) }]
    };
    let state = async || {
        let query = server::admin::api::StatusQuery { update: Some(update), ..Default::default() };
        estate.status(&query).await.counts
    };
    let future = "3000-01-01T00:00:00Z".parse().unwrap();
    computer.report_at(Timestamp::now(), compliance("V", future)).await.unwrap();
    assert_eq!(state().await.get(&UpdateState::Installed), Some(&1));
    estate.advance_mins(1);
    let now = Timestamp::now().checked_add(jiff::SignedDuration::from_mins(1)).unwrap();
    computer.report_at(now, compliance("U", now)).await.unwrap();
    assert_eq!(state().await.get(&UpdateState::Needed), Some(&1));
}
