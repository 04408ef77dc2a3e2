//! The examples of MS-WSUSOD section 3, message by message.

use std::collections::BTreeSet;

use model::{ApprovalAction, DeploymentAction, HardwareId, RevisionId};
use server::admin::api::{GroupSummary, UpdateSummary, Which};
use testkit::catalogs::KB;
use testkit::publisher::Publisher;
use wire::client::{
    Device, GetExtendedUpdateInfo, GetExtendedUpdateInfo2, GetFileLocations, InfoType, RefreshCache,
    SyncUpdateParameters,
};
use wire::reporting::Event;
use wire::server::{Filter, GetDeployments};
use wire::{ErrorCode, Request, Response};

use super::status::{reporting, roll_up, servers, who_needs};
use super::{below, point, revisions, synchronise, upstream};
use crate::harness::{Computer, Estate, bundle, documents, drafts};

/// A server of this kind below a publisher whose every call can be looked at.
async fn watched(replica: bool) -> (Publisher, Estate) {
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), drafts()).await.unwrap();
    let estate = Estate::start().await;
    let settings = server::config::UpstreamConfig { kind: sync::Kind::Wsus, ..upstream(&publisher.url(), replica) };
    point(&estate, &settings).await;
    (publisher, estate)
}

/// The operations of the synchronisation that was begun when `since` had been asked, one after the other without repeats.
/// Behind it, and once a server has started, status is told, in sessions of their own: the fifth example.
fn operations(publisher: &Publisher, since: usize) -> Vec<&'static str> {
    let mut operations: Vec<_> = publisher.asked().into_iter().skip(since).map(|asked| asked.operation).collect();
    operations.dedup();
    let mut sessions = operations.chunk_by(|_, next| *next != AUTHORIZATION[0]);
    sessions.find(|session| session.contains(&AUTHORIZATION[3])).unwrap().to_vec()
}

fn filters(publisher: &Publisher, since: usize) -> Vec<Filter> {
    let filter = |asked: testkit::publisher::Asked| match asked.request {
        Some(wire::server::Request::GetRevisionIdList(list)) => list.filter,
        _ => None,
    };
    publisher.asked().into_iter().skip(since).filter_map(filter).collect()
}

fn deployments(publisher: &Publisher, since: usize) -> GetDeployments {
    let question = |asked: testkit::publisher::Asked| match asked.request {
        Some(wire::server::Request::GetDeployments(question)) => Some(question),
        _ => None,
    };
    publisher.asked().into_iter().skip(since).find_map(question).unwrap()
}

const AUTHORIZATION: [&str; 4] = ["GetAuthConfig", "GetAuthorizationCookie", "GetCookie", "GetConfigData"];

#[tokio::test]
async fn example_1_updates_come_to_a_downstream_server_and_later_what_was_added() {
    let (publisher, estate) = watched(false).await;
    synchronise(&estate).await;
    let told = operations(&publisher, 0);
    assert_eq!(told, [&AUTHORIZATION[..], &["GetRevisionIdList", "GetUpdateData"]].concat());
    let first = filters(&publisher, 0);
    assert_eq!(first.iter().map(|filter| filter.get_config).collect::<Vec<_>>(), [true, false]);
    assert!(first.iter().all(|filter| filter.anchor.is_none()), "all there is");
    let mut expected: Vec<_> = drafts().iter().map(|draft| draft.identity()).collect();
    expected.sort_unstable();
    assert_eq!(revisions(&estate).await, expected, "the same set of updates");

    let added = testkit::documents::Draft::detectoid("added");
    publisher.publish(std::slice::from_ref(&added));
    let since = publisher.asked().len();
    assert_eq!(synchronise(&estate).await.taken, 1);
    assert!(filters(&publisher, since).iter().all(|filter| filter.anchor.is_some()), "only what was added since");
    assert!(revisions(&estate).await.contains(&added.identity()));
}

#[tokio::test]
async fn example_2_deployments_come_to_a_replica_and_later_what_changed() {
    // Who asks when for what, seen from an upstream that has nothing to tell.
    let (publisher, estate) = watched(true).await;
    synchronise(&estate).await;
    assert_eq!(operations(&publisher, 0).last(), Some(&"GetDeployments"), "behind the revisions they are about");
    let first = deployments(&publisher, 0);
    assert!(first.deployment_anchor.is_none() && first.sync_anchor.is_some());
    let since = publisher.asked().len();
    synchronise(&estate).await;
    assert!(deployments(&publisher, since).deployment_anchor.is_some());

    // And what comes of it, with one that has.
    let paris = Estate::with_catalog(&documents()).await;
    paris.create_group("Pilots", None).await;
    let update = bundle("9003003").id();
    paris.approve(Which::Updates(vec![update]), "Pilots", ApprovalAction::Install).await;
    let marseille = below(&paris, true).await;
    assert_eq!(synchronise(&marseille).await.mirrored.unwrap().approved, 1);
    let groups: Vec<GroupSummary> = marseille.api(http::Method::GET, "/api/v1/groups", &()).await;
    assert!(groups.iter().any(|group| group.name.as_str() == "Pilots"));
    let other = bundle("9002003").id();
    paris.approve(Which::Updates(vec![other]), "All Computers", ApprovalAction::Optional).await;
    let later = synchronise(&marseille).await.mirrored.unwrap();
    assert_eq!((later.approved, later.removed), (1, 0), "only what changed: {later:?}");
    let updates: Vec<UpdateSummary> = marseille.api(http::Method::GET, "/api/v1/updates?limit=1000", &()).await;
    let approved = updates.iter().filter(|update| !update.approvals.is_empty()).count();
    assert_eq!(approved, 2);
}

/// The ids of all that a computer counts as installed.
fn installed(computer: &Computer) -> Vec<RevisionId> {
    computer.known.iter().filter(|(_, told)| !told.is_leaf).map(|(id, _)| *id).collect()
}

/// A driver pass: how many drivers it is told of.
async fn driver_pass(computer: &mut Computer) -> usize {
    let network = HardwareId::new("PCI\\VEN_FA8A&DEV_0001&SUBSYS_00010001");
    let parameters = SyncUpdateParameters {
        installed_non_leaf_update_ids: installed(computer),
        system_spec: Some(vec![Device { hardware_ids: vec![network], ..Device::default() }]),
        skip_software_sync: true,
        feature_score_matching_key: Some("AMD64.10.0".to_owned()),
        ..SyncUpdateParameters::default()
    };
    computer.sync(parameters).await.unwrap().new_updates.len()
}

/// GetExtendedUpdateInfo, GetExtendedUpdateInfo2, GetFileLocations and ReportEventBatch about all that is to be installed.
async fn fetch_and_report(computer: &mut Computer) {
    let offered = computer.known.iter().filter(|(_, told)| told.deployment.action == DeploymentAction::Bundle);
    let (revisions, identities): (Vec<RevisionId>, Vec<_>) =
        offered.map(|(id, told)| (*id, told.identity)).take(20).unzip();
    assert!(!revisions.is_empty());
    let types = Some(vec![InfoType::Extended, InfoType::LocalizedProperties]);
    let extended = GetExtendedUpdateInfo {
        cookie: computer.cookie.clone(),
        revision_ids: revisions,
        info_types: types.clone(),
        locales: Some(vec!["en".to_owned()]),
        ..GetExtendedUpdateInfo::default()
    };
    let Response::GetExtendedUpdateInfo(info) = computer.call(&Request::GetExtendedUpdateInfo(extended)).await.unwrap()
    else {
        panic!("no details")
    };
    assert!(!info.updates.is_empty() && !info.file_locations.is_empty());
    let extended = GetExtendedUpdateInfo2 {
        cookie: computer.cookie.clone(),
        update_ids: Some(identities),
        info_types: types,
        locales: Some(vec!["en".to_owned()]),
        ..GetExtendedUpdateInfo2::default()
    };
    let Response::GetExtendedUpdateInfo2(again) =
        computer.call(&Request::GetExtendedUpdateInfo2(extended)).await.unwrap()
    else {
        panic!("no details")
    };
    assert_eq!(again.updates.len(), info.updates.len());
    let files: Vec<_> = info.file_locations.iter().map(|location| location.file_digest).collect();
    let question = GetFileLocations { cookie: computer.cookie.clone(), file_digests: Some(files.clone()) };
    let Response::GetFileLocations(places) = computer.call(&Request::GetFileLocations(question)).await.unwrap() else {
        panic!("no places")
    };
    let found: BTreeSet<_> = places.file_locations.iter().map(|location| location.file_digest).collect();
    assert_eq!(found, files.into_iter().collect());
    computer.cookie = Some(places.new_cookie);
    let event = Event::new(147, uuid::Uuid::new_v4(), jiff::Timestamp::now());
    assert!(computer.report(vec![event]).await.unwrap());
}

#[tokio::test]
async fn example_3_a_computer_synchronises_for_the_first_time() {
    let paris = Estate::with_catalog(&documents()).await;
    paris.approve_all("All Computers").await;
    // GetConfig, GetAuthorizationCookie, GetCookie, RegisterComputer.
    let mut computer = Computer::join(&paris.url(), "for the first time").await;
    let news = computer.scan().await;
    assert!(news.new.len() > 40 && news.pages.len() > 1, "software, in several rounds: {:?}", news.pages);
    assert!(driver_pass(&mut computer).await > 0, "and then drivers");
    fetch_and_report(&mut computer).await;
    assert_eq!(paris.events().await.len(), 1);
}

#[tokio::test]
async fn example_4_a_computer_synchronises_what_is_different() {
    let made = documents();
    let (later, first): (Vec<_>, Vec<_>) = made.into_iter().partition(|made| made.document.contains("9003003<"));
    let paris = Estate::with_catalog(&first).await;
    paris.approve_all("All Computers").await;
    let mut computer = Computer::join(&paris.url(), "what is different").await;
    computer.scan().await;
    assert!(computer.scan().await.is_empty(), "nothing is told twice");
    paris.import(&later).await;
    let update = bundle("9003003").id();
    paris.approve(Which::Updates(vec![update]), "All Computers", ApprovalAction::Install).await;
    // With the cookie it has: no handshake.
    let news = computer.scan().await;
    assert_eq!(news.new, BTreeSet::from([update]), "{news:?}");
    fetch_and_report(&mut computer).await;
}

#[tokio::test]
async fn example_5_a_replica_tells_of_its_clients_and_of_the_servers_below_it() {
    let paris = Estate::with_catalog(&documents()).await;
    let marseille = below(&paris, true).await;
    synchronise(&marseille).await;
    let toulon = below(&marseille, true).await;
    synchronise(&toulon).await;
    let boot = bundle(KB::BOOT).id();
    let (port, ship) =
        (reporting(&marseille, "port", &[boot], &[]).await, reporting(&toulon, "ship", &[boot], &[]).await);
    roll_up(&toulon).await;
    roll_up(&marseille).await;

    // Detailed, because Paris says so: servers first, then computers, then what each of them has.
    for operation in [
        "GetRollupConfiguration",
        "RollupDownstreamServers",
        "RollupComputers",
        "GetOutOfSyncComputers",
        "RollupComputerStatus",
    ] {
        assert!(paris.metric("vanne_calls_total", &[operation]).await >= 1.0, "{operation} was never asked for");
    }
    assert_eq!(servers(&paris).await.len(), 2, "the replica, and the one below it");
    let mut both = [port.id.to_string(), ship.id.to_string()];
    both.sort_unstable();
    assert_eq!(who_needs(&paris, KB::BOOT).await, both);
}

#[tokio::test]
async fn example_6_a_computer_is_pointed_to_another_server() {
    let paris = Estate::with_catalog(&documents()).await;
    let mut reversed = documents();
    reversed.reverse();
    // The same updates under other numbers.
    let lyon = Estate::with_catalog(&reversed).await;
    for server in [&paris, &lyon] {
        server.approve_all("All Computers").await;
    }
    let mut computer = Computer::join(&paris.url(), "is moved").await;
    computer.scan().await;
    let before: BTreeSet<_> = computer.known.values().map(|told| told.identity).collect();

    computer.url = lyon.url();
    let fault = computer.sync(SyncUpdateParameters::default()).await.unwrap_err();
    assert_eq!(fault.code, ErrorCode::InvalidCookie, "it notices that this is another server");
    let authorization = computer.authorize(None).await.unwrap();
    computer.cookie = Some(computer.ask_cookie(vec![authorization], None).await.unwrap());
    computer.register().await.unwrap();

    let refresh = RefreshCache { cookie: computer.cookie.clone(), global_ids: Some(before.iter().copied().collect()) };
    let Response::RefreshCache(numbers) = computer.call(&Request::RefreshCache(refresh)).await.unwrap() else {
        panic!("no numbers")
    };
    let old = std::mem::take(&mut computer.known);
    assert!(numbers.len() > 40, "{}", numbers.len());
    for result in numbers {
        let told = old.values().find(|told| told.identity == result.global_id).unwrap().clone();
        assert!(computer.known.insert(result.revision_id, told).is_none());
    }
    let renumbered =
        computer.known.iter().filter(|(id, told)| old.get(*id).is_none_or(|old| old.identity != told.identity));
    assert!(renumbered.count() > 20, "the numbers are the new server's");
    computer.scan().await;
    let after: BTreeSet<_> = computer.known.values().map(|told| told.identity).collect();
    assert_eq!(after, before, "it ends with the same updates");
    assert!(driver_pass(&mut computer).await > 0);
    fetch_and_report(&mut computer).await;
    assert_eq!(lyon.events().await.len(), 1, "and reports to the new one");
}
