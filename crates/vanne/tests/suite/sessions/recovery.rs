//! A whole agent goes on after every fault, and finds nothing wrong.

use model::ApprovalAction;
use server::admin::api::ComputerSummary;
use testkit::agent::{Agent, AgentProfile};
use testkit::machine::{Machine, MachineProfile};

use super::change_something;
use crate::harness::{Estate, documents};

async fn agent(estate: &Estate, number: usize) -> Agent {
    let profile = AgentProfile::new(Machine::new(MachineProfile::Windows11, number), number as u64);
    let mut agent = Agent::new(&estate.url(), profile).unwrap();
    agent.scan().await.unwrap();
    agent.report().await.unwrap();
    let summary = agent.take_summary();
    assert!(summary.faults.is_empty() && summary.findings.is_empty(), "{summary:?}");
    agent
}

/// Scans and reports, and expects each of those faults once and nothing of them in the end.
async fn goes_on(agent: &mut Agent, faults: &[&str]) {
    let cached = agent.cached();
    agent.scan().await.unwrap();
    agent.report().await.unwrap();
    let summary = agent.take_summary();
    assert_eq!(summary.faults, faults.iter().map(|fault| (*fault, 1)).collect());
    assert_eq!(summary.findings, []);
    assert_eq!(agent.cached(), cached);
    agent.scan().await.unwrap();
    assert!(agent.take_summary().faults.is_empty(), "once was enough");
}

#[tokio::test]
async fn after_its_cookie_expired() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut agent = agent(&estate, 31).await;
    estate.advance_mins(61);
    let known = agent.cached();
    goes_on(&mut agent, &["CookieExpired"]).await;
    assert_eq!(agent.cached(), known);
}

#[tokio::test]
async fn after_the_configuration_changed() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut agent = agent(&estate, 32).await;
    estate.change_configuration().await;
    goes_on(&mut agent, &["ConfigChanged"]).await;
}

#[tokio::test]
async fn after_the_administrator_removed_it() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut agent = agent(&estate, 33).await;
    let path = format!("/api/v1/computers/{}", agent.computer());
    let _: ComputerSummary = estate.api(http::Method::DELETE, &path, &()).await;
    goes_on(&mut agent, &["RegistrationRequired"]).await;
}

#[tokio::test]
async fn after_the_database_was_restored() {
    let mut estate = Estate::with_catalog(&documents()).await;
    let mut agent = agent(&estate, 34).await;
    let backup = estate.backup().await;
    change_something(&estate, ApprovalAction::Install).await;
    agent.scan().await.unwrap();
    agent.take_summary();
    estate.restore(&backup).await;
    goes_on(&mut agent, &["ServerChanged"]).await;
}

#[tokio::test]
async fn after_the_server_was_replaced() {
    let mut estate = Estate::with_catalog(&documents()).await;
    let mut agent = agent(&estate, 35).await;
    estate.replace().await;
    // In another order, so that the same revisions have other numbers.
    let mut reversed = documents();
    reversed.reverse();
    estate.import(&reversed).await;
    // It remembers having registered; the new server has to ask.
    goes_on(&mut agent, &["InvalidCookie", "RegistrationRequired"]).await;
}
