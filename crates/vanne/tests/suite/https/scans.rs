//! Computers and servers below over TLS: all they do, with nothing in the clear but files.

use sync::Session;
use testkit::agent::{Agent, AgentProfile, Network};
use testkit::catalogs::small;
use testkit::machine::{Machine, MachineProfile};

use wire::server::Filter;

use super::strict;
use crate::harness::eventually;

#[tokio::test]
async fn sec_t1_agents_scan_download_install_and_report_over_tls() {
    let estate = strict().await;
    estate.import(&small()).await;
    estate.approve_all("All Computers").await;
    let network = Network::trusting(&estate.https_url(), &estate.authority().await).unwrap();
    for number in 0..2 {
        let machine = Machine::new(MachineProfile::Windows11, number);
        let mut agent = Agent::on(&network, AgentProfile::new(machine, number as u64));
        agent.update().await.unwrap();
        let summary = agent.take_summary();
        assert_eq!(summary.findings, []);
        assert!(summary.faults.is_empty(), "{:?}", summary.faults);
        assert!(summary.installed > 0 && summary.failed == 0 && summary.files > 0 && summary.events > 0, "{summary:?}");
    }
    eventually("their reports are in", async || {
        estate.status(&server::admin::api::StatusQuery::default()).await.computers_unknown == 0
    })
    .await;
    assert!(estate.metric("vanne_http_metadata_total", &[]).await < 0.5, "nothing of it was in the clear");
    assert!(estate.metric("vanne_content_bytes_total", &[]).await > 0.5);
}

#[tokio::test]
async fn an_agent_that_does_not_trust_the_authority_says_so_and_sends_nothing() {
    let estate = strict().await;
    let network = Network::new(&estate.https_url()).unwrap();
    let mut agent = Agent::on(&network, AgentProfile::new(Machine::new(MachineProfile::Windows11, 1), 1));
    assert!(agent.update().await.is_err());
    eventually("the server counts why", async || estate.metric("vanne_handshakes_total", &["untrusted"]).await > 0.5)
        .await;
    assert_eq!(estate.status(&server::admin::api::StatusQuery::default()).await.computers, 0);
}

#[tokio::test]
async fn a_server_below_takes_the_catalog_over_tls() {
    let estate = strict().await;
    estate.import(&small()).await;
    let mut upstream = sync::Upstream::new(sync::Kind::Vanne, &estate.https_url()).unwrap();
    let account = sync::Account { name: "lyon.example".into(), id: uuid::Uuid::new_v4() };
    let untrusted = Session::open(&upstream, account.clone()).await;
    assert!(untrusted.is_err(), "nobody is pinned");
    upstream.pins = pins::Pins::authority(&estate.authority().await).unwrap();
    let session = Session::open(&upstream, account).await.unwrap();
    assert!(!session.config(None).await.unwrap().languages.is_empty());
    assert!(!session.revisions(&Filter::default()).await.unwrap().new_revisions.is_empty());
}
