//! Rollups as others may send them: of native servers, repeated, of strangers, and of those who tell what is not
//! theirs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use jiff::{SignedDuration, Timestamp};
use model::{ComputerId, UpdateState};
use server::admin::api::{ComputerSummary, ServerDetails, StatusAnswer, StatusQuery};
use sync::{Account, Kind, Reason, Session, SyncError, Upstream};
use testkit::catalogs::KB;
use uuid::Uuid;
use wire::reporting::rollup::{
    ActivitySummary, ClientSummary, Computer, ComputerChange, ComputerDetails, ComputerStatus, DownstreamServer,
    LastRollupNumber, ServerSummary, SyncResult, UpdateStatus,
};

use crate::harness::{Estate, bundle, documents, post};

const MARSEILLE: Uuid = Uuid::from_u128(0xa);
const LYON: Uuid = Uuid::from_u128(0xb);
const AUBAGNE: Uuid = Uuid::from_u128(0xc);

/// A server that says who it is, and then tells of itself.
async fn downstream(paris: &Estate, id: Uuid) -> Session {
    let session = open(paris, id).await.unwrap();
    session.roll_up_servers(vec![server(id, None)], Timestamp::now()).await.unwrap();
    session
}

async fn open(paris: &Estate, id: Uuid) -> Result<Session, SyncError> {
    open_at(&paris.url(), id).await
}

async fn open_at(url: &str, id: Uuid) -> Result<Session, SyncError> {
    let upstream = Upstream::new(Kind::Vanne, url).unwrap();
    Session::open(&upstream, Account { name: format!("server-{}.example", id.as_u128()), id }).await
}

fn server(id: Uuid, parent: Option<Uuid>) -> DownstreamServer {
    DownstreamServer {
        server_id: id,
        full_domain_name: format!("server-{}.example", id.as_u128()),
        last_sync_time: None,
        parent_server_id: parent,
        version: Some("10.0.20348.143".parse().unwrap()),
        is_replica: true,
        last_rollup_time: Some(Timestamp::now()),
        summary: None,
        client_summaries: Vec::new(),
    }
}

fn computer(id: &str, parent: Uuid, minutes_ago: i64) -> Computer {
    let at = Timestamp::now().checked_sub(SignedDuration::from_mins(minutes_ago)).unwrap();
    Computer {
        computer_id: id.parse().unwrap(),
        last_sync_time: Some(at),
        last_sync_result: SyncResult::Succeeded,
        last_reported_reboot_time: None,
        last_reported_status_time: Some(at),
        last_inventory_time: None,
        parent_server_id: parent,
        details: Some(ComputerDetails {
            full_domain_name: Some(format!("{id}.example")),
            ..ComputerDetails::default()
        }),
    }
}

fn states(id: &str, number: u32, is_full: bool, state: UpdateState) -> ComputerStatus {
    ComputerStatus {
        instance_id: Uuid::new_v4(),
        computer_id: id.parse().unwrap(),
        effective_last_detection_time: Some(Timestamp::now()),
        rollup_number: number,
        is_full_rollup: is_full,
        update_status: vec![UpdateStatus {
            update_id: bundle(KB::BOOT).id(),
            state,
            last_change_time: Timestamp::now(),
        }],
    }
}

async fn owners(paris: &Estate) -> Vec<(String, Option<Uuid>)> {
    let computers: Vec<ComputerSummary> = paris.api(Method::GET, "/api/v1/computers", &()).await;
    computers.into_iter().map(|one| (one.id.to_string(), one.server.map(|server| server.id))).collect()
}

async fn count(paris: &Estate, state: UpdateState) -> u64 {
    let query = StatusQuery { kb: Some(KB::BOOT.to_owned()), ..StatusQuery::default() };
    let answer: StatusAnswer = paris.status(&query).await;
    answer.counts.get(&state).copied().unwrap_or_default()
}

fn is_refused<T: std::fmt::Debug>(outcome: Result<T, SyncError>) {
    let error = outcome.unwrap_err();
    assert!(matches!(error.reason, Reason::Refused(_)), "{error}");
}

#[tokio::test]
async fn a_native_server_tells_of_itself_behind_those_below_it() {
    let paris = Estate::with_catalog(&documents()).await;
    let session = open(&paris, MARSEILLE).await.unwrap();
    // Its own parent is written as zero; and it never told anything before (MS-WSUSSS 3.1.4.14.3.2).
    let own = DownstreamServer { last_rollup_time: None, ..server(MARSEILLE, None) };
    session.roll_up_servers(vec![server(AUBAGNE, Some(MARSEILLE)), own], Timestamp::now()).await.unwrap();
    let known: Vec<server::admin::api::ServerSummary> = paris.api(Method::GET, "/api/v1/servers", &()).await;
    assert_eq!(known.len(), 2);
    assert!(known.iter().all(|server| server.last_rollup.is_some() && server.is_replica == Some(true)));
    // Without details a new one is asked for, and taken with the next call.
    let short = Computer { details: None, ..computer("aa", AUBAGNE, 1) };
    let changed = session.roll_up_computers(vec![short], Timestamp::now()).await.unwrap();
    assert_eq!(changed[0].change, ComputerChange::NewParent);
    let changed = session.roll_up_computers(vec![computer("aa", AUBAGNE, 1)], Timestamp::now()).await.unwrap();
    assert_eq!(changed, []);
    let first = states("aa", 1, true, UpdateState::Needed);
    assert!(session.roll_up_states(MARSEILLE, vec![first], Timestamp::now()).await.unwrap());
    assert_eq!(count(&paris, UpdateState::Needed).await, 1);
}

#[tokio::test]
async fn computers_in_sum_are_shown_with_their_server() {
    let paris = Estate::with_catalog(&documents()).await;
    let session = open(&paris, MARSEILLE).await.unwrap();
    let boot = bundle(KB::BOOT).identity();
    let summary = |build, count, install_successes| ClientSummary {
        os_major_version: 10,
        os_build_number: build,
        old_product_type: 1,
        count,
        activities: vec![ActivitySummary { update: boot, install_successes, install_failures: 1 }],
        ..ClientSummary::default()
    };
    let figures = ServerSummary { computers: 5, ..ServerSummary::default() };
    // As a native server cuts one with too many systems: the same server twice.
    let part = |summary| DownstreamServer {
        summary: Some(figures),
        client_summaries: vec![summary],
        ..server(MARSEILLE, None)
    };
    let told = vec![part(summary(26_200, 2, 3)), part(summary(19_045, 3, 0))];
    session.roll_up_servers(told, Timestamp::now()).await.unwrap();
    let shown: ServerDetails = paris.api(Method::GET, &format!("/api/v1/servers/{MARSEILLE}"), &()).await;
    let systems: Vec<_> = shown.server.systems.iter().map(|one| (one.os.as_str(), one.computers)).collect();
    assert_eq!(systems, [("Windows 10 22H2 (19045)", 3), ("Windows 11 25H2 (26200)", 2)]);
    let counts: Vec<_> = shown.installed.iter().map(|one| (one.update, one.successes, one.failures)).collect();
    assert_eq!(counts, [(boot.update_id, 3, 2)]);
    // What adds up to all its computers is all it has.
    session.roll_up_servers(vec![part(summary(26_200, 5, 1))], Timestamp::now()).await.unwrap();
    let shown: ServerDetails = paris.api(Method::GET, "/api/v1/servers/server-10.example", &()).await;
    assert_eq!((shown.server.systems.len(), shown.server.systems[0].computers), (1, 5));
    assert_eq!((shown.installed[0].successes, shown.installed[0].failures), (4, 3), "increments");
}

/// A line to a server that loses the answer to whatever tells of servers below; how often it did.
async fn forgetful_line(url: String) -> (String, Arc<AtomicUsize>) {
    let lost = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&lost);
    let answer = move |request: axum::extract::Request| {
        let (url, counted) = (url.clone(), Arc::clone(&counted));
        async move {
            let path = request.uri().path().to_owned();
            let body = axum::body::to_bytes(request.into_body(), 64 << 20).await.unwrap();
            let is_lost = String::from_utf8_lossy(&body).contains("<RollupDownstreamServers");
            let answer = post(&url, &path, &[], body).await;
            if is_lost {
                counted.fetch_add(1, Ordering::Relaxed);
                return http::Response::builder().status(502).body(axum::body::Body::empty()).unwrap();
            }
            let response = http::Response::builder().status(answer.status).header("content-type", "text/xml");
            response.body(answer.body.into()).unwrap()
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
    (address, lost)
}

#[tokio::test]
async fn installations_are_not_told_again_at_once_when_the_answer_is_lost() {
    let paris = Estate::with_catalog(&documents()).await;
    let (url, lost) = forgetful_line(paris.url()).await;
    let session = open_at(&url, MARSEILLE).await.unwrap();
    let update = bundle(KB::BOOT).identity();
    let summary = ClientSummary {
        count: 1,
        activities: vec![ActivitySummary { update, install_successes: 1, install_failures: 0 }],
        ..ClientSummary::default()
    };
    let told = DownstreamServer { client_summaries: vec![summary], ..server(MARSEILLE, None) };
    assert!(session.roll_up_servers(vec![told], Timestamp::now()).await.is_err());
    assert_eq!(lost.load(Ordering::Relaxed), 1);
    let shown: ServerDetails = paris.api(Method::GET, &format!("/api/v1/servers/{MARSEILLE}"), &()).await;
    assert_eq!(shown.installed[0].successes, 1, "it was taken");
}

#[tokio::test]
async fn what_is_sent_again_changes_nothing() {
    let paris = Estate::with_catalog(&documents()).await;
    let session = downstream(&paris, MARSEILLE).await;
    let (then, first, second) = (Timestamp::now(), computer("aa", MARSEILLE, 9), computer("aa", MARSEILLE, 1));
    session.roll_up_computers(vec![first.clone()], then).await.unwrap();
    let told = [states("aa", 1, true, UpdateState::Needed), states("aa", 2, false, UpdateState::Installed)];
    for one in &told {
        assert!(session.roll_up_states(MARSEILLE, vec![one.clone()], then).await.unwrap());
    }
    session.roll_up_computers(vec![second], then).await.unwrap();
    for one in told {
        assert!(session.roll_up_states(MARSEILLE, vec![one], then).await.unwrap(), "it must not come for ever");
    }
    let renamed = ComputerDetails { full_domain_name: Some("replayed".to_owned()), ..ComputerDetails::default() };
    session.roll_up_computers(vec![Computer { details: Some(renamed), ..first }], then).await.unwrap();
    assert_eq!((count(&paris, UpdateState::Installed).await, count(&paris, UpdateState::Needed).await), (1, 0));
    let known: Vec<ComputerSummary> = paris.api(Method::GET, "/api/v1/computers", &()).await;
    assert_eq!(known[0].dns_name.as_deref(), Some("aa.example"));
    let numbers = |number| vec![LastRollupNumber { computer_id: "aa".parse().unwrap(), rollup_number: number }];
    let none: Vec<ComputerId> = Vec::new();
    assert_eq!(session.out_of_sync_computers(MARSEILLE, numbers(2)).await.unwrap(), none);
    assert_eq!(session.out_of_sync_computers(MARSEILLE, numbers(5)).await.unwrap().len(), 1);
    assert_eq!(session.out_of_sync_computers(Uuid::from_u128(9), numbers(5)).await.unwrap(), none);
}

#[tokio::test]
async fn a_server_tells_of_its_own_computers_only() {
    let paris = Estate::with_catalog(&documents()).await;
    let (marseille, lyon) = (downstream(&paris, MARSEILLE).await, downstream(&paris, LYON).await);
    let now = Timestamp::now();
    marseille.roll_up_computers(vec![computer("aa", MARSEILLE, 5)], now).await.unwrap();
    marseille.roll_up_states(MARSEILLE, vec![states("aa", 1, true, UpdateState::Installed)], now).await.unwrap();
    // Of a server that nobody introduced, and states in its own name.
    is_refused(lyon.roll_up_computers(vec![computer("bb", LYON, 5), computer("cc", AUBAGNE, 5)], now).await);
    assert_eq!(owners(&paris).await, [("aa".to_owned(), Some(MARSEILLE))], "nothing of that message was taken");
    assert!(lyon.roll_up_states(LYON, vec![states("aa", 9, true, UpdateState::Failed)], now).await.unwrap());
    assert_eq!(count(&paris, UpdateState::Failed).await, 0);
    // Older knowledge does not take a computer away; nor does a time that has not come yet, for longer than until the
    // owner speaks.
    lyon.roll_up_computers(vec![computer("aa", LYON, 6)], now).await.unwrap();
    assert_eq!(owners(&paris).await, [("aa".to_owned(), Some(MARSEILLE))]);
    lyon.roll_up_computers(vec![computer("aa", LYON, -60 * 24 * 365)], now).await.unwrap();
    assert_eq!(owners(&paris).await, [("aa".to_owned(), Some(LYON))]);
    marseille.roll_up_computers(vec![computer("aa", MARSEILLE, 0)], Timestamp::now()).await.unwrap();
    assert_eq!(owners(&paris).await, [("aa".to_owned(), Some(MARSEILLE))]);
}

#[tokio::test]
async fn a_server_tells_of_itself_and_those_below_it_only() {
    let paris = Estate::with_catalog(&documents()).await;
    let (marseille, lyon) = (downstream(&paris, MARSEILLE).await, downstream(&paris, LYON).await);
    let now = Timestamp::now();
    let tell = async |session: &Session, servers: Vec<DownstreamServer>| session.roll_up_servers(servers, now).await;
    tell(&marseille, vec![server(MARSEILLE, None), server(AUBAGNE, Some(MARSEILLE))]).await.unwrap();
    let own = paris.store().await.identity().await.unwrap().incarnation;
    let nobodys = Uuid::from_u128(9);
    is_refused(tell(&lyon, vec![server(LYON, None), server(nobodys, Some(Uuid::from_u128(8)))]).await);
    is_refused(tell(&lyon, vec![server(nobodys, None)]).await);
    // Passed over: another that asks here, one below another's, this server itself, and one below itself.
    for told in [
        vec![server(LYON, None), server(MARSEILLE, None)],
        vec![server(LYON, None), server(nobodys, Some(AUBAGNE))],
        vec![server(LYON, None), server(own, Some(LYON))],
        vec![server(MARSEILLE, Some(AUBAGNE))],
    ] {
        tell(&lyon, told).await.unwrap();
    }
    let parent = async |id: Uuid| {
        let known: Vec<server::admin::api::ServerSummary> = paris.api(Method::GET, "/api/v1/servers", &()).await;
        assert_eq!(known.len(), 3);
        known.into_iter().find(|server| server.id == id).unwrap().parent
    };
    // One that moved is where it was told of last.
    let stale = Timestamp::now().checked_sub(SignedDuration::from_mins(30)).unwrap();
    let claim = |at| DownstreamServer { last_rollup_time: Some(at), ..server(AUBAGNE, Some(LYON)) };
    tell(&lyon, vec![server(LYON, None), claim(stale)]).await.unwrap();
    assert_eq!(parent(AUBAGNE).await, Some(MARSEILLE));
    tell(&lyon, vec![server(LYON, None), claim(Timestamp::now())]).await.unwrap();
    assert_eq!(parent(AUBAGNE).await, Some(LYON));
    // A lie about one that asks here lasts until that one speaks.
    let lie = DownstreamServer { last_rollup_time: Some(Timestamp::now()), ..server(MARSEILLE, Some(LYON)) };
    tell(&lyon, vec![server(LYON, None), lie]).await.unwrap();
    assert_eq!(parent(MARSEILLE).await, Some(LYON));
    tell(&marseille, vec![server(MARSEILLE, None)]).await.unwrap();
    assert_eq!(parent(MARSEILLE).await, None);
}

#[tokio::test]
async fn a_server_that_has_not_noticed_that_another_moved_away_is_heard_all_the_same() {
    let paris = Estate::with_catalog(&documents()).await;
    let marseille = downstream(&paris, MARSEILLE).await;
    let then = server(AUBAGNE, Some(MARSEILLE));
    marseille.roll_up_servers(vec![server(MARSEILLE, None), then.clone()], Timestamp::now()).await.unwrap();
    let aubagne = downstream(&paris, AUBAGNE).await;
    aubagne.roll_up_computers(vec![computer("aa", AUBAGNE, 1)], Timestamp::now()).await.unwrap();
    // As it knew it, with what hangs on it.
    let told = vec![server(MARSEILLE, None), then, server(LYON, Some(AUBAGNE))];
    marseille.roll_up_servers(told, Timestamp::now()).await.unwrap();
    let known: Vec<server::admin::api::ServerSummary> = paris.api(Method::GET, "/api/v1/servers", &()).await;
    assert!(known.len() == 2 && known.iter().all(|server| server.parent.is_none()), "{known:?}");
    let told = vec![computer("aa", AUBAGNE, 9), computer("bb", MARSEILLE, 1)];
    marseille.roll_up_computers(told, Timestamp::now()).await.unwrap();
    let first = |id: &str| states(id, 1, true, UpdateState::Needed);
    marseille.roll_up_states(MARSEILLE, vec![first("aa"), first("bb")], Timestamp::now()).await.unwrap();
    assert_eq!(count(&paris, UpdateState::Needed).await, 1, "states of its own computer alone");
    assert_eq!(owners(&paris).await, [("aa".to_owned(), Some(AUBAGNE)), ("bb".to_owned(), Some(MARSEILLE))]);
}

#[tokio::test]
async fn sec_s3_nothing_is_taken_from_a_server_that_was_refused_or_never_said_who_it_is() {
    let paris = Estate::with_catalog(&documents()).await;
    let session = downstream(&paris, MARSEILLE).await;
    let now = Timestamp::now();
    let all = vec![server(MARSEILLE, None), server(AUBAGNE, Some(MARSEILLE))];
    session.roll_up_servers(all.clone(), now).await.unwrap();
    let refuse = async |id: Uuid| {
        let change = serde_json::json!({ "refused": true });
        let _: serde_json::Value = paris.api(Method::PATCH, &format!("/api/v1/servers/{id}"), &change).await;
    };
    // One further down: what the others tell is taken, and what concerns it is passed over.
    refuse(AUBAGNE).await;
    session.roll_up_servers(all.clone(), now).await.unwrap();
    let both = vec![computer("aa", MARSEILLE, 1), computer("bb", AUBAGNE, 1)];
    session.roll_up_computers(both.clone(), now).await.unwrap();
    assert_eq!(owners(&paris).await, [("aa".to_owned(), Some(MARSEILLE))]);
    refuse(MARSEILLE).await;
    is_refused(session.roll_up_servers(all, now).await);
    is_refused(session.roll_up_computers(both, now).await);
    is_refused(session.out_of_sync_computers(MARSEILLE, Vec::new()).await);
    is_refused(session.roll_up_states(MARSEILLE, vec![states("aa", 1, true, UpdateState::Failed)], now).await);
    // A stranger may ask what is wanted, which tells nothing, and no more.
    session.rollup_configuration().await.unwrap();
    is_refused(session.roll_up_servers(vec![server(LYON, None)], now).await);
    is_refused(session.roll_up_computers(vec![computer("cc", LYON, 1)], now).await);
    is_refused(session.roll_up_states(LYON, vec![states("aa", 1, true, UpdateState::Failed)], now).await);
    assert_eq!(count(&paris, UpdateState::Failed).await, 0);
    assert_eq!(owners(&paris).await.len(), 1);
}

#[tokio::test]
async fn an_upstream_that_wants_figures_only_takes_nothing_else() {
    let paris = Estate::with(|config| config.rollup.detailed = false).await;
    let session = downstream(&paris, MARSEILLE).await;
    assert!(!session.rollup_configuration().await.unwrap().do_detailed_rollup);
    let now = Timestamp::now();
    is_refused(session.roll_up_computers(vec![computer("aa", MARSEILLE, 1)], now).await);
    is_refused(session.out_of_sync_computers(MARSEILLE, Vec::new()).await);
    is_refused(session.roll_up_states(MARSEILLE, Vec::new(), now).await);
    assert_eq!(owners(&paris).await, []);
}

#[tokio::test]
async fn a_rollup_may_be_longer_than_any_report() {
    let paris = Estate::with_catalog(&documents()).await;
    let session = downstream(&paris, MARSEILLE).await;
    let ids: Vec<String> = (0..30).map(|number| format!("c-{number}")).collect();
    let computers = ids.iter().map(|id| computer(id, MARSEILLE, 1)).collect();
    session.roll_up_computers(computers, Timestamp::now()).await.unwrap();
    // 30 computers with 700 states of some 225 bytes: 4.7 MB.
    let updates: Vec<model::UpdateId> = (0..699).map(|_| model::UpdateId(Uuid::new_v4())).collect();
    let told = ids.iter().map(|id| {
        let mut told = states(id, 1, true, UpdateState::Needed);
        let one = told.update_status[0];
        told.update_status.extend(updates.iter().map(|update| UpdateStatus { update_id: *update, ..one }));
        told
    });
    assert!(session.roll_up_states(MARSEILLE, told.collect(), Timestamp::now()).await.unwrap());
    assert_eq!(count(&paris, UpdateState::Needed).await, 30);
}

#[tokio::test]
async fn a_message_that_breaks_off_or_floods_is_refused_whole() {
    let paris = Estate::with_catalog(&documents()).await;
    let session = downstream(&paris, MARSEILLE).await;
    let flood = (0..1_501).map(|number| computer(&format!("c-{number}"), MARSEILLE, 1)).collect();
    is_refused(session.roll_up_computers(flood, Timestamp::now()).await);
    let bad = "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><RollupComputers \
               xmlns=\"http://www.microsoft.com/SoftwareDistribution\"><computers>";
    let address = "/ReportingWebService/ReportingWebService.asmx";
    let answer = post(&paris.url(), address, &[], bad).await;
    assert_ne!(answer.status, 200);
    assert_eq!(owners(&paris).await, []);
}
