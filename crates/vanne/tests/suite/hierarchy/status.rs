//! Status flows up: between servers of this kind.

use http::Method;
use model::{Timestamp, UpdateId, UpdateState};
use server::admin::api::{
    ComputerSummary, GroupSummary, Overview, ServerDetails, ServerSummary, StatusAnswer, StatusQuery,
};
use server::rollup::RollupDetails;
use testkit::catalogs::KB;
use testkit::postgres::Postgres;
use uuid::Uuid;
use wire::reporting::Event;

use super::{below, point, synchronise, upstream};
use crate::harness::{Computer, Estate, Program, Site, bundle, documents};

/// The compliance report, of this moment.
pub(super) fn compliance(needed: &[UpdateId], installed: &[UpdateId]) -> Event {
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
pub(super) async fn reporting(estate: &Estate, name: &str, needed: &[UpdateId], installed: &[UpdateId]) -> Computer {
    let computer = Computer::join(&estate.url(), name).await;
    computer.report(vec![compliance(needed, installed)]).await.unwrap();
    computer
}

pub(super) async fn roll_up(estate: &Estate) -> RollupDetails {
    estate.api(Method::POST, "/api/v1/sync/rollup", &()).await
}

pub(super) async fn computers(estate: &Estate) -> Vec<ComputerSummary> {
    estate.api(Method::GET, "/api/v1/computers?limit=1000", &()).await
}

pub(super) async fn servers(estate: &Estate) -> Vec<ServerSummary> {
    estate.api(Method::GET, "/api/v1/servers", &()).await
}

pub(super) async fn status(estate: &Estate) -> StatusAnswer {
    estate.status(&StatusQuery::default()).await
}

/// Computers that never reported, as far as is known.
pub(super) async fn unknown(estate: &Estate) -> u64 {
    status(estate).await.computers_unknown
}

/// Who needs an article, by id.
pub(super) async fn who_needs(estate: &Estate, kb: &str) -> Vec<String> {
    let answer = estate.status(&StatusQuery { kb: Some(kb.to_owned()), ..StatusQuery::default() }).await;
    let needing = answer.rows.into_iter().filter(|row| row.state == UpdateState::Needed);
    let mut ids: Vec<String> = needing.map(|row| row.computer.to_string()).collect();
    ids.sort_unstable();
    ids
}

/// The name under which a server is known at another one.
pub(super) async fn id(estate: &Estate) -> Uuid {
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
    assert_eq!(known.systems.iter().map(|system| system.computers).sum::<u64>(), 2, "{:?}", known.systems);
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
async fn installations_are_counted_once_at_each_of_three_levels() {
    let paris = Estate::with_catalog(&documents()).await;
    let marseille = below(&paris, true).await;
    synchronise(&marseille).await;
    let aubagne = below(&marseille, false).await;
    synchronise(&aubagne).await;
    // From the first round on there is somebody to tell.
    roll_up(&aubagne).await;
    let boot = bundle(KB::BOOT);
    let installs = async |number| {
        let event = Event { update: Some(boot.identity()), ..Event::new(number, Uuid::new_v4(), Timestamp::now()) };
        Computer::join(&aubagne.url(), "installs").await.report(vec![event]).await.unwrap();
    };
    for number in [183, 183, 182] {
        installs(number).await;
    }
    let seen = async |at: &Estate| {
        let path = format!("/api/v1/servers/{}", id(&aubagne).await);
        let details: ServerDetails = at.api(Method::GET, &path, &()).await;
        assert_eq!(details.server.systems.iter().map(|system| system.computers).sum::<u64>(), 1);
        details.installed.iter().map(|one| (one.update, one.successes, one.failures)).collect::<Vec<_>>()
    };
    for _ in 0..2 {
        roll_up(&aubagne).await;
        roll_up(&marseille).await;
        for server in [&marseille, &paris] {
            assert_eq!(seen(server).await, [(boot.id(), 2, 1)]);
        }
    }
    installs(184).await;
    roll_up(&aubagne).await;
    roll_up(&marseille).await;
    assert_eq!(seen(&paris).await, [(boot.id(), 3, 1)]);
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
    let shown = paris.run(&["servers", "show", server]).out;
    assert!(shown.contains("by its own account: 1 computers") && shown.contains("Processor"), "{shown}");
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
