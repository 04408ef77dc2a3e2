//! Status flows up: between servers of this kind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use model::{Timestamp, UpdateId, UpdateState};
use server::admin::api::{
    ComputerSummary, GroupSummary, Overview, ServerSummary, StatusAnswer, StatusQuery, SyncState,
};
use server::rollup::RollupDetails;
use testkit::catalogs::KB;
use testkit::postgres::Postgres;
use uuid::Uuid;
use wire::reporting::Event;

use super::{below, point, synchronise, upstream};
use crate::harness::{Computer, Estate, Program, Site, bundle, documents, post};

/// The compliance report, of this moment.
fn compliance(needed: &[UpdateId], installed: &[UpdateId]) -> Event {
    let list = |key: &str, updates: &[UpdateId]| {
        let ids: Vec<String> = updates.iter().map(|update| update.to_string().to_uppercase()).collect();
        format!("{key}={}", ids.join(";"))
    };
    Event {
        misc_data: vec![list("U", needed), list("V", installed)],
        ..Event::new(156, Uuid::new_v4(), Timestamp::now())
    }
}

/// A computer that has joined a server and reported.
async fn reporting(estate: &Estate, name: &str, needed: &[UpdateId], installed: &[UpdateId]) -> Computer {
    let computer = Computer::join(&estate.url(), name).await;
    computer.report(vec![compliance(needed, installed)]).await.unwrap();
    computer
}

async fn roll_up(estate: &Estate) -> RollupDetails {
    estate.api(Method::POST, "/api/v1/sync/rollup", &()).await
}

async fn computers(estate: &Estate) -> Vec<ComputerSummary> {
    estate.api(Method::GET, "/api/v1/computers?limit=1000", &()).await
}

async fn servers(estate: &Estate) -> Vec<ServerSummary> {
    estate.api(Method::GET, "/api/v1/servers", &()).await
}

async fn status(estate: &Estate) -> StatusAnswer {
    estate.status(&StatusQuery::default()).await
}

/// Computers that never reported, as far as is known.
async fn unknown(estate: &Estate) -> u64 {
    status(estate).await.computers_unknown
}

/// Who needs an article, by id.
async fn who_needs(estate: &Estate, kb: &str) -> Vec<String> {
    let answer = estate.status(&StatusQuery { kb: Some(kb.to_owned()), ..StatusQuery::default() }).await;
    let needing = answer.rows.into_iter().filter(|row| row.state == UpdateState::Needed);
    let mut ids: Vec<String> = needing.map(|row| row.computer.to_string()).collect();
    ids.sort_unstable();
    ids
}

/// The name under which a server is known at another one.
async fn id(estate: &Estate) -> Uuid {
    estate.store().await.identity().await.unwrap().incarnation
}

#[tokio::test]
async fn paris_sees_every_computer_of_marseille_with_its_state_and_the_age_of_that() {
    let paris = Estate::with_catalog(&documents()).await;
    paris.create_group("Wards", None).await;
    let marseille = below(&paris, true).await;
    synchronise(&marseille).await;
    let (boot, reader) = (bundle(KB::BOOT).id(), bundle(KB::READER).id());
    let ward = reporting(&marseille, "ward", &[boot], &[reader]).await;
    marseille.assign(&ward.id, &["Wards"]).await;
    Computer::join(&marseille.url(), "silent").await;
    let own = reporting(&paris, "in Paris", &[boot], &[]).await;

    let told = roll_up(&marseille).await;
    assert_eq!((told.is_detailed, told.servers, told.computers, told.states), (true, 1, 2, 1), "{told:?}");
    let listed = computers(&paris).await;
    let seen = listed.iter().find(|computer| computer.id == ward.id).unwrap();
    let there = computers(&marseille).await.into_iter().find(|computer| computer.id == ward.id).unwrap();
    assert_eq!((&seen.dns_name, &seen.os, &seen.model), (&there.dns_name, &there.os, &there.model));
    assert_eq!(
        (seen.last_report, &seen.groups, seen.last_contact),
        (there.last_report, &there.groups, there.last_contact)
    );
    let server = seen.server.as_ref().unwrap();
    assert_eq!((server.id, server.told_at.is_some()), (id(&marseille).await, true));
    assert_eq!(listed.iter().filter(|computer| computer.server.is_none()).count(), 1);

    let mut both = vec![ward.id.to_string(), own.id.to_string()];
    both.sort_unstable();
    assert_eq!(who_needs(&paris, KB::BOOT).await, both, "the whole tree");
    let (here, there) = (status(&paris).await, status(&marseille).await);
    assert_eq!((here.computers, here.computers_unknown), (3, 1));
    assert_eq!(here.counts[&UpdateState::Installed], there.counts[&UpdateState::Installed]);
    assert_eq!(here.servers[0].computers, 2);
    let wards = StatusQuery { group: Some("Wards".to_owned()), ..StatusQuery::default() };
    assert_eq!(paris.status(&wards).await.counts, marseille.status(&wards).await.counts);
    let groups: Vec<GroupSummary> = paris.api(Method::GET, "/api/v1/groups", &()).await;
    assert_eq!(groups.iter().find(|group| group.name.as_str() == "Wards").unwrap().computers, 1);
    let one: Vec<ComputerSummary> =
        paris.api(Method::GET, &format!("/api/v1/computers?server={}", server.id), &()).await;
    assert_eq!(one.len(), 2);

    let known = servers(&paris).await.remove(0);
    let figures = known.figures.unwrap();
    assert_eq!((known.computers, known.is_replica, known.last_sync.is_some()), (2, Some(true), true));
    assert_eq!((figures.computers, figures.computers_needing_updates, figures.custom_groups), (2, 1, 1));
    // What concerns it is decided where it asks.
    let (code, body) = paris
        .try_api(Method::PUT, &format!("/api/v1/computers/{}/groups", ward.id), br#"{"groups":[]}"#.to_vec().into())
        .await;
    assert_eq!(code, 409, "{}", String::from_utf8_lossy(&body));
}

#[tokio::test]
async fn numbers_are_equal_at_each_of_three_levels() {
    let paris = Estate::with_catalog(&documents()).await;
    // The middle one, which takes and tells, on the other engine, where there is one.
    let database = Postgres::shared().map(|server| server.database().unwrap());
    let marseille = Estate::with(|config| config.database.url = database).await;
    point(&marseille, &upstream(&paris.url(), true)).await;
    synchronise(&marseille).await;
    let aubagne = below(&marseille, false).await;
    synchronise(&aubagne).await;
    let (boot, zones) = (bundle(KB::BOOT).id(), bundle(KB::TIME_ZONES).id());
    let deep = reporting(&aubagne, "in Aubagne", &[boot], &[zones]).await;
    let middle = reporting(&marseille, "in Marseille", &[], &[boot]).await;
    roll_up(&aubagne).await;
    let told = roll_up(&marseille).await;
    assert_eq!((told.servers, told.computers, told.states), (2, 2, 2), "{told:?}");

    let (top, mid, low) = (status(&paris).await, status(&marseille).await, status(&aubagne).await);
    assert_eq!((top.computers, mid.computers, low.computers), (2, 2, 1));
    assert_eq!((&top.counts, top.oldest_report), (&mid.counts, mid.oldest_report));
    for server in [&paris, &marseille, &aubagne] {
        assert_eq!(who_needs(server, KB::BOOT).await, [deep.id.to_string()]);
    }
    let known = servers(&paris).await;
    let below = known.iter().find(|server| server.parent.is_some()).unwrap();
    assert_eq!((below.id, below.parent), (id(&aubagne).await, Some(id(&marseille).await)));
    assert_eq!((below.computers, below.is_replica), (1, Some(false)));
    assert!(below.last_rollup <= known.iter().find(|server| server.parent.is_none()).unwrap().last_rollup);

    // What changes at the bottom arrives at the top, and nothing else is told again.
    deep.report(vec![compliance(&[], &[boot, zones])]).await.unwrap();
    roll_up(&aubagne).await;
    let told = roll_up(&marseille).await;
    assert_eq!((told.computers, told.states, told.healed), (1, 1, 0), "{told:?}");
    assert_eq!(status(&paris).await.counts, status(&marseille).await.counts);
    assert_eq!(who_needs(&paris, KB::BOOT).await, Vec::<String>::new());
    let again = roll_up(&marseille).await;
    assert_eq!((again.computers, again.states), (0, 0));
    drop(middle);
}

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
async fn a_computer_that_moves_is_the_servers_that_it_spoke_to_last() {
    let paris = Estate::with_catalog(&documents()).await;
    let (marseille, lyon) = (below(&paris, false).await, below(&paris, false).await);
    for server in [&marseille, &lyon] {
        synchronise(server).await;
    }
    let boot = bundle(KB::BOOT).id();
    let owner = async || computers(&paris).await.remove(0).server.map(|server| server.id);
    reporting(&marseille, "laptop", &[boot], &[]).await;
    roll_up(&marseille).await;
    assert_eq!(owner().await, Some(id(&marseille).await));
    reporting(&lyon, "laptop", &[], &[boot]).await;
    roll_up(&lyon).await;
    assert_eq!(owner().await, Some(id(&lyon).await));
    roll_up(&marseille).await;
    assert_eq!(owner().await, Some(id(&lyon).await), "what Marseille knows is older");
    assert_eq!(status(&paris).await.counts[&UpdateState::Installed], 1);

    let laptop = reporting(&paris, "laptop", &[boot], &[]).await;
    assert_eq!((owner().await, computers(&paris).await.len()), (None, 1));
    for server in [&marseille, &lyon] {
        roll_up(server).await;
    }
    assert_eq!((owner().await, who_needs(&paris, KB::BOOT).await), (None, vec![laptop.id.to_string()]));
    // And back: all its states are told completely.
    reporting(&marseille, "laptop", &[], &[boot]).await;
    roll_up(&marseille).await;
    assert_eq!(owner().await, Some(id(&marseille).await));
    assert_eq!(who_needs(&paris, KB::BOOT).await, Vec::<String>::new());
    let overview: Overview = paris.api(Method::GET, "/api/v1/overview", &()).await;
    assert_eq!(overview.computers, 1, "it counts once");
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
async fn an_upstream_that_wants_figures_only_is_told_figures_only() {
    let paris = Estate::with(|config| config.rollup.detailed = false).await;
    paris.import(&documents()).await;
    let marseille = below(&paris, false).await;
    synchronise(&marseille).await;
    reporting(&marseille, "counted", &[bundle(KB::BOOT).id()], &[]).await;
    let told = roll_up(&marseille).await;
    assert_eq!((told.is_detailed, told.servers, told.computers, told.states), (false, 1, 0, 0));
    assert_eq!(computers(&paris).await.len(), 0);
    let figures = servers(&paris).await[0].figures.unwrap();
    assert_eq!((figures.computers, figures.updates_needed_by_computers), (1, 1));
}

#[test]
fn commands_of_real_processes_show_the_tree() {
    let (paris, marseille) = (Site::new(), Site::new());
    for site in [&paris, &marseille] {
        std::fs::create_dir_all(site.data_dir()).unwrap();
    }
    paris.write_catalog(&documents());
    let imported = paris.run(&["catalog", "import", "documents"]);
    assert_eq!(imported.code, 0, "{}", imported.err);
    let (above, served) = (paris.serve(), marseille.serve());
    let url = above.url();
    assert_eq!(marseille.run(&["upstream", "set", "--kind", "vanne", "--url", url]).code, 0);
    let synchronised = marseille.run(&["sync", "--now", "--wait"]);
    assert_eq!(synchronised.code, 0, "{}", synchronised.err);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let computer = runtime.block_on(async {
        let computer = Computer::join(served.url(), "of a process").await;
        computer.report(vec![compliance(&[bundle(KB::BOOT).id()], &[])]).await.unwrap();
        computer
    });
    let told = marseille.run(&["sync", "--rollup"]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(told.out.contains("1 computers and the updates on 1 of them"), "{}", told.out);
    let history = marseille.run(&["sync"]).out;
    assert!(history.contains("All told above"), "{history}");

    let name = format!("pc-{}.contoso.example", &computer.id.as_str()[..8]);
    let servers: Vec<ServerSummary> = paris.json(&["servers", "list"]);
    let (server, listed) = (&servers[0].name, paris.run(&["servers", "list"]).out);
    assert!(listed.contains("autonomous") && listed.contains("s ago"), "{listed}");
    let listed = paris.run(&["computers", "list", "--server", server]).out;
    assert!(listed.contains(&name) && listed.contains(&format!("{server} (told ")), "{listed}");
    let status = paris.run(&["status", "--kb", KB::BOOT]).out;
    assert!(status.contains(&name) && status.contains(&format!("1 computers of {server}")), "{status}");
    let explained = paris.run(&["explain", "--computer", &name, "--update", &bundle(KB::BOOT).id().to_string()]);
    assert!(explained.err.contains(&format!("asks the server {server}")), "{}", explained.err);
    let nobody = Program::run(&["sync", "--rollup", "--data-dir", &paris.data_dir().display().to_string()]);
    let nobody = crate::harness::Ran::from(nobody);
    assert!(nobody.err.contains("nobody to tell"), "{}", nobody.err);
}
