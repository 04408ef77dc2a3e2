//! Whole agents, which fail where stock ones fail.

use std::collections::BTreeSet;

use model::{DeploymentAction, UpdateId};
use testkit::agent::{Agent, AgentProfile, Network};
use testkit::catalogs::{KB, small};
use testkit::machine::{Machine, MachineProfile};

use crate::harness::{Computer, Estate, bundle, documents, drafts};

fn agent(network: &Network, profile: MachineProfile, number: usize) -> Agent {
    Agent::on(network, AgentProfile::new(Machine::new(profile, number), number as u64))
}

#[tokio::test]
async fn agents_of_every_kind_of_computer_find_nothing_wrong() {
    let estate = Estate::with_catalog(&small()).await;
    estate.approve_all("All Computers").await;
    let network = Network::new(&estate.url()).unwrap();
    for profile in MachineProfile::ALL {
        for number in 0..4 {
            let mut agent = agent(&network, profile, number);
            agent.update().await.unwrap();
            let summary = agent.take_summary();
            assert_eq!(summary.findings, [], "{profile:?} {number}");
            assert!(summary.faults.is_empty(), "{profile:?} {number}: {:?}", summary.faults);
            assert!(summary.installed > 0 && summary.failed == 0, "{profile:?} {number}: {summary:?}");
            assert!(agent.offers().is_empty(), "all is installed: {:?}", agent.offers());

            let again = agent.scan().await.unwrap();
            assert_eq!((again.new, again.changed, again.out_of_scope), (0, 0, 0), "{profile:?} {number}");
            assert!(again.trips <= 2, "software and drivers, a trip each");
        }
    }
}

#[tokio::test]
async fn an_agent_is_offered_what_supersedes_and_not_what_is_superseded() {
    let estate = Estate::with_catalog(&documents()).await;
    estate.approve_all("All Computers").await;
    let network = Network::new(&estate.url()).unwrap();
    let mut agent = agent(&network, MachineProfile::Windows11, 1);
    agent.scan().await.unwrap();
    let offered = |agent: &Agent, kb: &str| agent.offers().iter().any(|offer| offer.identity == bundle(kb).identity());
    assert!(offered(&agent, KB::CLIENT_11_OCTOBER));
    assert!(!offered(&agent, KB::CLIENT_11_SEPTEMBER));
    assert!(!offered(&agent, KB::TIME_ZONES), "it is installed");

    estate.decline(bundle(KB::CLIENT_11_OCTOBER).id(), false).await;
    agent.scan().await.unwrap();
    assert!(offered(&agent, KB::CLIENT_11_SEPTEMBER), "the next best is offered again");
    assert_eq!(agent.summary().findings, []);
}

#[tokio::test]
async fn an_agent_scans_one_category_and_keeps_what_it_knew_of_others() {
    let estate = Estate::with_catalog(&documents()).await;
    estate.approve_all("All Computers").await;
    let network = Network::new(&estate.url()).unwrap();
    let product = drafts().iter().find(|draft| draft.finish().document.contains(">Contoso Client 11<")).unwrap();
    let mut agent = agent(&network, MachineProfile::Windows11, 2);
    let narrow = agent.scan_categories(&[product.id()]).await.unwrap();
    let cached = agent.cached();
    assert!(narrow.new > 0 && narrow.offered > 0);
    let applications = bundle(KB::READER).identity();
    assert!(agent.offers().iter().all(|offer| offer.identity != applications), "of another product");

    let whole = agent.scan().await.unwrap();
    assert!(whole.new > 0 && agent.cached() > cached);
    assert!(agent.offers().iter().any(|offer| offer.identity == applications));
    agent.scan_categories(&[product.id()]).await.unwrap();
    assert_eq!(agent.scan().await.unwrap().new, 0, "what is outside the filter was not forgotten");
    assert_eq!(agent.summary().findings, []);
}

#[tokio::test]
async fn explanations_agree_with_what_is_offered() {
    let estate = Estate::with_catalog(&documents()).await;
    estate.approve_all("All Computers").await;
    estate.decline(bundle(KB::OPTIONAL).id(), false).await;
    let network = Network::new(&estate.url()).unwrap();
    let mut everything = Computer::join(&estate.url(), "explained").await;
    everything.scan().await;
    let mut agent = agent(&network, MachineProfile::Windows10, 3);
    agent.scan().await.unwrap();

    let software = || drafts().iter().filter(|draft| draft.revision().drivers.is_empty());
    for update in software().map(|draft| draft.id()) {
        let said = estate.explain(&everything.id, update).await;
        let action = everything.told(update).map(|(_, told)| told.deployment.action);
        assert_eq!(said_action(&said.explanation), action, "{}", said.text);
    }
    let offered: BTreeSet<UpdateId> = agent.offers().iter().map(|offer| offer.identity.update_id).collect();
    assert!(!offered.is_empty());
    for update in offered {
        let said = estate.explain(agent.computer(), update).await;
        // Which devices a computer has is not kept, so of drivers it cannot be said.
        let is_driver = drafts().iter().any(|draft| draft.id() == update && !draft.revision().drivers.is_empty());
        let expected = if is_driver { "undetermined" } else { "offered" };
        assert_eq!(said.explanation["verdict"], expected, "{}", said.text);
        assert!(said.last_scan.is_some());
    }
    let said = estate.explain(&everything.id, bundle(KB::OPTIONAL).id()).await;
    assert!(said.text.contains("declined"), "{}", said.text);
    let said = estate.explain(agent.computer(), bundle(KB::BOOT).id()).await;
    assert_eq!(said.explanation["verdict"], "not-sent", "a Windows 10 lacks the product: {}", said.text);
}

/// What the computer is told to do, according to an explanation.
fn said_action(explanation: &serde_json::Value) -> Option<DeploymentAction> {
    match explanation["verdict"].as_str().unwrap() {
        "offered" | "evaluated" => Some(serde_json::from_value(explanation["action"].clone()).unwrap()),
        _ => None,
    }
}
