//! Clients of a lost server go on at another one that has the same updates.

use http::Method;
use server::admin::api::FetchAnswer;
use testkit::agent::{Agent, AgentProfile, Network, Summary};
use testkit::catalogs::small;
use testkit::machine::{Machine, MachineProfile};

use super::{below, synchronise};
use crate::harness::Estate;

/// What a scan did, on a computer whose server was changed under it.
async fn scan_at(agent: &mut Agent, server: &Estate) -> Summary {
    agent.move_to(&Network::new(&server.url()).unwrap());
    agent.scan().await.unwrap();
    agent.take_summary()
}

#[tokio::test]
async fn a_computer_of_a_lost_replica_goes_on_at_its_sibling_with_all_it_knew() {
    let paris = Estate::with_catalog(&small()).await;
    paris.approve_all("All Computers").await;
    let (marseille, lyon) = (below(&paris, true).await, below(&paris, true).await);
    synchronise(&marseille).await;
    let fetched: FetchAnswer = marseille.api(Method::POST, "/api/v1/content/fetch", &()).await;
    assert_eq!(fetched.status.missing, 0);
    // So that the same revisions have other numbers there.
    lyon.import(&small()[20..]).await;
    synchronise(&lyon).await;

    let network = Network::new(&marseille.url()).unwrap();
    let mut agent = Agent::on(&network, AgentProfile::new(Machine::new(MachineProfile::Windows11, 1), 1));
    agent.update().await.unwrap();
    let first = agent.take_summary();
    let known = agent.cached();
    assert!(first.sync_trips > 2 && first.updates_seen > 20, "{first:?}");

    drop(marseille);
    let moved = scan_at(&mut agent, &lyon).await;
    let faults = Vec::from_iter(moved.faults);
    assert_eq!(
        faults,
        [("InvalidCookie", 1), ("RegistrationRequired", 1)],
        "it is another server's, and a stranger here"
    );
    assert_eq!(moved.updates_seen, 0, "RefreshCache told it what it knows by its number there");
    assert_eq!(moved.sync_trips, 2, "one for software and one for drivers");
    assert_eq!(agent.cached(), known);
    assert!(agent.offers().is_empty(), "what it installed is not offered again");
    let usual = scan_at(&mut agent, &lyon).await;
    assert_eq!((usual.sync_trips, usual.faults.len()), (2, 0));

    // Back again, or on to the server above: the same.
    let above = scan_at(&mut agent, &paris).await;
    assert_eq!((above.updates_seen, above.sync_trips), (0, 2));
    assert_eq!(agent.cached(), known);
    assert_eq!(agent.summary().findings, []);
}

#[tokio::test]
async fn a_sibling_that_lags_behind_is_not_asked_for_what_it_has_not() {
    let made = small();
    let (old, new) = made.split_at(made.len() - 3);
    let paris = Estate::with_catalog(old).await;
    paris.approve_all("All Computers").await;
    let lyon = below(&paris, true).await;
    synchronise(&lyon).await;
    paris.import(new).await;
    paris.approve_all("All Computers").await;

    let network = Network::new(&paris.url()).unwrap();
    let mut agent = Agent::on(&network, AgentProfile::new(Machine::new(MachineProfile::Windows11, 2), 2));
    agent.update().await.unwrap();
    agent.take_summary();
    let known = agent.cached();
    let moved = scan_at(&mut agent, &lyon).await;
    assert_eq!(moved.updates_seen, 0);
    let left = agent.cached();
    let back = scan_at(&mut agent, &paris).await;
    assert_eq!(agent.cached(), known);
    assert_eq!(back.updates_seen, (known - left) as u64, "what the other one lacked is told again, and nothing else");
    assert_eq!(agent.summary().findings, []);
}
