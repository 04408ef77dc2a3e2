//! Status flows up in spite of lines that break, removals and restores.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use model::{Timestamp, UpdateId, UpdateState};
use server::admin::api::{ComputerSummary, ServerSummary, SyncState};
use testkit::catalogs::KB;
use uuid::Uuid;

use super::status::{compliance, computers, id, reporting, roll_up, servers, status, unknown, who_needs};
use super::{below, point, synchronise, upstream};
use crate::harness::{Estate, bundle, documents, eventually, post};

#[tokio::test]
async fn what_was_collected_while_the_link_was_away_is_caught_up_in_sets() {
    let paris = Estate::with_catalog(&documents()).await;
    let marseille = below(&paris, false).await;
    synchronise(&marseille).await;
    // Nobody listens there.
    point(&marseille, &upstream("http://127.0.0.1:9", false)).await;
    let boot = bundle(KB::BOOT).id();
    let store = marseille.store().await;
    for week in 0..3 {
        marseille.advance_mins(7 * 24 * 60);
        let now = Timestamp::now().checked_add(jiff::SignedDuration::from_hours((week + 1) * 7 * 24)).unwrap();
        let needed = if week == 2 { Vec::new() } else { vec![boot] };
        let reports: Vec<store::Report> = (0..250).map(|number| report(number, now, needed.clone())).collect();
        store.record(&reports).await.unwrap();
    }
    let (code, body) = marseille.try_api(Method::POST, "/api/v1/sync/rollup", "null".into()).await;
    assert_eq!(code, 503, "{}", String::from_utf8_lossy(&body));
    let state: SyncState = marseille.api(Method::GET, "/api/v1/sync", &()).await;
    assert!(state.rollup.unwrap().last.error.unwrap().contains("cannot be reached"));
    point(&marseille, &upstream(&paris.url(), false)).await;
    let told = roll_up(&marseille).await;
    assert_eq!((told.computers, told.states), (250, 250), "{told:?}");
    let calls = paris.metric("vanne_calls_total", &["RollupComputerStatus", "outcome=\"ok\""]).await;
    assert!((calls - 3.0).abs() < 0.1, "100 at once: {calls}");
    let (here, there) = (status(&paris).await, status(&marseille).await);
    assert_eq!((here.computers, here.computers_unknown), (250, 0));
    // The clock of Marseille is three weeks ahead: all it told was moved by that.
    assert!(here.newest_report.unwrap() <= Timestamp::now());
    assert_eq!(here.counts.get(&UpdateState::Installed), there.counts.get(&UpdateState::Installed));
}

/// A compliance report as the store keeps it.
fn report(number: u32, at: Timestamp, needed: Vec<UpdateId>) -> store::Report {
    let installed = if needed.is_empty() { vec![bundle(KB::BOOT).id()] } else { Vec::new() };
    let effect = policy::reports::Effect::Compliance {
        needed,
        installed,
        downloaded: Vec::new(),
        pending_reboot: Vec::new(),
        failed: Vec::new(),
    };
    let instance = Uuid::new_v4();
    let event = store::StoredEvent { instance, at, event_id: 156, update: None, hresult: 0, raw: Vec::new() };
    let computer = format!("ship-{number}").parse().unwrap();
    store::Report { computer, received_at: at, events: vec![event], effects: vec![(0, effect)] }
}

#[tokio::test]
async fn a_round_that_was_cut_short_goes_on_with_what_is_left() {
    let paris = Estate::with_catalog(&documents()).await;
    let marseille = below(&paris, false).await;
    synchronise(&marseille).await;
    let calls = Arc::new(AtomicUsize::new(0));
    point(&marseille, &upstream(&breaking_line(paris.url(), Arc::clone(&calls)).await, false)).await;
    let now = Timestamp::now();
    let reports: Vec<store::Report> = (0..250).map(|number| report(number, now, Vec::new())).collect();
    marseille.store().await.record(&reports).await.unwrap();
    // A whole round, which goes on as well.
    marseille.advance_mins(25 * 60);
    let (status, _) = marseille.try_api(Method::POST, "/api/v1/sync/rollup", "null".into()).await;
    assert_eq!(status, 502);
    let state: SyncState = marseille.api(Method::GET, "/api/v1/sync", &()).await;
    let last = state.rollup.unwrap().last;
    assert_eq!((last.computers, last.states), (250, 100), "{last:?}");
    assert_eq!(unknown(&paris).await, 150);
    let told = roll_up(&marseille).await;
    assert_eq!((told.is_whole, told.computers, told.states, told.healed), (true, 0, 150, 0), "{told:?}");
    assert_eq!(unknown(&paris).await, 0);
    assert_eq!(calls.load(Ordering::Relaxed), 4);
}

/// A line to a server on which the second rollup of states is lost, and only that.
async fn breaking_line(url: String, calls: Arc<AtomicUsize>) -> String {
    let answer = move |request: axum::extract::Request| {
        let (url, calls) = (url.clone(), Arc::clone(&calls));
        async move {
            let path = request.uri().path().to_owned();
            let body = axum::body::to_bytes(request.into_body(), 64 << 20).await.unwrap();
            let is_states = body.windows(21).any(|text| text == b"<RollupComputerStatus");
            if is_states && calls.fetch_add(1, Ordering::Relaxed) == 1 {
                return http::Response::builder().status(404).body(axum::body::Body::empty()).unwrap();
            }
            let answer = post(&url, &path, &[], body).await;
            let response = http::Response::builder().status(answer.status).header("content-type", "text/xml");
            response.body(answer.body.into()).unwrap()
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
    address
}

#[tokio::test]
async fn an_upstream_that_was_restored_is_told_again_what_it_lost() {
    let mut paris = Estate::with_catalog(&documents()).await;
    let marseille = below(&paris, false).await;
    synchronise(&marseille).await;
    let backup = paris.backup().await;
    let boot = bundle(KB::BOOT).id();
    let computer = reporting(&marseille, "known", &[boot], &[]).await;
    roll_up(&marseille).await;
    paris.restore(&backup).await;
    assert_eq!(computers(&paris).await.len(), 0);
    computer.report(vec![compliance(&[boot], &[])]).await.unwrap();
    let told = roll_up(&marseille).await;
    assert_eq!((told.computers, told.states), (1, 1), "{told:?}");
    assert_eq!(who_needs(&paris, KB::BOOT).await, [computer.id.to_string()]);
}

#[tokio::test]
async fn what_the_administrator_removes_above_is_forgotten_below_until_it_speaks_again() {
    let paris = Estate::with_catalog(&documents()).await;
    let marseille = below(&paris, false).await;
    synchronise(&marseille).await;
    let old = reporting(&marseille, "scrapped", &[], &[]).await;
    roll_up(&marseille).await;
    let _: ComputerSummary = paris.api(Method::DELETE, &format!("/api/v1/computers/{}", old.id), &()).await;
    marseille.advance_mins(25 * 60);
    let told = roll_up(&marseille).await;
    assert_eq!((told.is_whole, told.removed), (true, 1), "{told:?}");
    assert_eq!((computers(&paris).await.len(), computers(&marseille).await.len()), (0, 0));

    reporting(&marseille, "scrapped", &[], &[]).await;
    roll_up(&marseille).await;
    assert_eq!((computers(&paris).await.len(), status(&paris).await.computers_unknown), (1, 0));
    // The server as a whole goes with its computers, and comes back with the next round.
    let path = format!("/api/v1/servers/{}", id(&marseille).await);
    let _: Vec<ServerSummary> = paris.api(Method::DELETE, &path, &()).await;
    assert_eq!((computers(&paris).await.len(), servers(&paris).await.len()), (0, 0));
    roll_up(&marseille).await;
    assert_eq!((computers(&paris).await.len(), status(&paris).await.computers_unknown), (1, 0));
}

#[tokio::test]
async fn a_computer_that_was_removed_below_goes_above_after_a_week() {
    let mut paris = Estate::with_catalog(&documents()).await;
    let marseille = below(&paris, false).await;
    synchronise(&marseille).await;
    let stays = reporting(&marseille, "stays", &[], &[]).await;
    let goes = reporting(&marseille, "goes", &[], &[]).await;
    roll_up(&marseille).await;
    let _: ComputerSummary = marseille.api(Method::DELETE, &format!("/api/v1/computers/{}", goes.id), &()).await;
    let known = servers(&paris).await.remove(0);
    assert_eq!(known.computers, 2);
    for server in [&paris, &marseille] {
        server.advance_mins(8 * 24 * 60);
    }
    roll_up(&marseille).await;
    let known = servers(&paris).await.remove(0);
    assert_eq!((known.computers, known.figures.unwrap().computers), (2, 1), "which is what the list shows");
    // What is done once an hour is done when a server starts.
    paris.restart().await;
    eventually("it is forgotten", async || computers(&paris).await.len() == 1).await;
    assert_eq!(computers(&paris).await[0].id, stays.id);
}
