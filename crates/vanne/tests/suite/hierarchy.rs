//! Updates flow downhill, from a server to an autonomous one and to a replica; and status flows up.

mod amounts;
mod apart;
mod caught_up;
mod downstreams;
mod examples;
mod files;
mod keys;
mod languages;
mod microsoft;
mod misled;
mod protocol;
mod recorded;
mod replica;
mod resilience;
mod rollup;
mod siblings;
mod status;
mod strangers;

use http::Method;
use model::{UpdateIdentity, UpdateType};
use server::admin::api::{SyncAnswer, SyncRequest, UpdateSummary};
use server::config::UpstreamConfig;
use server::sync::RunDetails;
use server::sync::settings::Subscription;

use crate::harness::{Computer, Estate, documents, drafts};

/// An upstream of this kind at `url`.
fn upstream(url: &str, replica: bool) -> UpstreamConfig {
    UpstreamConfig {
        kind: sync::Kind::Vanne,
        url: Some(url.to_owned()),
        replica,
        proxy: None,
        every_minutes: None,
        patience_secs: Some(10),
        fallback: Vec::new(),
        trust: Vec::new(),
    }
}

/// An empty server below `above`.
async fn below(above: &Estate, replica: bool) -> Estate {
    let estate = Estate::start().await;
    point(&estate, &upstream(&above.url(), replica)).await;
    estate
}

async fn point(estate: &Estate, upstream: &UpstreamConfig) {
    let _: serde_json::Value = estate.api(Method::PUT, "/api/v1/upstream", upstream).await;
}

/// Synchronises, which must succeed.
async fn synchronise(estate: &Estate) -> RunDetails {
    let answer: SyncAnswer = estate.api(Method::POST, "/api/v1/sync", &SyncRequest { wait: true }).await;
    answer.details.unwrap()
}

/// Synchronises, which must fail: status and message.
async fn synchronise_in_vain(estate: &Estate) -> (u16, String) {
    let request = serde_json::to_vec(&SyncRequest { wait: true }).unwrap();
    let (status, body) = estate.try_api(Method::POST, "/api/v1/sync", request.into()).await;
    assert!(status >= 400, "it went well");
    (status, String::from_utf8(body).unwrap())
}

/// All revisions of a server, in order.
async fn revisions(estate: &Estate) -> Vec<UpdateIdentity> {
    let updates: Vec<UpdateSummary> = estate.api(Method::GET, "/api/v1/updates?limit=100000", &()).await;
    let mut revisions: Vec<UpdateIdentity> = updates.into_iter().map(|update| update.identity).collect();
    revisions.sort_unstable();
    revisions
}

#[tokio::test]
async fn sec_s4_an_autonomous_server_has_all_of_its_upstream_and_decides_itself() {
    let paris = Estate::with_catalog(&documents()).await;
    paris.approve_all("All Computers").await;
    let strasbourg = below(&paris, false).await;
    let details = synchronise(&strasbourg).await;
    assert_eq!((details.taken, details.refused_in_all), (documents().len(), 0), "{details:?}");
    assert_eq!(revisions(&strasbourg).await, revisions(&paris).await);
    // The documents are the same to the byte, but for what stands before the root.
    let store = strasbourg.store().await;
    let made = &documents()[0];
    let kept = store.documents_as(&[drafts()[0].identity()], |bytes| bytes).await.unwrap();
    assert_eq!(String::from_utf8(kept[0].document.clone()).unwrap(), made.document.trim_start_matches(|c| c != '<'));

    let mut computer = Computer::join(&strasbourg.url(), "in Strasbourg").await;
    let offered = computer.scan().await;
    assert!(offered.new.len() > 1);
    let approvals: Vec<UpdateSummary> = strasbourg.api(Method::GET, "/api/v1/updates", &()).await;
    assert!(approvals.iter().all(|update| update.approvals.is_empty()), "nothing is decided for it");

    let again = synchronise(&strasbourg).await;
    assert_eq!((again.listed, again.taken), (0, 0), "{again:?}");
    assert_eq!(strasbourg.store().await.mark().await.unwrap().0, 1, "what changes nothing is no generation");
}

#[tokio::test]
async fn what_is_new_upstream_comes_with_the_next_synchronisation() {
    let made = documents();
    let (first, later) = made.split_at(made.len() - 3);
    let paris = Estate::with_catalog(first).await;
    let marseille = below(&paris, false).await;
    synchronise(&marseille).await;
    paris.import(later).await;
    let details = synchronise(&marseille).await;
    assert_eq!((details.listed, details.taken), (3, 3));
    assert_eq!(revisions(&marseille).await, revisions(&paris).await);
}

#[tokio::test]
async fn a_subscription_takes_products_and_classifications_and_widens() {
    let paris = Estate::with_catalog(&documents()).await;
    let updates: Vec<UpdateSummary> = paris.api(Method::GET, "/api/v1/updates?limit=100000", &()).await;
    let facts = updates
        .iter()
        .filter(|update| matches!(update.update_type, UpdateType::Category | UpdateType::Detectoid))
        .count();
    let bundle = drafts().iter().find(|draft| !draft.revision().relations.bundled.is_empty()).unwrap().revision();
    let categories: Vec<_> = bundle.relations.prerequisites.iter().filter(|clause| clause.is_category).collect();
    let chosen: Vec<_> = categories.iter().flat_map(|clause| clause.members.clone()).collect();

    let below = below(&paris, false).await;
    // What the bundle is in, as products and as classifications alike: each is what it is.
    let subscription = Subscription {
        products: chosen.iter().copied().collect(),
        classifications: chosen.iter().copied().collect(),
        ..Subscription::default()
    };
    let _: serde_json::Value = below.api(Method::PUT, "/api/v1/subscription", &subscription).await;
    synchronise(&below).await;
    let here = revisions(&below).await;
    assert!(here.contains(&bundle.identity), "the bundle came");
    for member in bundle.relations.bundled.iter().flat_map(|clause| &clause.members) {
        assert!(here.contains(member), "and what it bundles");
    }
    assert!(here.len() > facts && here.len() < updates.len(), "{} of {}", here.len(), updates.len());

    let _: serde_json::Value = below.api(Method::PUT, "/api/v1/subscription", &Subscription::default()).await;
    synchronise(&below).await;
    assert_eq!(revisions(&below).await, revisions(&paris).await, "a wider one asks for what the anchor does not cover");
}

#[tokio::test]
async fn a_plan_says_what_would_come_and_changes_nothing() {
    let paris = Estate::with_catalog(&documents()).await;
    let below = below(&paris, false).await;
    let plan: serde_json::Value = below.api(Method::POST, "/api/v1/sync/plan", &()).await;
    assert_eq!(plan["revisions"], documents().len());
    assert_eq!(revisions(&below).await, []);
    assert_eq!(below.store().await.staged().await.unwrap(), []);
}
